from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loadtest.expected import expected
from loadtest.logbook import Logbook
from loadtest.shapes import Phase
from reports.rundir import StationFacts
from reports.ticks import Tick
from reports.verdict import Verdict

SCENARIO = """
scenario: stations behave
duration: 1h
fleet: [{id: "X-{n}", count: 2, profile: ac-22kw}]
expect:
  - {name: heartbeats are sent, seen: heartbeat, times: {at_least: 1}}
  - {name: nobody is faulted, never: {fact: ConnectorFaulted}}
  - {name: the CSMS knows it, csms: {transactions: 0}}
"""
STATIONS = [StationFacts(id="CP-1", profile="ac-22kw", version="2.0.1")]


@pytest.fixture
def logbook(tmp_path: Path) -> Iterator[Logbook]:
    book = Logbook(tmp_path / "run", title="", seed=1, began=datetime(2026, 3, 2, tzinfo=UTC))
    book.begin(Phase("hold", 1, 1.0, 9.0), 0.0)
    book.message(1.0, "CP-1", "up", '[2,"1","Heartbeat",{}]')
    book.message(1.1, "CP-1", "down", '[3,"1",{"currentTime":"2026-03-02T00:00:01Z"}]')
    yield book
    book.close()


def verdicts(logbook: Logbook, tmp_path: Path) -> list[Verdict]:
    file = tmp_path / "scenario.yaml"
    file.write_text(SCENARIO)
    return [each.verdict for each in expected(str(file), logbook, STATIONS)]


def test_expectations_are_judged_on_what_was_recorded(logbook: Logbook, tmp_path: Path):
    logbook.tick(Tick(90.0, "fleet-1"))
    assert verdicts(logbook, tmp_path) == [Verdict.PASS, Verdict.PASS, Verdict.INCONCLUSIVE]


def test_what_must_not_happen_fails(logbook: Logbook, tmp_path: Path):
    logbook.event(5.0, "CP-1", "hardware", "ConnectorFaulted", evse=1, connector=1, error="GroundFailure")
    logbook.tick(Tick(90.0, "fleet-1"))
    assert verdicts(logbook, tmp_path)[1] is Verdict.FAIL
