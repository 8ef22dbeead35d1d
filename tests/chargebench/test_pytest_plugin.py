"""Conformance cases as tests of pytest: what each verdict becomes, what is selected, and what is refused."""

from __future__ import annotations

import json
import socket
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from chargebench.pytest_plugin import explained
from conformance import registry, runner
from conformance.findings import Line, Record
from reports.verdict import Finding, Judgement, Verdict
from tests.chargebench.processes import child

pytest_plugins = "pytester"

OWN = "--chargebench-station=simulated"
CASES = ("--chargebench-case=TC_B_06_CS", "--chargebench-case=TC_P_01_CS")


def run(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    """The tests of an empty folder, and what the plugin adds; ours have other plugins than a vendor's have."""
    return pytester.runpytest_inprocess("-p", "chargebench.pytest_plugin", "-p", "no:asyncio", "-p", "no:xdist", *words)


def test_a_case_is_a_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, "-v", OWN, *CASES, "--chargebench-out=run", "--junitxml=j.xml")
    result.stdout.fnmatch_lines(
        ["*collected 2 items*", "chargebench::TC_B_06_CS PASSED*", "chargebench::TC_P_01_CS PASSED*"]
    )
    assert result.ret == 0
    summary = json.loads((pytester.path / "run" / "run.json").read_text())
    assert [each["id"] for each in summary["verdicts"]] == ["TC_B_06_CS", "TC_P_01_CS"]
    assert summary["command"][0] == "pytest"
    junit = (pytester.path / "j.xml").read_text()
    assert 'classname="chargebench" name="TC_B_06_CS"' in junit
    assert '<property name="verdict" value="pass"' in junit


def test_nothing_is_added_where_no_system_is_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_of_the_vendor(): pass")
    run(pytester).assert_outcomes(passed=1)
    run(pytester, OWN, *CASES).assert_outcomes(passed=3)


def test_cases_are_chosen_by_words_of_pytest(pytester: pytest.Pytester) -> None:
    run(pytester, OWN, *CASES, "-k", "TC_P_01_CS").assert_outcomes(passed=1, deselected=1)
    run(pytester, OWN, *CASES, "-k", "Core and not TC_P_01_CS").assert_outcomes(passed=1, deselected=1)


def spoil(monkeypatch: pytest.MonkeyPatch, mutant: str) -> None:
    whole = runner.run_case
    spoilt = registry.mutants()[mutant]
    monkeypatch.setattr(runner, "run_case", lambda *args, **how: whole(*args, **how, mutant=spoilt))


def test_a_failure_is_explained(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, "reads_something_else")
    result = run(pytester, OWN, CASES[0])
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*TC_B_06_CS*", "*expected *", "*was *", "*message * up *"])
    assert "Traceback" not in result.stdout.str()


def test_what_does_not_apply_is_skipped_with_the_reason(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("f.yaml").write_text("role: station\nfeatures: {C-30: no}\n")
    words = ("--chargebench-features=f.yaml", "--chargebench-case=TC_C_02_CS", "-rs")
    result = run(pytester, OWN, *words)
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*not applicable: applies if*C-30 is no*"])


INCONCLUSIVE = Judgement("TC_B_06_CS", "t", Verdict.INCONCLUSIVE, reason="the rig has no plug")


def answering(monkeypatch: pytest.MonkeyPatch, judgement: Judgement) -> None:
    async def run_case(*args: Any, **how: Any) -> Judgement:
        return judgement

    monkeypatch.setattr(runner, "run_case", run_case)


def test_inconclusive_is_xfailed_and_never_passes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, INCONCLUSIVE)
    result = run(pytester, OWN, CASES[0], "-rx")
    result.assert_outcomes(xfailed=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["a better rig would unlock 1 case(s): plug", "*inconclusive: the rig has no plug*"])
    run(pytester, OWN, CASES[0], "--runxfail").assert_outcomes(failed=1)
    run(pytester, OWN, CASES[0], "--chargebench-inconclusive=fail").assert_outcomes(failed=1)


