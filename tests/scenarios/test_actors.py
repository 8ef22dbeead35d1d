"""A script goes on only while its steps can be taken."""

from __future__ import annotations

from pathlib import Path

from reports.rundir import Run
from reports.verdict import Verdict
from scenarios.reading import parse_scenario
from scenarios.runner import Result, run

TEXT = """
scenario: Steps
start: 2026-03-02T08:00:00Z
duration: 20m
fleet: [{profile: ac-22kw}]
steps:
  - {at: 08:01, STEP}
  - {at: 08:10, note: went on}
expect:
  - {seen: boot}
"""


async def played(step: str, path: Path) -> tuple[Result, list[str]]:
    result = await run(parse_scenario(TEXT.replace("STEP", step)), out=path)
    return result, [event.fact for event in Run.open(path).events() if event.kind == "scenario"]


async def test_a_step_that_is_taken_lets_the_next_one_come(tmp_path: Path) -> None:
    result, told = await played("plug: {soc: 20%}", tmp_path)
    assert result.verdict is Verdict.PASS
    assert "Noted" in told


async def test_a_wait_in_vain_ends_the_script_and_is_inconclusive(tmp_path: Path) -> None:
    result, told = await played("when: transaction_started, within: 1m", tmp_path)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "Noted" not in told
    assert "transaction_started did not come within 1m" in result.judgements[-1].actual


async def test_a_step_that_cannot_be_taken_ends_the_script_and_is_an_error(tmp_path: Path) -> None:
    result, told = await played("unplug: ", tmp_path)
    assert result.verdict is Verdict.ERROR
    assert "Noted" not in told
    assert "no EV at EVSE 1" in result.judgements[-1].actual
