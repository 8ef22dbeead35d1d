"""The states of a station work whatever start and stop points, tokens and security profile it has."""

from dataclasses import replace
from itertools import product

import pytest

from conformance import registry, runner
from conformance.cases.station201 import states
from conformance.mutants import Mutant, change
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION, V201
from reports.verdict import Verdict

SESSIONS = "TC_E_03_CS TC_E_04_CS TC_E_06_CS TC_E_32_CS TC_H_01_CS".split()
POINTS = "ParkingBayOccupancy EVConnected Authorized PowerPathClosed EnergyTransfer EVConnected,Authorized".split()


async def verdict(case, rig, **known):
    subject = replace(runner.describe(STATION, V201, rig), **known)
    judged = await runner.run_case(registry.cases()[case], subject, rig)
    return judged.verdict, [str(found) for found in judged.findings if not found.verdict.held]


@pytest.mark.parametrize("point", [*POINTS, "DataSigned"])
@pytest.mark.parametrize("case", SESSIONS)
async def test_a_transaction_may_begin_at_any_point(case, point):
    rig = SimulatedStation(runner.START, config={"TxCtrlr.TxStartPoint": point})
    assert await verdict(case, rig) == (Verdict.PASS, [])


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("case", SESSIONS)
async def test_a_transaction_may_end_at_any_point(case, point):
    rig = SimulatedStation(runner.START, config={"TxCtrlr.TxStopPoint": point})
    assert await verdict(case, rig) == (Verdict.PASS, [])


@pytest.mark.parametrize("case", [*SESSIONS, "TC_E_31_CS"])
async def test_a_station_that_takes_no_tokens_is_told_from_afar(case):
    rig = SimulatedStation(runner.START)
    assert states.takes_tokens(runner.describe(STATION, V201, rig))
    assert await verdict(case, rig, features={"C-36": True}) == (Verdict.PASS, [])


async def test_a_transaction_that_outlasts_the_token_does_not_end_with_it():
    rig = SimulatedStation(runner.START, config={"TxCtrlr.TxStopPoint": "EVConnected"})
    hasty = Mutant(
        "hasty", twists=(change("TransactionEvent", "eventType", "Ended", {"triggerReason": "StopAuthorized"}),)
    )
    subject = runner.describe(STATION, V201, rig)
    judged = await runner.run_case(registry.cases()["TC_E_06_CS"], subject, rig, mutant=hasty)
    assert judged.verdict is Verdict.FAIL
    assert [found.actual for found in judged.findings if found.expected == "eventType Updated"] == ["Ended"]


WITH_PASSWORD = "TC_A_01_CS TC_A_09_CS TC_A_10_CS TC_A_19_CS TC_A_21_CS".split()
WITH_TLS = "TC_A_04_CS TC_A_05_CS TC_A_06_CS TC_A_22_CS".split()


@pytest.mark.parametrize(("case", "level"), [*product(WITH_PASSWORD, (1, 2)), *product(WITH_TLS, (2, 3))])
async def test_security_is_judged_in_each_profile_that_a_case_is_about(case, level):
    rig = replace(SimulatedStation(runner.START).fitted(case), security_profile=level)
    assert await verdict(case, rig) == (Verdict.PASS, [])
