import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loadtest.logbook import Logbook
from loadtest.play import Moment, carry_out, enter, play
from loadtest.shapes import ORDERS, Phase, Phases
from reports.ticks import Tick, read_ticks


class Fleet:
    """Does at once what it is told, and lives a second whenever somebody looks at the time."""

    def __init__(self, logbook: Logbook) -> None:
        self.wanted = 0
        self.done: list[str] = []
        self._logbook = logbook
        self._phase = ""
        self._t = 0.0

    @property
    def now_s(self) -> float:
        return self._t

    @property
    def counts(self) -> Mapping[str, int]:
        self._t += 1.0
        self._logbook.tick(Tick(self._t, "fleet-1", self._phase, {"accepted": self.wanted, "charging": 0}))
        return {"accepted": self.wanted, "wanted": self.wanted}

    def start(self, stations: int, per_s: float | None = None) -> None:
        self.wanted += stations
        self.done.append(f"start {stations} at {per_s:g}/s")

    def stop(self, stations: int) -> None:
        self.wanted -= stations
        self.done.append(f"stop {stations}")

    def drop(self) -> None:
        self.done.append("drop")

    def power(self, on: bool) -> None:
        self.done.append(f"power {on}")

    def phase(self, name: str) -> None:
        self._phase = name
        self.done.append(f"phase {name}")


@pytest.fixture
def logbook(tmp_path: Path) -> Any:
    book = Logbook(tmp_path / "run", title="", seed=1, began=datetime(2026, 3, 2, tzinfo=UTC))
    yield book
    book.close()


def phases() -> Phases:
    yield Phase("up", 10, 5.0, 60.0, settles=True)
    yield Phase("storm", 10, 5.0, 3.0, "drop")
    yield Phase("down", 4, 5.0, 2.0)


def test_a_shape_is_played_to_its_end(logbook: Logbook):
    fleet, seen = Fleet(logbook), []
    play(fleet, phases(), logbook, on_moment=seen.append)  # type: ignore[arg-type]
    assert fleet.done == [
        "phase up",
        "start 10 at 5/s",
        "phase storm",
        "drop",
        "phase down",
        "stop 6",
        "phase farewell",
    ]
    assert [each.phase.name for each in logbook.phases] == ["up", "storm", "down"]
    assert {moment.phase.name for moment in seen} == {"up", "storm", "down"}


def test_gauges_are_read_in_every_phase(logbook: Logbook):
    class Thermometer:
        def sample(self, t: float, phase: str = "") -> list[Tick]:
            return [Tick(t, "machine", phase, {"load_1m": 1.0})]

    play(Fleet(logbook), phases(), logbook, gauges=(Thermometer(),))  # type: ignore[arg-type]
    assert {tick.phase for tick in read_ticks(logbook.path) if tick.source == "machine"} == {"up", "storm", "down"}


def test_it_can_be_stopped(logbook: Logbook):
    stopped = threading.Event()

    def stop(_moment: Moment) -> None:
        stopped.set()

    fleet = Fleet(logbook)
    play(fleet, phases(), logbook, on_moment=stop, stopped=stopped)  # type: ignore[arg-type]
    assert fleet.done == ["phase up", "start 10 at 5/s", "phase farewell"]


def test_every_order_can_be_carried_out(logbook: Logbook):
    fleet = Fleet(logbook)
    for order in ["", *ORDERS]:
        carry_out(fleet, order)  # type: ignore[arg-type]
    assert fleet.done == ["drop", "power False", "power True"]
    with pytest.raises(KeyError):
        carry_out(fleet, "dance")  # type: ignore[arg-type]


def test_a_phase_with_as_many_stations_starts_none(logbook: Logbook):
    fleet = Fleet(logbook)
    fleet.wanted = 10
    enter(fleet, Phase("hold", 10, 5.0, 1.0), logbook)  # type: ignore[arg-type]
    assert fleet.done == ["phase hold"]
