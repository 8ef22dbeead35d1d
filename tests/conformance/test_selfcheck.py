"""The test of the tester: every case passes on our sound peer and fails on its mutants."""

from functools import partial

import pytest

from conformance import mutants, registry, runner, selfcheck
from conformance.findings import Record
from conformance.mutants import Mutant
from conformance.mutants.station201.provisioning import as_event
from conformance.rigs.reference import ReferenceCsms
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION
from reports.verdict import Verdict


def rig(case):
    return (SimulatedStation if case.under_test is STATION else ReferenceCsms)(runner.START)


def matrix():
    for case in registry.cases().values():
        for version in case.versions:
            yield pytest.param(case, version, id=f"{case.id}-{version}")


@pytest.mark.parametrize(("case", "version"), list(matrix()))
async def test_passes_on_the_sound_peer_and_fails_on_its_mutants(case, version):
    score = await selfcheck.self_check([case], rig(case), version=version)
    assert score.wrong == (), str(score)


async def test_the_score_counts_what_held():
    case = registry.cases()["TC_P_01_CS"]
    score = await selfcheck.self_check([case], rig(case), version="2.0.1")
    assert (score.sound, score.caught) == ((1, 1), (1, 1))
    assert str(score) == "1/1 cases pass on the sound peer, 1/1 mutants are caught"


async def test_catching_a_mutant_proves_nothing_where_the_sound_peer_fails():
    trial = selfcheck.Trial("TC", "2.0.1", "m", await _failed(), proven=False)
    assert not trial.held
    assert "as on the sound peer" in str(trial)


async def _failed():
    case = registry.cases()["TC_P_01_CS"]
    subject = runner.describe(STATION, "2.0.1", rig(case))
    verdict = await runner.run_case(case, subject, rig(case), mutant=registry.mutants()["accepts_any_vendor"])
    assert verdict.verdict is Verdict.FAIL
    return verdict


async def test_the_same_seed_gives_the_same_record():
    case = registry.cases()["TC_E_03_CS"]
    subject = runner.describe(STATION, "2.0.1", rig(case))
    records = [Record(), Record(), Record()]
    for record, seed in zip(records, (1, 1, 2), strict=True):
        await runner.run_case(case, subject, rig(case), seed=seed, record=record)
    assert records[0].lines == records[1].lines
    assert records[0].lines != records[2].lines


START_POINTS = ["EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"]


async def on_station(case_id, mutant=None, **config):
    rig = SimulatedStation(runner.START, config=config)
    subject = runner.describe(STATION, "2.0.1", rig)
    return (await runner.run_case(registry.cases()[case_id], subject, rig, mutant=mutant)).verdict


@pytest.mark.parametrize("points", START_POINTS)
@pytest.mark.parametrize("case_id", ["TC_E_03_CS", "TC_E_04_CS", "TC_F_01_CS", "TC_F_03_CS"])
async def test_a_start_is_judged_wherever_the_transaction_begins(case_id, points):
    assert await on_station(case_id, **{"TxCtrlr.TxStartPoint": points}) is Verdict.PASS


@pytest.mark.parametrize(
    ("case_id", "mutant"),
    [
        ("TC_E_03_CS", "hides_the_token"),
        ("TC_E_03_CS", "hides_the_connector"),
        ("TC_F_01_CS", "forgets_remote_start_id"),
    ],
)
async def test_a_late_first_event_owes_what_an_early_one_does(case_id, mutant):
    spoilt = registry.mutants()[mutant]
    assert await on_station(case_id, spoilt, **{"TxCtrlr.TxStartPoint": "EnergyTransfer"}) is Verdict.FAIL


async def test_connectors_may_be_told_by_event():
    told = mutants.recast("StatusNotification", "NotifyEvent", partial(as_event, trigger="Delta"))
    assert await on_station("TC_B_01_CS", Mutant("tells_by_event", (told,))) is Verdict.PASS
