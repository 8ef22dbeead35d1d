"""What drivers do that is not in the manual, as a run records it in both versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol.versions import V16, V201, Version
from scenarios.model import Scenario
from scenarios.reading import parse_scenario
from scenarios.runner import run

TEXT = """\
scenario: t
seed: 3
start: 2026-03-02T08:00:00Z
duration: 9h
csms: {tokens: [ALICE, BOB]}
fleet: [{profile: ac-22kw}]
drivers:
  - name: d
    arrivals: {08:00-09:00: 4}
    stay: {from: 40m, to: 60m}
    tokens: ALICE
    PLACE
expect: EXPECT
"""
COME = "{seen: {fact: DriverArrived}}"


def scenario(habit: str, *expect: str) -> Scenario:
    lines = "".join(f"\n  - {each}" for each in (COME, *expect))
    return parse_scenario(TEXT.replace("PLACE", habit).replace("EXPECT", lines))


@pytest.mark.parametrize("version", [V16, V201], ids=str)
@pytest.mark.parametrize(
    ("habit", "expect"),
    [
        ("begin: late_card", ["{seen: {fact: TransactionEnded, where: {reason: Local}}}"]),
        ("begin: no_card", ["{never: {fact: TransactionStarted}}", "{seen: {fact: DriverLeft}}"]),
        ("begin: no_cable", ["{seen: {fact: ConnectionTimedOut}}", "{never: {fact: TransactionStarted}}"]),
        ("end: unplug", ["{seen: {fact: TransactionEnded, where: {reason: EVDisconnected}}}"]),
        ("end: early", ["{seen: {fact: TransactionEnded, where: {reason: EVDisconnected}}}"]),
        ("end: other_card", ["{seen: {fact: TransactionEnded, where: {reason: Local}}}"]),
        (
            "{end: overstay, soc: 99}",
            ["{seen: {fact: EvFinished}}", "{seen: {fact: TransactionEnded, where: {reason: Local}}}"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_the_station_makes_of_it(version: Version, habit: str, expect: list[str], tmp_path: Path) -> None:
    habit = habit.strip("{}").replace(", ", "\n    ")
    result = await run(scenario(habit, *expect), out=tmp_path / "run", version=version)
    assert [(each.title, each.reason) for each in result.judgements if each.verdict.name != "PASS"] == []
