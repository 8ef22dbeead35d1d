"""Every fault has a scenario that shows the whole chain in both versions, and fails where the fault is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol.versions import V16, V201
from reports.verdict import Verdict
from scenarios import library
from scenarios.library import load
from scenarios.reading import parse_scenario
from scenarios.runner import Result, run

NAMES = library.names("faults")
CAUSES = ("fault", "surround", "power_off")


def shown(result: Result) -> str:
    return "\n".join(str(each) for each in result.judgements if not each.verdict.held)


@pytest.mark.parametrize("name", NAMES)
async def test_the_chain_holds(name: str, tmp_path: Path) -> None:
    result = await run(load(name), out=tmp_path / "run")
    assert result.verdict is Verdict.PASS, shown(result)
    assert {group.version for group in load(name).fleet} == {V16, V201}


@pytest.mark.parametrize("name", NAMES)
async def test_without_the_fault_it_fails(name: str, tmp_path: Path) -> None:
    path = library.FOLDER / f"{name}.yaml"
    lines = path.read_text().splitlines(keepends=True)
    causes = [line for line in lines if any(f" {cause}: " in line for cause in CAUSES)]
    assert causes, "no step brings the fault about"
    text = "".join("  - {after: 1s}\n" if line in causes else line for line in lines)
    result = await run(parse_scenario(text, str(path)), out=tmp_path / "run")
    assert result.verdict is Verdict.FAIL, shown(result)
