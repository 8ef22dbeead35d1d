"""Every fault has a scenario that shows the whole chain in both versions, and fails where the fault is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protocol.versions import V16, V201
from reports.verdict import Verdict
from scenarios import library
from scenarios.hardware import slug
from scenarios.library import load
from scenarios.reading import parse_scenario
from scenarios.runner import Result, run
from simulator.observable import event_of, known_faults, troubles
from tests.independent.validator import faults

BY_SLUG = {slug(name): fault for name, fault in known_faults().items()}
NAMES = library.names("faults")
CAUSES = ("fault", "surround", "power_off")


def shown(result: Result) -> str:
    return "\n".join(str(each) for each in result.judgements if not each.verdict.held)


@pytest.mark.parametrize("name", NAMES)
async def test_the_chain_holds(name: str, tmp_path: Path) -> None:
    result = await run(load(name), out=tmp_path / "run")
    assert result.verdict is Verdict.PASS, shown(result)
    assert faults(tmp_path / "run") == []
    assert {group.version for group in load(name).fleet} == {V16, V201}
    assert {each.version for each in load(name).expect} >= {V16, V201}, "nothing of one version's messages"
    fault = BY_SLUG.get(name.removeprefix("faults/"))
    if fault is not None:
        told = [json.loads(line) for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()]
        raised = {(each["station"], each["trouble"]) for each in told if each["fact"] == "TroubleRaised"}
        noted = {(each["component"], each["variable"]) for each in told if each["fact"] == "EventNoted"}
        for trouble in troubles(fault):
            assert {(group.id, trouble.name) for group in load(name).fleet} <= raised
            assert event_of(fault, trouble) in noted
        assert raised or not troubles(fault)


@pytest.mark.parametrize("name", NAMES)
async def test_without_the_fault_it_fails(name: str, tmp_path: Path) -> None:
    path = library.FOLDER / f"{name}.yaml"
    lines = path.read_text().splitlines(keepends=True)
    causes = [line for line in lines if any(f" {cause}: " in line for cause in CAUSES)]
    assert causes, "no step brings the fault about"
    text = "".join("  - {after: 1s}\n" if line in causes else line for line in lines)
    result = await run(parse_scenario(text, str(path)), out=tmp_path / "run")
    assert result.verdict is Verdict.FAIL, shown(result)


def test_every_fault_has_one() -> None:
    assert {f"faults/{each}" for each in BY_SLUG} <= set(NAMES)
