"""What happened in a run, as far as it is known: frames with their replies, facts and samples.

The same class serves twice: filled live, so that steps can wait for things, and read back from the run directory, so
that verdicts rest on what was recorded.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.versions import Side, Version
from reports.frames import Frame, FrameKind, Matcher, Message
from reports.rundir import Run
from scenarios.matchers import holds
from scenarios.messages import MISSING, Form, dig, forms, neutral
from scenarios.model import Fields, Pattern, Status

DIRECTIONS = {Side.STATION: "up", Side.CSMS: "down"}


@dataclass(slots=True)
class Exchange:
    """A request and, once it is there, its answer. ``reply`` is a CALLRESULT or CALLERROR."""

    t: float
    station: str
    frame: Frame
    reply: Frame | None = None

    @property
    def lines(self) -> tuple[int, ...]:
        """Where it stands in ``messages.jsonl``."""
        return (self.frame.line,) if self.reply is None else (self.frame.line, self.reply.line)


@dataclass(frozen=True, slots=True)
class Happening:
    """A fact of a station, or of an actor."""

    t: float
    station: str
    fact: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of an EVSE's time series."""

    t: float
    station: str
    evse: int
    values: Mapping[str, float | None]


Entry = Exchange | Happening
Watcher = Callable[[Entry], None]


class Record:
    """Frames, facts and samples of stations whose versions are known, in the order in which they came."""

    def __init__(self, versions: Mapping[str, Version]) -> None:
        self.versions = dict(versions)
        self.entries: dict[str, list[Entry]] = {station: [] for station in versions}
        self.samples: dict[str, list[Sample]] = {station: [] for station in versions}
        self.site: list[Happening] = []
        self.watchers: dict[str, list[Watcher]] = {station: [] for station in versions}
        """Told of every entry of their station as it comes, and of an exchange again when it is answered."""
        self._matcher = Matcher()
        self._open: dict[tuple[str, int], Exchange] = {}

    @classmethod
    def read(cls, run: Run, versions: Mapping[str, Version]) -> Record:
        """A record from a run directory; stations that are not in ``versions`` are left out."""
        record = cls(versions)
        for message in run.messages():
            record.message(message)
        for event in run.events():
            record.happened(Happening(event.t, event.station or "", event.fact, event.fields))
        for station in record.entries.values():
            station.sort(key=lambda entry: entry.t)
        for row in run.samples().to_pylist():
            station, evse, t = row.pop("station"), row.pop("evse"), row.pop("t")
            if station in record.samples:
                record.samples[station].append(Sample(t, station, evse, row))
        return record

    # -- filling it

    def message(self, message: Message) -> None:
        """A frame passed."""
        if message.station not in self.entries:
            return
        frame = self._matcher.frame(message)
        if frame.kind in (FrameKind.CALL, FrameKind.SEND):
            exchange = Exchange(frame.t, frame.station, frame)
            self._open[frame.station, frame.line] = exchange
            self.entries[frame.station].append(exchange)
        elif frame.answers is not None and (frame.station, frame.answers) in self._open:
            exchange = self._open.pop((frame.station, frame.answers))
            exchange.reply = frame
        else:
            return
        for watcher in tuple(self.watchers[message.station]):
            watcher(exchange)

    def happened(self, happening: Happening) -> None:
        """A fact came to pass."""
        if happening.station in self.entries:
            self.entries[happening.station].append(happening)
            for watcher in tuple(self.watchers[happening.station]):
                watcher(happening)
        else:
            self.site.append(happening)

    def sampled(self, t: float, station: str, evse: int, values: Mapping[str, float | None]) -> None:
        """A meter was read."""
        self.samples[station].append(Sample(t, station, evse, values))

    # -- asking it

    def found(
        self, station: str, pattern: Pattern, start_s: float = 0.0, end_s: float = float("inf")
    ) -> Iterator[Entry]:
        """What fits a pattern at one station, in time order, between two instants (both included)."""
        entries = self.entries[station]
        for index in range(bisect_left(entries, start_s, key=lambda entry: entry.t), len(entries)):
            entry = entries[index]
            if entry.t > end_s:
                return
            if self.fits(entry, pattern):
                yield entry

    def fits(self, entry: Entry, pattern: Pattern) -> bool:
        """Whether an entry is of the kind that a pattern describes; a pattern of the reply needs the reply."""
        if isinstance(entry, Happening):
            return pattern.is_fact and entry.fact == pattern.name and _all(pattern.where, entry.fields, {})
        if pattern.is_fact:
            return False
        form = self.form(entry, pattern)
        if form is None or not _all(pattern.where, entry.frame.payload, form.fields):
            return False
        return not pattern.reply or (entry.reply is not None and _replied(pattern.reply, entry.reply, form))

    def form(self, exchange: Exchange, pattern: Pattern) -> Form | None:
        """How the station's version says a pattern's name, if this exchange says it."""
        for form in forms(pattern.name, self.versions[exchange.station]):
            if form.action != exchange.frame.action or DIRECTIONS[form.sender] != exchange.frame.direction:
                continue
            if pattern.sender not in (None, form.sender):
                continue
            if form.fits is None or (isinstance(exchange.frame.payload, dict) and form.fits(exchange.frame.payload)):
                return form
        return None

    def read_field(self, entry: Entry, pattern: Pattern, path: str) -> Any:
        """A field of what fits a pattern: of the request or the fact; ``reply.`` before it means the answer's."""
        if isinstance(entry, Happening):
            return dig(entry.fields, path)
        form = self.form(entry, pattern)
        table = form.fields if form else {}
        if not path.startswith("reply."):
            return neutral(table, entry.frame.payload, path)
        if entry.reply is None:
            return MISSING
        return neutral(form.reply if form else {}, entry.reply.payload, path.removeprefix("reply."))

    def states(self, station: str, before_s: float = float("inf")) -> dict[int, str]:
        """What each EVSE last reported, in the words of 2.0.1; EVSE 0 is the station as a whole (1.6)."""
        pattern, last = Pattern("status"), {}
        for entry in self.found(station, pattern, end_s=before_s):
            last[self.read_field(entry, pattern, "evse")] = self.read_field(entry, pattern, "state")
        return last

    def reports(self, station: str, wanted: Status, entry: Entry) -> bool:
        """Whether an entry reports a connector status that somebody waits for."""
        pattern = Pattern("status")
        if not isinstance(entry, Exchange) or entry.station != station or not self.fits(entry, pattern):
            return False
        evse = self.read_field(entry, pattern, "evse")
        return self.read_field(entry, pattern, "state") == wanted.status and wanted.evse in (None, evse)


def _all(fields: Fields, payload: Any, table: Mapping[str, Any]) -> bool:
    return all(holds(found, neutral(table, payload, path)) for path, found in fields.items())


def _replied(fields: Fields, reply: Frame, form: Form) -> bool:
    for path, found in fields.items():
        if path == "error":
            value = dig(reply.payload, "errorCode") if reply.is_error else MISSING
        else:
            value = MISSING if reply.is_error else neutral(form.reply, reply.payload, path)
        if not holds(found, value):
            return False
    return True
