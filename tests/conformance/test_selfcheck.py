"""The test of the tester: every case passes on our sound peer and fails on its mutants."""

import pytest

from conformance import mutants, reading, registry, runner, selfcheck
from conformance.findings import Record
from conformance.mutants import Mutant
from conformance.rigs.reference import ReferenceCsms
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION
from reports.verdict import Verdict

NOT_BUILT = {
    "TC_B_01_CS": "the station sends no SecurityEventNotification yet",
    "TC_B_02_CS": "the station has no GetBaseReport yet",
    "TC_B_13_CS": "the station has no GetBaseReport yet",
    "TC_B_21_CS": "the station sends no SecurityEventNotification yet",
    "TC_B_30_CS": "the station answers NotSupported before SecurityError",
    "TC_B_39_CS": "the station lets MessageTimeout be written",
}
"""Cases that our station fails, rightly; strict, so that each must leave this list when it passes."""


def _report(heard, content, spoil):
    """A whole FullInventory, as the answer to whoever asks for one."""
    if heard != "GetBaseReport":
        return []
    entries = [
        {
            "component": {"name": component},
            "variable": {"name": name},
            "variableAttribute": [{"value": "x"}],
            "variableCharacteristics": {"dataType": kind, "supportsMonitoring": False, "valuesList": "x,y"},
        }
        for component, name, kind in (
            ("OCPPCommCtrlr", "OfflineThreshold", "integer"),
            ("TxCtrlr", "TxStartPoint", "MemberList"),
        )
    ]
    head = {"requestId": content["requestId"], "generatedAt": "2026-03-02T08:00:00Z"}
    parts = [{**head, "seqNo": n, "tbc": n == 0, "reportData": [entry]} for n, entry in enumerate(entries)]
    return [(1.0 + n, spoil.invent("NotifyReport", part)) for n, part in enumerate(parts)]


def _refuses_as_it_should(passing):
    if passing.action != "GetBaseReport" or passing.is_call:
        return None
    return [(0.0, reading.write(reading.ERROR, passing.frame.message_id, "SecurityError", "", {}))]


STARTUP = {"type": "StartupOfTheDevice", "timestamp": "2026-03-02T08:00:00Z"}
TELLS_STARTUP = mutants.say("SecurityEventNotification", STARTUP, after="BootNotification").say
REPORTS = mutants.accept_reply("GetBaseReport", {"status": "Accepted"})
MENDED = {
    "TC_B_01_CS": Mutant("mended", (), (TELLS_STARTUP,)),
    "TC_B_02_CS": Mutant("mended", (REPORTS,), (_report,)),
    "TC_B_13_CS": Mutant("mended", (REPORTS,), (_report,)),
    "TC_B_21_CS": Mutant("mended", (), (TELLS_STARTUP,)),
    "TC_B_30_CS": Mutant("mended", (_refuses_as_it_should,)),
    "TC_B_39_CS": Mutant(
        "mended", (mutants.change_reply("SetVariables", "setVariableResult.0.attributeStatus", "Rejected"),)
    ),
}
"""What makes our station sound for those cases: said in its place, until it says so itself."""


@pytest.mark.parametrize("case_id", sorted(MENDED))
async def test_what_is_not_built_yet_is_judged_rightly_too(case_id):
    case = registry.cases()[case_id]
    subject = runner.describe(STATION, "2.0.1", rig(case))
    mended = MENDED[case_id]
    verdict = await runner.run_case(case, subject, rig(case), mutant=mended)
    assert verdict.verdict is Verdict.PASS, verdict
    for name in case.catches:
        bad = registry.mutants()[name]
        both = Mutant(name, (*bad.twists, *mended.twists), (*mended.outbursts, *bad.outbursts))
        verdict = await runner.run_case(case, subject, rig(case), mutant=both)
        assert verdict.verdict is Verdict.FAIL, (name, verdict)


def test_every_case_that_is_not_built_is_mended():
    assert set(MENDED) == set(NOT_BUILT)


def rig(case):
    return (SimulatedStation if case.under_test is STATION else ReferenceCsms)(runner.START)


def matrix():
    for case in registry.cases().values():
        for version in case.versions:
            why = NOT_BUILT.get(case.id)
            marks = [pytest.mark.xfail(reason=why, strict=True)] if why else []
            yield pytest.param(case, version, id=f"{case.id}-{version}", marks=marks)


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
