"""What one source told of itself, second by second, and when it fell silent."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan, nan

from reports.load.names import CORES, LINKED, role

SILENT_S = 2.0
"""From so long after its last tick on, a source is silent: one second's tick is missing."""
END_SLACK_S = 5.0
"""So much earlier than the others a source may end without being called silent."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A source was silent from ``begin_s`` until ``end_s`` (None: it never came back)."""

    source: str
    begin_s: float
    end_s: float | None
    missing: int
    stations: int
    """Stations with a connection that it held when it was last heard of."""


@dataclass(slots=True)
class Column:
    """One number a second; NaN where it was not told."""

    values: array[float] = field(default_factory=lambda: array("d"))

    def put(self, second: int, value: float) -> None:
        """Set a second's value; what is told later stands."""
        missing = second + 1 - len(self.values)
        if missing > 0:
            self.values.extend([nan] * missing)
        self.values[second] = value

    def at(self, second: int) -> float | None:
        """A second's value."""
        value = self.values[second] if 0 <= second < len(self.values) else nan
        return None if isnan(value) else value

    def between(self, begin: int, end: int) -> list[float]:
        """The values that were told in the seconds from ``begin`` to before ``end``."""
        return [value for value in self.values[begin:end] if not isnan(value)]

    def last(self) -> float | None:
        """The last value that was told."""
        return next((value for value in reversed(self.values) if not isnan(value)), None)


@dataclass(slots=True)
class Source:
    """A process of the fleet or of the CSMS, or the machine."""

    name: str
    ticks: int = 0
    first_t: float = 0.0
    last_t: float = 0.0
    backwards: int = 0
    """Ticks that came with a time no later than the one before; what they count is counted."""
    gauges: dict[str, Column] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    gaps: list[Gap] = field(default_factory=list)
    _last: dict[str, float] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """``fleet``, ``csms``, ``machine`` or something else."""
        return role(self.name)

    @property
    def missing(self) -> int:
        """Ticks that should have come and did not."""
        return sum(gap.missing for gap in self.gaps)

    def heard(self, t: float, gauges: Mapping[str, float]) -> None:
        """Take a tick's gauges, and notice if there should have been others before."""
        passed = t - self.last_t if self.ticks else None
        if passed is None:
            self.first_t = t
        elif passed <= 0:
            self.backwards += 1
        elif passed >= SILENT_S:
            self.gaps.append(Gap(self.name, self.last_t, t, round(passed) - 1, self._linked()))
        told = dict(gauges)
        if (cores := self._cores(gauges, passed)) is not None:
            told[CORES] = cores
        second = second_of(t)
        # Ticks that are a little late or early leave a second out, and yet nothing is missing.
        bridged = passed is not None and 0 < passed < SILENT_S and second - second_of(self.last_t) == 2
        for name, value in told.items():
            column = self.gauges.setdefault(name, Column())
            if bridged:
                column.put(second - 1, self._last.get(name, value))
            column.put(second, value)
        self.ticks += 1
        self.last_t = max(t, self.last_t)
        self._last = told

    def ended(self, end_s: float) -> None:
        """The run ended: a source that has been silent for long, and did not end well, is missing from then on."""
        if end_s - self.last_t > END_SLACK_S and not (self.role == "fleet" and self._well()):
            self.gaps.append(Gap(self.name, self.last_t, None, round(end_s - self.last_t), self._linked()))

    def _cores(self, gauges: Mapping[str, float], passed: float | None) -> float | None:
        """Processors kept busy since the last tick; None for the first tick of a process, and of one begun anew."""
        now, before = gauges.get("cpu_s"), self._last.get("cpu_s")
        if now is None or before is None or not passed or passed < 0 or now < before:
            return None
        return (now - before) / passed

    def _linked(self) -> int:
        return int(sum(self._last.get(state, 0.0) for state in LINKED))

    def _well(self) -> bool:
        """All of its stations were switched off."""
        return self._last.get("stopped", 0.0) > 0 and not self._linked()


def second_of(t: float) -> int:
    """The second that a tick at ``t`` tells of: the one that ends then."""
    return max(0, round(t) - 1)
