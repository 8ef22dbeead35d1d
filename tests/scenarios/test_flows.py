"""Flows of the use cases: each holds in every version it is for, with frames that stand up to a second opinion, and
fails where nobody does what it is about."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.versions import V16, V21, V201, Version
from reports.verdict import Verdict
from scenarios import library
from scenarios.library import load
from scenarios.runner import Result, run
from tests.independent.validator import faults

FLOWS = library.names("flows")
FLOWS_16 = library.names("flows16")
USE_CASE = re.compile(r"^flows/([A-P][0-9]{2})-[a-z0-9-]+$")

# The use cases of 2.0.1 part 2; A00 is the chapter of security profiles.
USE_CASES = {
    "A": 5, "B": 12, "C": 16, "D": 2, "E": 15, "F": 6, "G": 5, "H": 4, "I": 6, "J": 3, "K": 17, "L": 4, "M": 6,
    "N": 10, "O": 6, "P": 2,
}  # fmt: skip
PROFILES_16 = {
    "core", "firmware-management", "local-auth-list", "remote-trigger", "reservation", "security", "smart-charging",
}  # fmt: skip


def shown(result: Result) -> str:
    return "\n".join(str(each) for each in result.judgements if not each.verdict.held)


def cases() -> list[tuple[str, Version]]:
    return [*((name, version) for name in FLOWS for version in (V201, V21)), *((name, V16) for name in FLOWS_16)]


@pytest.mark.parametrize(("name", "version"), cases(), ids=lambda each: getattr(each, "name", each))
async def test_the_flow_holds(name: str, version: Version, tmp_path: Path) -> None:
    scenario = load(name)
    if scenario.version is V201:  # what is written for 2.0.1 holds in 2.1, too
        scenario = replace(scenario, version=version)
    result = await run(scenario, out=tmp_path / "run", version=version)
    assert result.verdict is Verdict.PASS, shown(result)
    assert faults(tmp_path / "run") == []


@pytest.mark.parametrize("name", [*FLOWS, *FLOWS_16])
async def test_it_fails_where_nobody_acts(name: str, tmp_path: Path) -> None:
    scenario = load(name)
    idle = replace(scenario, steps=(), operator=(), faults=(), drivers=())
    result = await run(idle, out=tmp_path / "run")
    assert result.verdict is not Verdict.PASS, "its expectations hold without what it is about"


def test_every_use_case_has_a_flow() -> None:
    wanted = {f"{block}{number:02}" for block, count in USE_CASES.items() for number in range(1, count + 1)}
    told = {found[1] for name in FLOWS if (found := USE_CASE.match(name))}
    assert told == wanted, sorted(wanted ^ told)


def test_there_are_as_many_as_promised() -> None:
    assert len(FLOWS) >= 120
    assert not [name for name in FLOWS if not USE_CASE.match(name)]


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_names_the_rules_of_its_use_case(name: str) -> None:
    use_case = name.removeprefix("flows/")[:3]
    scenario = load(name)
    assert any(rule.startswith(f"{use_case}.") for rule in scenario.rules), f"no rule of {use_case}"
    assert scenario.about


def test_every_profile_of_16_has_a_flow() -> None:
    told = {name.removeprefix("flows16/").rpartition("--")[0] for name in FLOWS_16}
    assert told == PROFILES_16