def test_what_broke_is_no_pass(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Judgement("TC_B_06_CS", "t", Verdict.ERROR, "the stand works", "OSError: gone"))
    result = run(pytester, OWN, CASES[0])
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*TC_B_06_CS  t: error*", "*was *OSError: gone*"])


def test_our_own_csms(pytester: pytest.Pytester) -> None:
    """In a process of its own, as a vendor's is: a database library does not bear to be imported twice."""
    words = ("-p", "chargebench.pytest_plugin", "--chargebench-csms=reference", "--chargebench-case=TC_B_01_CSMS")
    pytester.runpytest_subprocess(*words, timeout=60).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((OWN, "--chargebench-csms=reference"), "one system at a time"),
        ((OWN, "--chargebench-case=TC_X_99"), "no case TC_X_99"),
        ((OWN, "--chargebench-version=9"), "not an OCPP version"),
        ((OWN, "--chargebench-rig=none.yaml"), "none.yaml: No such file"),
        ((OWN, "--chargebench-features=none.yaml"), "none.yaml: No such file"),
        (("--chargebench-station=nowhere",), "HOST:PORT"),
    ],
)
def test_what_cannot_be_used(pytester: pytest.Pytester, words: tuple[str, ...], told: str) -> None:
    result = run(pytester, *words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stdout.str() + result.stderr.str()


def test_a_place_that_is_taken_ends_the_session(pytester: pytest.Pytester, unused_port: int) -> None:
    with socket.create_server(("127.0.0.1", unused_port)):
        result = run(pytester, f"--chargebench-station=127.0.0.1:{unused_port}", *CASES)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "already in use" in result.stdout.str() + result.stderr.str()


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_a_station_of_another_process(pytester: pytest.Pytester, unused_port: int) -> None:
    where = f"127.0.0.1:{unused_port}"
    words = (f"--chargebench-station={where}", "--chargebench-id=FOREIGN", "--chargebench-case=TC_B_32_CS")
    with child("station", f"ws://{where}/", "--id", "FOREIGN", "--retry", "--speed", "5") as station:
        more = ("--chargebench-case=TC_G_01_CS", "-rx")
        result = pytester.runpytest_subprocess("-p", "chargebench.pytest_plugin", *words, *more, timeout=100)
        station.say("quit")
    result.assert_outcomes(passed=1, xfailed=1)
    result.stdout.fnmatch_lines([f"*waiting for the station at ws://{where}/*", "*inconclusive: the rig has no *"])


def test_one_station_serves_no_several_workers(pytester: pytest.Pytester) -> None:
    words = ("-p", "chargebench.pytest_plugin", "-p", "no:asyncio", "-n", "2", "--chargebench-station=127.0.0.1:0")
    result = pytester.runpytest_inprocess(*words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "use -n 0" in result.stderr.str()


def test_an_explanation_quotes_the_messages() -> None:
    findings = (
        Finding(Verdict.PASS, "a", "a"),
        Finding(Verdict.FAIL, "Accepted", "Rejected", "B05.FR.01", frames=(3, 4)),
        Finding(Verdict.FAIL, "soon", "late"),
    )
    record = Record(lines=[Line(0, 0, "link", "opened"), Line(3, 1, "up", "[3]"), Line(4, 2, "down", b"\xff")])
    told = explained(Judgement("TC", "Title", Verdict.FAIL, findings=findings), record)
    assert told.splitlines() == [
        "TC  Title: fail",
        "  expected  Accepted",
        "  was       Rejected",
        "  rule      B05.FR.01",
        "  message 3 up  [3]",
        "  message 4 down  \\xff",
        "  expected  soon",
        "  was       late",
    ]


def test_the_plugin_loads_nothing_heavy(pytester: pytest.Pytester) -> None:
    heavy = ("conformance", "typer", "rich", "simulator")
    script = f"import sys, chargebench.pytest_plugin; print([each for each in {heavy} if each in sys.modules])"
    result = pytester.run(sys.executable, "-c", script, timeout=30)
    assert result.outlines == ["[]"], result.errlines


def test_pytest_finds_the_plugin_by_itself() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"chargebench.pytest_plugin": "chargebench.pytest_plugin"}
