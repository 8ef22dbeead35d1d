"""Fleets for tests: stations live twenty times as fast, so that nobody waits for their firmware to start."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from loadtest.fleet import Fleet
from loadtest.habits import parse_habits
from loadtest.mishaps import Notice
from loadtest.plan import Plan
from reports.ticks import Tick

SOON_S = 60.0
NOBODY = parse_habits("habits: nobody")


def plan(url: str, **more: Any) -> Plan:
    return Plan(url, **{"habits": NOBODY, "speed": 20.0, "tick_s": 0.1, "back_off": "none", **more})


class Watcher:
    def __init__(self) -> None:
        self.ticks: list[Tick] = []
        self.notices: list[Notice] = []
        self.changed = threading.Condition()

    def tick(self, tick: Tick) -> None:
        with self.changed:
            self.ticks.append(tick)
            self.changed.notify_all()

    def until(self, so: Any) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: so(self), SOON_S)

    def sum(self, name: str) -> int:
        return sum(tick.counts[name] for tick in self.ticks)


@contextmanager
def fleet(made: Plan, shards: int = 1, **more: Any) -> Iterator[tuple[Fleet, Watcher]]:
    watcher = Watcher()
    with Fleet(made, shards, on_tick=watcher.tick, on_notice=watcher.notices.append, **more) as running:
        yield running, watcher


def all_accepted(count: int) -> Any:
    return lambda counts: counts["accepted"] + counts["charging"] == count
