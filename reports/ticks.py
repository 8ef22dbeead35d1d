"""What a load run measures, second by second: the lines of ``load.jsonl`` in its run directory.

A tick is what one source (a process of the fleet, of the CSMS, the machine) has to say of the time since its last one.
Counts add up over sources and time; latencies are HdrHistograms, so that percentiles of a sum are those of the sum
and never an average of percentiles.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson
from hdrh.codec import HdrCookieException, HdrHistogramSettingsException, HdrLengthException
from hdrh.histogram import HdrHistogram

FILE = "load.jsonl"
LATENCY_MAX_US = 3_600_000_000
LATENCY_DIGITS = 2
_BROKEN = (HdrCookieException, HdrHistogramSettingsException, HdrLengthException)


class BadTick(ValueError):
    """A line of ``load.jsonl`` that is none."""


def histogram() -> HdrHistogram:
    """An empty histogram of latencies from 1 µs to an hour, exact to two digits (30 KB)."""
    return HdrHistogram(1, LATENCY_MAX_US, LATENCY_DIGITS)


@dataclass(slots=True)
class Calls:
    """CALLs of one action that ended: answered ones by latency (µs), the others by kind of failure."""

    answered: HdrHistogram = field(default_factory=histogram)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How many ended, in whatever way."""
        return int(self.answered.get_total_count()) + self.failures.total()

    def took(self, latency_s: float) -> None:
        """Count an answered CALL; what is longer than an hour counts as an hour."""
        self.answered.record_value(min(max(1, int(latency_s * 1e6)), LATENCY_MAX_US))

    def add(self, other: Calls) -> None:
        """Count all that the other counted, too."""
        self.answered.add(other.answered)
        self.failures.update(other.failures)


@dataclass(slots=True)
class Tick:
    """One line. ``t``: wall seconds since the run began; ``phase``: what the load shape was doing.

    ``gauges`` hold at ``t`` (stations by state; bytes, seconds of processor time so far, open files of a process);
    ``counts`` are of what happened since the source's last tick. Names: docs/run-directory.md.
    """

    t: float
    source: str
    phase: str = ""
    gauges: dict[str, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    calls: dict[str, Calls] = field(default_factory=dict)

    def line(self) -> bytes:
        """As it stands in the file, without the newline."""
        told: dict[str, Any] = {"t": round(self.t, 3), "source": self.source}
        if self.phase:
            told["phase"] = self.phase
        if self.gauges:
            told["gauges"] = self.gauges
        if self.counts:
            told["counts"] = self.counts
        if self.calls:
            told["calls"] = {action: _told(calls) for action, calls in self.calls.items()}
        return orjson.dumps(told)

    @classmethod
    def read(cls, line: bytes | str) -> Tick:
        """The tick of a line. Raises BadTick."""
        told = Told.read(line)
        try:
            calls = {action: _calls(each) for action, each in told.calls.items()}
        except (ValueError, TypeError, zlib.error, *_BROKEN) as wrong:
            raise BadTick(f"not a line of {FILE}: {wrong}") from wrong
        return cls(told.t, told.source, told.phase, told.gauges, Counter(told.counts), calls)


@dataclass(frozen=True, slots=True)
class ToldCalls:
    """Calls as they stand in the line: ``answered`` is the histogram's text, empty where none was answered."""

    answered: str
    failures: dict[str, int]


@dataclass(frozen=True, slots=True)
class Told:
    """A tick whose histograms are still text: what reads a long run needs no 30 KB for each."""

    t: float
    source: str
    phase: str
    gauges: dict[str, float]
    counts: dict[str, int]
    calls: dict[str, ToldCalls]

    @classmethod
    def read(cls, line: bytes | str) -> Told:
        """The tick of a line. Raises BadTick."""
        try:
            told = orjson.loads(line)
            return cls(
                float(told["t"]),
                str(told["source"]),
                str(told.get("phase", "")),
                {name: float(value) for name, value in told.get("gauges", {}).items()},
                {name: int(value) for name, value in told.get("counts", {}).items()},
                {action: _told_calls(each) for action, each in told.get("calls", {}).items()},
            )
        except (ValueError, TypeError, KeyError, AttributeError) as wrong:
            raise BadTick(f"not a line of {FILE}: {wrong}") from wrong


class TickWriter:
    """Appends ticks to a run directory's ``load.jsonl``; a run that is cut off keeps every line but the last."""

    def __init__(self, run: Path) -> None:
        self._file: IO[bytes] = (run / FILE).open("ab", buffering=0)

    def write(self, tick: Tick) -> None:
        """Append one tick."""
        self._file.write(tick.line() + b"\n")

    def close(self) -> None:
        """No more ticks."""
        self._file.close()


def read_ticks(run: Path) -> Iterator[Tick]:
    """Every tick of a run, in the order in which they were written; a line cut off at the end is left out.

    Raises FileNotFoundError, BadTick.
    """
    with (run / FILE).open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield Tick.read(line)


def _told(calls: Calls) -> Mapping[str, Any]:
    told: dict[str, Any] = {}
    if calls.answered.get_total_count():
        told["answered"] = calls.answered.encode().decode()
    if calls.failures:
        told["failures"] = calls.failures
    return told


def _told_calls(told: Mapping[str, Any]) -> ToldCalls:
    failures = {kind: int(count) for kind, count in told.get("failures", {}).items()}
    return ToldCalls(str(told.get("answered", "")), failures)


def _calls(told: ToldCalls) -> Calls:
    answered = HdrHistogram.decode(told.answered) if told.answered else histogram()
    return Calls(answered, Counter(told.failures))
