"""The report of a certification: what a profile, a requirement and a case come to, and how it is told."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import pytest

from reports import certificate, render
from reports.certificate import difference, facts, page, tally
from reports.certificate.tally import Standing
from reports.recording import Run, RunError
from reports.verdict import Finding, Verdict
from tests.reports.made_certification import HOSTILE, SOUND, made

PASSED = Finding(Verdict.PASS, "a boot", "", "B01.FR.01")


def profile(run: Run, name: str) -> tally.ProfileRow:
    return next(row for row in tally.profiles(facts.read(run)) if row.name == name)


def rule(run: Run, name: str) -> tally.RequirementRow:
    return next(row for row in tally.requirements(facts.read(run)) if row.id == name)


def test_a_profile_fails_with_one_of_its_cases(tmp_path: Path) -> None:
    core = profile(made(tmp_path), "Core")
    assert (core.standing, core.failed, core.open, core.outside) == (
        Standing.FAIL, ["TC_B_01_CS"], ["TC_B_02_CS"], ["TC_C_02_CS"],
    )  # fmt: skip
    assert (core.mandatory, core.conditional, core.applicable, core.passed) == (2, 1, 3, ["TC_A_01_CS"])


def test_a_profile_with_a_case_that_was_not_run_is_incomplete(tmp_path: Path) -> None:
    listed = profile(made(tmp_path), "Local Auth List")
    assert (listed.standing, listed.open, listed.passed) == (Standing.INCOMPLETE, ["TC_D_01_CS"], ["TC_C_01_CS"])


def test_a_profile_passes_with_all_that_apply(tmp_path: Path) -> None:
    run = made(tmp_path, SOUND | {"TC_B_01_CS": [PASSED], "TC_B_02_CS": [PASSED]})
    assert profile(run, "Core").standing is Standing.PASS


def test_a_profile_of_which_nothing_applies_does_not_pass(tmp_path: Path) -> None:
    row = tally.ProfileRow("Core", claimed=True, outside=["TC_A_01_CS"])
    assert row.standing is Standing.INCOMPLETE


def test_profiles_that_are_not_claimed_come_last_and_say_so(tmp_path: Path) -> None:
    rows = tally.profiles(facts.read(made(tmp_path)))
    assert [(row.name, row.claimed) for row in rows][-1] == ("Advanced Security", False)


def test_a_requirement_is_judged_by_the_checks_that_name_it(tmp_path: Path) -> None:
    run = made(tmp_path)
    assert rule(run, "B01.FR.01").verdict is Verdict.PASS  # though its case failed over another
    violated = rule(run, "B01.FR.02")
    assert (violated.verdict, [case for case, _ in violated.violated]) == (Verdict.FAIL, ["TC_B_01_CS"])
    assert rule(run, "B01.FR.03").verdict is Verdict.FAIL


def test_a_requirement_that_no_check_names_holds_where_its_cases_pass(tmp_path: Path) -> None:
    run = made(tmp_path)
    assert rule(run, "A01.FR.09").verdict is Verdict.PASS
    assert rule(run, "B01.FR.09").verdict is Verdict.INCONCLUSIVE


def test_blocks_count_what_was_not_run(tmp_path: Path) -> None:
    rows = {row.name: row for row in tally.blocks(facts.read(made(tmp_path)))}
    assert rows["B Provisioning"].counts == {Verdict.INCONCLUSIVE: 1, Verdict.FAIL: 1}
    assert (rows["D Local list"].unrun, rows["D Local list"].counts) == (1, {})
    run = made(tmp_path / "again")
    assert '<span class="chip">not run</span>' in page.html(run, facts.read(run)).decode()


def test_cases_without_a_caught_mutant_are_unproven(tmp_path: Path) -> None:
    run = made(tmp_path)
    assert tally.unproven(facts.read(run)) == ["TC_C_01_CS"]
    assert "unproven" in page.html(run, facts.read(run)).decode()


def test_the_page_tells_a_violation_from_a_difference_and_shows_the_frame(tmp_path: Path) -> None:
    run = made(tmp_path)
    text = page.html(run, facts.read(run)).decode()
    assert "violates a requirement: <code>B01.FR.02 B01.FR.03</code>" in text
    assert "differs from the usual script" in text
    assert "could not be judged" in text
    assert "messages.jsonl, line 4" in text
    assert HOSTILE not in text
    assert page.html(run, facts.read(run)) == text.encode()


def test_the_frames_of_a_case_carry_its_verdicts(tmp_path: Path) -> None:
    run = made(tmp_path)
    text = page.html(run, facts.read(run)).decode()
    packs = [part.split("</script>")[0].split(">", 1)[1] for part in text.split('id="pack-')[1:]]
    cases = {each["station"]: each["rows"] for each in map(unpacked, packs)}
    assert [row[0] for row in cases["TC_A_01_CS"]] == ["e", "f", "f"]
    assert cases["TC_A_01_CS"][0][4:6] == ["pass A01.FR.01", "a boot"]
    assert [row[1] for row in cases["TC_B_01_CS"] if row[0] == "f"] == [3, 4, 5, 6]


def unpacked(text: str) -> dict[str, list[list[object]]]:
    found: dict[str, list[list[object]]] = json.loads(zlib.decompress(base64.b64decode(text)))
    return found


def test_the_summary_for_programs_names_everything(tmp_path: Path) -> None:
    run = made(tmp_path)
    told = json.loads(page.summary(run, facts.read(run)))
    assert [row["standing"] for row in told["profiles"]] == ["FAIL", "INCOMPLETE", "FAIL"]
    cases = {case["id"]: case for case in told["cases"]}
    assert cases["TC_D_01_CS"]["verdict"] == "not run"
    assert cases["TC_C_02_CS"]["reason"] == "applies if C-30; declared: no"
    assert cases["TC_B_01_CS"]["against"][0]["rule"] == "B01.FR.02 B01.FR.03"
    assert told["lacking"] == {"plug": ["TC_B_02_CS"]}


def test_rendering_a_certification_writes_its_documents(tmp_path: Path) -> None:
    made(tmp_path)
    assert [path.name for path in render(tmp_path)] == ["report.html", "certificate.json", "junit.xml"]


def test_two_certifications_differ_by_what_was_fixed_and_what_broke(tmp_path: Path) -> None:
    before = made(tmp_path / "before")
    mended = SOUND | {"TC_B_01_CS": [PASSED], "TC_A_01_CS": SOUND["TC_B_01_CS"]}
    now = made(tmp_path / "now", mended)
    changes = difference.compare(facts.read(now), facts.read(before))
    assert {name: [each.id for each in found] for name, found in changes.items()} == {
        "Broke": ["TC_A_01_CS"], "Fixed": ["TC_B_01_CS"], "Still wrong": [], "Otherwise": [],
    }  # fmt: skip
    render(now, tmp_path / "before")
    text = (tmp_path / "now" / "comparison.html").read_text()
    assert "TC_A_01_CS" in text
    assert "B01.FR.02" in text


def test_a_case_that_was_lost_between_two_runs_is_told(tmp_path: Path) -> None:
    before = made(tmp_path / "before")
    now = made(tmp_path / "now", {"TC_A_01_CS": SOUND["TC_A_01_CS"], "TC_B_01_CS": SOUND["TC_B_01_CS"]})
    changes = difference.compare(facts.read(now), facts.read(before))
    assert [(each.id, each.before, each.now) for each in changes["Otherwise"]] == [
        ("TC_B_02_CS", Verdict.INCONCLUSIVE, None),
        ("TC_C_01_CS", Verdict.PASS, None),
    ]
    assert [each.id for each in changes["Still wrong"]] == ["TC_B_01_CS"]


def test_other_runs_cannot_be_compared_with_a_certification(tmp_path: Path) -> None:
    run = made(tmp_path / "now")
    other = made(tmp_path / "other")
    del other.summary["certification"]
    with pytest.raises(RunError, match="not a certification"):
        certificate.documents(run, other)


@pytest.mark.parametrize(
    "told", [{"cases": [{}]}, {"cases": 3}, {"lacking": []}, {"cases": [{"id": "X", "lines": [1]}]}]
)
def test_facts_that_are_none_are_refused_in_one_line(tmp_path: Path, told: dict[str, object]) -> None:
    run = made(tmp_path, **told)
    with pytest.raises(RunError, match="unusable facts of the certification"):
        facts.read(run)
