"""Reads ``load.jsonl`` once and keeps what the report needs, however long the run was."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from math import isfinite, nan
from pathlib import Path

from reports.curves import Grid
from reports.load.latencies import Latencies, decoded, merged
from reports.load.names import ASIDE, trouble
from reports.load.sources import Column, Source, second_of
from reports.ticks import FILE, BadTick, Told

OPEN_S = 60
"""A second's percentiles wait so long for a source that is late."""
LONGEST_S = 31 * 86_400
TAIL_BYTES = 1 << 18
SECOND_PERCENTS = (50.0, 99.0)
Buckets = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the run during which the load shape did one thing."""

    name: str
    begin_s: int
    end_s: int


@dataclass(slots=True)
class Outcome:
    """How CALLs of one action ended."""

    answered: Latencies = field(default_factory=Latencies)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """How many were not answered, in whatever way."""
        return self.failures.total()

    @property
    def count(self) -> int:
        """How many ended."""
        return self.answered.total + self.failed

    @property
    def error_share(self) -> float:
        """Share of those that ended which were not answered."""
        return self.failed / self.count if self.count else 0.0

    def add(self, other: Outcome) -> None:
        """Count all that the other counted, too."""
        self.answered.add(other.answered)
        self.failures.update(other.failures)


@dataclass(slots=True)
class Failure:
    """One kind of failure of one action."""

    count: int = 0
    first_s: float = nan
    last_s: float = nan


@dataclass(frozen=True, slots=True)
class Trouble:
    """A count that nobody wants, as one tick told it."""

    second: int
    source: str
    name: str
    count: int


class Load:
    """What a load run measured. ``counts`` and the like have one entry per second."""

    def __init__(self, guess_s: float = 0.0) -> None:
        """``guess_s``: about how long the run is; it decides how fine the percentiles over time are."""
        self.grid = Grid.over(max(1.0, guess_s))
        self.sources: dict[str, Source] = {}
        self.counts: dict[tuple[str, str], array[int]] = {}
        self.answered: array[int] = array("q")
        self.failed: array[int] = array("q")
        self.percentiles: dict[float, Column] = {percent: Column() for percent in SECOND_PERCENTS}
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.curves: dict[str, dict[int, Latencies]] = {}
        self.failures: dict[tuple[str, str], Failure] = {}
        self.troubles: list[Trouble] = []
        self.phases: list[Phase] = []
        self.damaged: list[tuple[int, str]] = []
        self.cut = False
        self.late = 0
        self.end_s = 0.0
        self._bins: dict[tuple[str, str], dict[int, Latencies]] = {}
        self._open: dict[int, dict[tuple[str, str], Latencies]] = {}
        self._closed = 0
        self._votes: dict[int, Counter[str]] = {}

    @property
    def seconds(self) -> int:
        """Seconds from the beginning to the last tick."""
        return second_of(self.end_s) + 1 if self.sources else 0

    def of_role(self, role: str) -> list[Source]:
        """The sources of the fleet, the CSMS or the machine, in the order of their numbers."""
        return sorted((each for each in self.sources.values() if each.role == role), key=_by_number)

    def actions(self) -> list[str]:
        """All actions, the most frequent first; those that are not messages at the end."""
        found = Counter[str]()
        for (_, action), outcome in self.outcomes.items():
            found[action] += outcome.count
        return sorted(found, key=lambda action: (action in ASIDE, -found[action], action))

    def outcome(self, action: str | None = None, phase: str | None = None) -> Outcome:
        """Of an action (None: all messages) in a phase (None: in the whole run)."""
        total = Outcome()
        for (where, what), outcome in self.outcomes.items():
            if (what not in ASIDE if action is None else what == action) and phase in (None, where):
                total.add(outcome)
        return total

    def count(self, name: str, role: str = "fleet") -> int:
        """All that was counted under a name."""
        return sum(self.counts.get((role, name), ()))

    def lost(self) -> int:
        """Stations that were lost; where only reasons were told, their sum."""
        reasons = sum(sum(values) for (_, name), values in self.counts.items() if name.startswith("lost:"))
        return max(self.count("lost"), reasons)

    def take(self, tick: Told) -> None:
        """Count a line."""
        if not (isfinite(tick.t) and 0 <= tick.t < LONGEST_S):
            raise BadTick(f"{tick.t!r} is no second of a run")
        second = second_of(tick.t)
        cells = [
            (action, decoded(calls.answered) if calls.answered else [], calls.failures)
            for action, calls in tick.calls.items()
        ]
        source = self.sources.get(tick.source)
        if source is None:
            source = self.sources[tick.source] = Source(tick.source)
        source.heard(tick.t, tick.gauges)
        self.end_s = max(self.end_s, tick.t)
        if tick.phase:
            self._votes.setdefault(second, Counter())[tick.phase] += 1
        for name, count in tick.counts.items():
            source.counts[name] += count
            _put(self.counts.setdefault((source.role, name), array("q")), second, count)
            if count and trouble(name):
                self.troubles.append(Trouble(second, tick.source, name, count))
        for action, found, failures in cells:
            self._calls(tick, second, action, found, failures)
        if second - OPEN_S > self._closed:
            self._close(second - OPEN_S)

    def finish(self) -> None:
        """No more lines."""
        self._close(self.seconds)
        for (phase, action), bins in self._bins.items():
            for step, latencies in bins.items():
                self.outcomes[phase, action].answered.add(latencies)
                self.curves.setdefault(action, {}).setdefault(step, Latencies()).add(latencies)
        self._bins.clear()
        for source in self.sources.values():
            source.ended(self.end_s)
        self.phases = list(_phases(self._votes, self.seconds))

    def _calls(self, tick: Told, second: int, action: str, found: Buckets, failures: dict[str, int]) -> None:
        key = tick.phase, action
        outcome = self.outcomes.get(key)
        if outcome is None:
            outcome = self.outcomes[key] = Outcome()
        if failures:
            outcome.failures.update(failures)
            self._failures(tick.t, action, failures)
        if action not in ASIDE:
            _put(self.answered, second, sum([count for _, count in found]))
            _put(self.failed, second, sum(failures.values()))
        if second < self._closed:
            self.late += 1
            self._settle(second, key, found)
            return
        cells = self._open.setdefault(second, {})
        if key not in cells:
            cells[key] = Latencies()
        cells[key].take(found)

    def _failures(self, t: float, action: str, failures: dict[str, int]) -> None:
        for kind, count in failures.items():
            row = self.failures.setdefault((action, kind), Failure(first_s=t))
            row.count += count
            row.last_s = t

    def _close(self, before: int) -> None:
        """Percentiles of the seconds before: no source is as late as that."""
        for second in sorted(each for each in self._open if each < before):
            cells = self._open.pop(second)
            messages = merged(found for (_, action), found in cells.items() if action not in ASIDE)
            for percent, value in zip(SECOND_PERCENTS, messages.percentiles_s(SECOND_PERCENTS), strict=True):
                if value is not None:
                    self.percentiles[percent].put(second, value)
            for key, latencies in cells.items():
                self._settle(second, key, latencies.counts.items())
        self._closed = max(before, self._closed)

    def _settle(self, second: int, key: tuple[str, str], found: Iterable[tuple[int, int]]) -> None:
        self._bins.setdefault(key, {}).setdefault(int(second // self.grid.step_s), Latencies()).take(found)


def read(path: Path, at_least_s: float = 0.0) -> Load:
    """The load of a run directory; lines that are none are named in ``damaged``. Raises FileNotFoundError.

    Percentiles over time are as fine as for a run of ``at_least_s``, so that two runs can be laid over each other.
    """
    load = Load(max(at_least_s, _guess_s(path / FILE)))
    with (path / FILE).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                load.cut = True
                break
            try:
                load.take(Told.read(line))
            except BadTick as wrong:
                load.damaged.append((number, str(wrong)))
    load.finish()
    load.grid = Grid(load.grid.step_s, max(1, -int(-load.seconds // load.grid.step_s)))
    return load


def _guess_s(file: Path) -> float:
    """The latest time among the last lines."""
    latest = 0.0
    with file.open("rb") as lines:
        lines.seek(max(0, lines.seek(0, os.SEEK_END) - TAIL_BYTES))
        for line in lines:
            try:
                latest = max(latest, Told.read(line).t)
            except BadTick:
                continue
    return latest if latest < LONGEST_S else 0.0


def _put(values: array[int], second: int, count: int) -> None:
    missing = second + 1 - len(values)
    if missing > 0:
        values.extend([0] * missing)
    values[second] += count


def _phases(votes: dict[int, Counter[str]], seconds: int) -> Iterator[Phase]:
    """What most sources said of each second; where nobody said anything, the phase before lasts."""
    said, name = [], ""
    for second in range(seconds):
        if second in votes:
            name = votes[second].most_common(1)[0][0]
        said.append(name)
    begin = 0
    for name, stretch in groupby(said):
        length = sum(1 for _ in stretch)
        if name:
            yield Phase(name, begin, begin + length)
        begin += length


def _by_number(source: Source) -> tuple[int, str]:
    number = source.name.rpartition("-")[2]
    return (int(number) if number.isdecimal() else 0, source.name)
