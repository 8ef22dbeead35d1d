"""One pass over a run's messages: counts, transactions, and which frames of each station deserve to be shown."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reports.frames import Frame, FrameKind
from reports.recording import Run
from reports.transactions import Ledger, Transaction

ROUTINE = frozenset({"Heartbeat", "MeterValues"})
STRIKING, PLAIN, ROUTINELY = 0, 1, 2
AROUND = 3  # frames of the same station shown on either side of a striking one
ENDS = 40  # first and last frames that are shown before plain ones in between


@dataclass(slots=True)
class StationDigest:
    """What one station said and heard; ``lines``, ``tiers`` and ``times`` run in parallel, in recorded order."""

    id: str
    profile: str = ""
    version: str = ""
    calls: int = 0
    errors: int = 0
    unreadable: int = 0
    lines: array[int] = field(default_factory=lambda: array("Q"))
    tiers: bytearray = field(default_factory=bytearray)
    times: array[float] = field(default_factory=lambda: array("d"))

    @property
    def frames(self) -> int:
        """How many frames were recorded."""
        return len(self.lines)

    def lines_at(self, t: float) -> list[int]:
        """The line of the last frame up to a time; the first frame's where none came before; none without frames."""
        if not self.lines:
            return []
        return [self.lines[max(0, bisect_right(self.times, t) - 1)]]

    def tier_of_line(self, line: int) -> int:
        """The tier of a recorded line."""
        return self.tiers[bisect_left(self.lines, line)]


@dataclass(slots=True)
class ActionCount:
    """How often one action was asked, by direction and version, and what became of it."""

    action: str
    up: int = 0
    down: int = 0
    answered: int = 0
    refused: int = 0
    sends: int = 0
    versions: Counter[str] = field(default_factory=Counter)

    @property
    def calls(self) -> int:
        """Calls and sends, both ways."""
        return self.up + self.down

    @property
    def unanswered(self) -> int:
        """Calls that no reply was recorded for."""
        return max(0, self.calls - self.sends - self.answered - self.refused)


@dataclass(slots=True)
class Digest:
    """The whole run in numbers."""

    stations: dict[str, StationDigest]
    actions: dict[str, ActionCount]
    transactions: list[Transaction]
    frames: int = 0
    errors: int = 0
    unreadable: int = 0
    unmatched: int = 0
    last_t: float = 0.0


def digest(run: Run) -> Digest:
    """Read all messages once. Stations come in ``run.json``'s order, then those that only the messages name."""
    stations = {
        str(each["id"]): StationDigest(str(each["id"]), str(each.get("profile", "")), str(each.get("version", "")))
        for each in run.stations
    }
    found, ledger = Digest(stations, {}, []), Ledger()
    for frame in run.frames():
        station = stations.setdefault(frame.station, StationDigest(frame.station))
        station.tiers.append(_tier(frame, station))
        station.lines.append(frame.line)
        station.times.append(frame.t)
        _count(frame, station, found)
        ledger.see(frame)
    found.transactions = ledger.transactions()
    return found


def choose(tiers: Sequence[int], limit: int, always: Iterable[int] = ()) -> list[int]:
    """At most ``limit`` indices, ascending: what is striking and around it, both ends, then the rest by tier.

    ``always`` are indices that come first, with what is around them.
    """
    if len(tiers) <= limit:
        return list(range(len(tiers)))
    last = len(tiers) - 1
    ends = min(ENDS, limit // 6)
    ranks = [tier + 4 if ends <= index <= last - ends else 3 for index, tier in enumerate(tiers)]
    for rank, centres in ((1, [i for i, tier in enumerate(tiers) if tier == STRIKING]), (0, list(always))):
        for centre in centres:
            for index in range(max(0, centre - AROUND), min(last, centre + AROUND) + 1):
                ranks[index] = min(ranks[index], rank)
    return sorted(sorted(range(len(tiers)), key=lambda index: (ranks[index], index))[:limit])


def _tier(frame: Frame, station: StationDigest) -> int:
    if frame.is_error or frame.kind is FrameKind.UNREADABLE:
        return STRIKING
    if frame.answers is not None:
        return station.tier_of_line(frame.answers)
    if frame.is_reply:  # a reply to nothing
        return STRIKING
    updated = isinstance(frame.payload, dict) and frame.payload.get("eventType") == "Updated"
    return ROUTINELY if frame.action in ROUTINE or updated else PLAIN


def _count(frame: Frame, station: StationDigest, found: Digest) -> None:
    found.frames += 1
    found.last_t = max(found.last_t, frame.t)
    if frame.kind is FrameKind.UNREADABLE:
        station.unreadable += 1
        found.unreadable += 1
        return
    if frame.is_error:
        station.errors += 1
        found.errors += 1
    if frame.action is None:
        found.unmatched += 1
        return
    count = found.actions.setdefault(frame.action, ActionCount(frame.action))
    if frame.kind in (FrameKind.CALL, FrameKind.SEND):
        station.calls += 1
        count.versions[station.version or "unknown"] += 1
        count.sends += frame.kind is FrameKind.SEND
        count.up += frame.direction == "up"
        count.down += frame.direction == "down"
    elif frame.kind is FrameKind.CALLRESULT:
        count.answered += 1
    elif frame.kind is FrameKind.CALLERROR:
        count.refused += 1
