"""A station that is kept from case to case: what one case left behind does not decide the next."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import declaration, registry, runner
from conformance.past import Past
from conformance.rigs.kept import KeptStation
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION, V16, V201
from reports.verdict import Verdict

DECLARED = declaration.load(Path("conformance/declarations/simulated-station.yaml"))
DECLARED_16 = declaration.load(Path("conformance/declarations/simulated-station-1.6.yaml"))
LEAVING = """
TC_A_09_CS TC_B_02_CS TC_B_12_CS TC_B_20_CS TC_B_31_CS TC_B_32_CS TC_C_02_CS TC_C_08_CS TC_C_16_CS TC_C_17_CS
TC_C_33_CS TC_C_36_CS TC_D_01_CS TC_D_08_CS TC_E_03_CS TC_E_09_CS TC_E_15_CS TC_E_16_CS TC_E_17_CS TC_E_31_CS
TC_F_01_CS TC_F_02_CS TC_F_18_CS TC_G_03_CS TC_G_05_CS TC_G_07_CS TC_G_11_CS TC_H_01_CS TC_H_17_CS TC_H_24_CS
TC_J_01_CS TC_J_03_CS TC_J_10_CS TC_K_01_CS TC_K_19_CS TC_K_60_CS TC_L_05_CS TC_L_06_CS TC_N_05_CS TC_N_08_CS
TC_N_21_CS TC_N_45_CS TC_O_01_CS TC_O_06_CS TC_O_27_CS TC_P_01_CS
""".split()
"""Cases that leave something behind, of every block, and some that trip over it."""


LEAVING_16 = """
TC_001_CS TC_003_CS TC_004_1_CS TC_005_1_CS TC_008_1_CS TC_011_1_CS TC_013_CS TC_014_CS TC_019_CS TC_021_CS TC_026_CS
TC_031_CS TC_036_CS TC_043_1_CS TC_046_1_CS TC_056_CS TC_059_CS
""".split()
"""Such cases of 1.6."""


async def verdicts(ids, version=V201, declared=DECLARED):
    """What is not passed on one kept station."""
    found = {}
    async with KeptStation(SimulatedStation(runner.START, profile="ac-22kw-duo", security_profile=1)) as rig:
        for case in (registry.cases()[each] for each in ids):
            subject = runner.describe(STATION, version, rig, declared)
            verdict = await runner.run_case(case, subject, rig)
            if verdict.verdict is not Verdict.PASS:
                found[case.id] = [str(each) for each in verdict.findings if not each.verdict.held]
    return found


@pytest.mark.parametrize("seed", [1, 2])
async def test_cases_pass_in_any_order_on_one_station(seed):
    order = [each for each in LEAVING if each in registry.cases()]
    random.Random(seed).shuffle(order)
    assert await verdicts(order) == {}


async def test_cases_of_1_6_follow_each_other_on_one_station():
    order = random.Random(1).sample(LEAVING_16, len(LEAVING_16))
    assert await verdicts(order, V16, DECLARED_16) == {}


async def test_the_station_is_mounted_once_and_goes_on_in_time():
    async with KeptStation(SimulatedStation(runner.START)) as rig:
        subject = runner.describe(STATION, V201, rig)
        case = registry.cases()["TC_G_03_CS"]
        assert (await runner.run_case(case, subject, rig)).verdict is Verdict.PASS
        async with rig.mount(subject, None) as mounted:
            assert mounted.timing.now > 1.0
            assert mounted.hands.find("ready")() is False
            mounted.hands.find("power_off")()
            assert mounted.hands.find("ready")() is True
        assert rig.describe(subject).past is subject.past
        assert rig.fitted("TC_A_09_CS") is rig


async def test_a_new_station_has_no_past():
    assert runner.describe(STATION, V201, SimulatedStation(runner.START)).past is None
    assert replace(runner.describe(STATION, V201, KeptStation(SimulatedStation(runner.START)))).past == Past()
