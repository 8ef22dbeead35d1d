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


DEPARTURE = """\
scenario: t
start: 2026-03-02T06:00:00Z
duration: 3h
csms: {tokens: [ALICE]}
fleet: [{profile: ac-22kw}]
steps:
  - {after: 1m, plug: {ev: sedan-77kwh, soc: 50%, target: 52%, departs: 2h, cable_a: 20, battery_c: 12}}
  - {after: 5s, present: ALICE}
  - {after: 2h, unplug: }
expect:
  - {seen: {fact: EvFinished}}
  - {seen: {fact: TransactionEnded, where: {reason: EVDisconnected}}}
"""


@pytest.mark.parametrize("version", [V16, V201], ids=str)
async def test_a_departure_that_the_car_knows(version: Version, tmp_path: Path) -> None:
    """SuspendedEV when the battery has what it is to have, Charging for the half hour before, SuspendedEV again."""
    result = await run(parse_scenario(DEPARTURE), out=tmp_path / "run", version=version)
    assert [(each.title, each.reason) for each in result.judgements if each.verdict.name != "PASS"] == []
    told = (tmp_path / "run" / "events.jsonl").read_text()
    states = [
        line.partition('"state":"')[2].partition('"')[0] for line in told.splitlines() if "ChargingStateCh" in line
    ]
    assert states[-5:-1] == ["Charging", "SuspendedEV", "Charging", "SuspendedEV"]
