"""What a run keeps of a certification for its report."""

from conformance import registry, runner
from conformance.declaration import Declaration
from conformance.dossier import dossier
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION, V16, V201
from reports.certificate import facts, tally
from reports.recording import Run
from reports.verdict import Judgement, Verdict

BOOT = "TC_B_01_CS"


def told(declaration=None, version=V201):
    verdicts = [Judgement(BOOT, "", Verdict.PASS)]
    return dossier(STATION, version, declaration, verdicts, lines={BOOT: (3, 9)}, lacking={"plug": {"TC_G_01_CS"}})


def test_every_case_stands_in_it_whether_it_was_run_or_not():
    cases = {case["id"]: case for case in told()["cases"]}
    assert set(cases) == {case.id for case in registry.select(STATION, V201)}
    assert cases[BOOT]["lines"] == [3, 9]
    assert cases[BOOT]["profiles"] == {"Core": "M"}
    assert cases[BOOT]["block"] == "B Provisioning"
    assert "B01.FR.01" in cases[BOOT]["verifies"]
    assert cases[BOOT]["proofs"]
    assert "lines" not in cases["TC_G_01_CS"]


def test_what_was_not_run_says_whether_it_would_apply():
    cases = {case["id"]: case for case in told(Declaration(STATION, features={"C-52": False}))["cases"]}
    outside = [case for case in cases.values() if case.get("outside")]
    assert outside
    assert all("applies if" in case["outside"] or "profile" in case["outside"] for case in outside)
    assert "outside" not in cases[BOOT]


def test_cases_of_1_6_have_their_feature_profile_for_a_block():
    cases = {case["id"]: case for case in told(version=V16)["cases"]}
    assert cases["TC_001_CS"]["block"] == "Core"


async def test_a_certification_leaves_facts_that_its_report_can_read(tmp_path):
    cases = registry.select(STATION, V201, ids=[BOOT])
    await runner.certify_station(cases, SimulatedStation(runner.START), version=V201, out=tmp_path)
    run = Run.open(tmp_path)
    certification = facts.read(run)
    (ran,) = certification.run
    frames = [frame.line for frame in run.frames()]
    assert ran.lines == (frames[0], frames[-1])
    assert {row.verdict for row in tally.requirements(certification)} == {Verdict.PASS}
    assert all(0 <= finding.t <= 60 for finding in ran.findings if finding.t is not None)
