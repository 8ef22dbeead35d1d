"""Whether the tale that a station tells of its transactions is sound: in itself, and beside what really happened.

A message that was not answered may be told again; one that was, may not. Times are those of the station's clock, which
follows the CSMS's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from protocol.stamps import parse
from protocol.stamps import stamp as stamped
from protocol.versions import V16
from scenarios.messages import MISSING, REASONS
from scenarios.model import Pattern
from scenarios.record import Entry, Exchange, Happening, Record

TOLERANCE_S = 2.0
"""How far a time stamp may be off, and how much a transport may take."""
ENERGY_WH = 2.0
"""Rounding at both ends of a transaction."""
LAST_WORD_S = 60.0
"""What ends this shortly before the run does may not have been told yet."""
PHASES = {name: Pattern(f"transaction_{name}") for name in ("started", "updated", "ended")}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong, when, and on which lines of the record."""

    what: str
    t: float
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One message of a transaction. What it does not say is ``MISSING``."""

    phase: str
    exchange: Exchange
    transaction: Any
    stamp: Any
    energy_wh: Any
    evse: Any
    reason: Any
    number: Any

    @property
    def answered(self) -> bool:
        """Whether the CSMS has taken it."""
        return self.exchange.reply is not None and not self.exchange.reply.is_error

    @property
    def again(self) -> tuple[Any, ...]:
        """What makes two of them the same message."""
        begins = self.phase == "started" and self.number is MISSING
        return self.phase, self.evse if begins else self.transaction, self.number, self.stamp


def flaws(record: Record, station: str, start: datetime, duration_s: float) -> Iterator[Flaw]:
    """Everything that is wrong with what one station told, in no particular order."""
    told = list(_tale(record, station))
    yield from _repeated(told)
    for messages in _by_transaction(told).values():
        yield from _unordered(messages)
        if record.versions[station] is not V16:
            yield from _misnumbered(messages)
        yield from _falling(messages)
    yield from _untrue(record, station, told, start, duration_s)


def _tale(record: Record, station: str) -> Iterator[Told]:
    for entry in record.entries[station]:
        if not isinstance(entry, Exchange):
            continue
        for phase, pattern in PHASES.items():
            if record.fits(entry, pattern):
                yield _message(record, phase, pattern, entry)


def _message(record: Record, phase: str, pattern: Pattern, entry: Exchange) -> Told:
    def read(path: str) -> Any:
        return record.read_field(entry, pattern, path)

    version_16 = record.versions[entry.station] is V16
    key = read("reply.transaction") if version_16 and phase == "started" else read("transaction")
    stamp = read("meterValue.0.timestamp") if version_16 and phase == "updated" else read("timestamp")
    return Told(phase, entry, key, stamp, read("energy_wh"), read("evse"), read("reason"), read("seqNo"))


def _by_transaction(told: list[Told]) -> dict[Any, list[Told]]:
    found: dict[Any, list[Told]] = {}
    for each in told:
        if each.answered:
            found.setdefault(each.transaction, []).append(each)
    return found


def _repeated(told: list[Told]) -> Iterator[Flaw]:
    taken: dict[tuple[Any, ...], Told] = {}
    for each in told:
        first = taken.get(each.again)
        if first is not None:
            lines = (*first.exchange.lines, *each.exchange.lines)
            yield Flaw(f"a transaction's {each.phase} is told again although it was answered", each.exchange.t, lines)
        elif each.answered:
            taken[each.again] = each


def _unordered(messages: list[Told]) -> Iterator[Flaw]:
    for at, each in enumerate(messages):
        begins, ends = each.phase == "started", each.phase == "ended"
        if begins != (at == 0) or (ends and at != len(messages) - 1):
            what = f"transaction {each.transaction}: {each.phase} is number {at + 1} of {len(messages)} messages"
            yield Flaw(what, each.exchange.t, each.exchange.lines)
    for before, after in pairwise(messages):
        if (earlier := _time(before.stamp)) and (later := _time(after.stamp)) and later < earlier:
            what = f"transaction {after.transaction}: stamped {after.stamp} after {before.stamp}"
            yield Flaw(what, after.exchange.t, (*before.exchange.lines, *after.exchange.lines))


def _misnumbered(messages: list[Told]) -> Iterator[Flaw]:
    """§1.3.2.1, E01.FR.07: each number is one more than the one before."""
    for before, after in pairwise(messages):
        if after.number != before.number + 1:
            what = f"transaction {after.transaction}: seqNo {after.number} after {before.number}"
            yield Flaw(what, after.exchange.t, (*before.exchange.lines, *after.exchange.lines))


def _falling(messages: list[Told]) -> Iterator[Flaw]:
    metered = [each for each in messages if each.energy_wh is not MISSING]
    for before, after in pairwise(metered):
        if after.energy_wh < before.energy_wh:
            what = f"the energy register falls from {before.energy_wh:g} to {after.energy_wh:g} Wh"
            yield Flaw(what, after.exchange.t, (*before.exchange.lines, *after.exchange.lines))


# -- beside what happened


def _untrue(record: Record, station: str, told: list[Told], start: datetime, duration_s: float) -> Iterator[Flaw]:
    """Transactions are told in the order in which they began, so the n-th that is told is the n-th that was."""
    entries = record.entries[station]
    if any(_named(each, "MessageGivenUp") for each in entries):
        return
    began = [each for each in entries if _named(each, "TransactionStarted")]
    first: dict[Any, list[Told]] = {}
    for messages in _by_transaction(told).values():
        first[len(first)] = messages
    around = _Around(entries, start, _silent_since(entries, duration_s), record.versions[station] is V16)
    for at, fact in enumerate(began):
        assert isinstance(fact, Happening)
        ended = next((each for each in entries if _ends(each, fact)), None)
        messages = first.get(at, [])
        yield from _told_as_it_was("started", fact, messages, around)
        if isinstance(ended, Happening):
            yield from _told_as_it_was("ended", ended, messages, around)
            yield from _charged_as_it_was(ended, messages)


@dataclass(frozen=True, slots=True)
class _Around:
    """What else happened at the station: everything, when its run began, and until when it could tell the CSMS.

    ``flat``: it speaks 1.6, which numbers connectors and knows no EVSEs.
    """

    entries: list[Entry]
    start: datetime
    silent_s: float
    flat: bool = False

    def numbers(self, evse: int) -> set[int]:
        """By which numbers an EVSE is told of: its own, in 1.6 those of its connectors."""
        shown = {
            (each.fields["evse"], each.fields["connector"])
            for each in self.entries
            if isinstance(each, Happening) and each.fact == "StatusChanged" and each.fields["evse"]
        }
        if not self.flat or not shown:
            return {evse}
        return {number for number, place in enumerate(sorted(shown), 1) if place[0] == evse}

    def moments(self, fact: Happening) -> Iterator[datetime]:
        """What the station's clock showed when it happened, or when a power cut before it made it so (E06.FR.16).

        It may also have shown the simulation's time: corrections that make up for a drift or a jump leave it right.
        """
        yield self.shown(fact.t)
        yield self.start + timedelta(seconds=fact.t)
        for each in self.entries:
            if each.t <= fact.t and _named(each, "PoweredOff"):
                yield self.shown(each.t)

    def shown(self, t: float) -> datetime:
        """What the station's clock showed at ``t``."""
        moves = [each for each in self.entries if isinstance(each, Happening) and each.fact == "ClockSet"]
        return self.start + timedelta(seconds=t + sum(each.fields["by_s"] for each in moves if each.t <= t))


def _told_as_it_was(phase: str, fact: Happening, messages: list[Told], around: _Around) -> Iterator[Flaw]:
    message = next((each for each in messages if each.phase == phase), None)
    evse = fact.fields["evse"]
    if message is None:
        if fact.t + LAST_WORD_S < around.silent_s:
            yield Flaw(f"a transaction {phase} at EVSE {evse}, and the CSMS is not told", fact.t)
        return
    t, lines = message.exchange.t, message.exchange.lines
    if message.evse is not MISSING and message.evse not in around.numbers(evse):
        yield Flaw(f"a transaction at EVSE {evse} is told of EVSE {message.evse}", t, lines)
    stamp = _time(message.stamp)
    if stamp and all(abs((stamp - each).total_seconds()) > TOLERANCE_S for each in around.moments(fact)):
        happened = stamped(around.shown(fact.t))
        yield Flaw(f"a transaction {phase} at {happened} and is told with {message.stamp}", t, lines)


def _charged_as_it_was(ended: Happening, messages: list[Told]) -> Iterator[Flaw]:
    last = next((each for each in messages if each.phase == "ended"), None)
    if last is None:
        return
    reason = REASONS.get(ended.fields["reason"], ended.fields["reason"])
    if last.reason not in (reason, ended.fields["reason"]) and not _poorer(last, reason):
        what = f"a transaction ended for the reason {reason} and is told with {last.reason}"
        yield Flaw(what, last.exchange.t, last.exchange.lines)
    energies = [each.energy_wh for each in (messages[0], last)]
    if MISSING in energies:
        return
    if abs(energies[1] - energies[0] - ended.fields["energy_wh"]) > ENERGY_WH:
        told_wh = energies[1] - energies[0]
        what = f"a transaction of {ended.fields['energy_wh']:g} Wh is told with {told_wh:g} Wh"
        yield Flaw(what, last.exchange.t, last.exchange.lines)


def _poorer(last: Told, reason: str) -> bool:
    """1.6 has no word for many a reason and says Other (§7.37)."""
    return last.exchange.frame.action == "StopTransaction" and last.reason == "Other" and reason not in REASONS_16


REASONS_16 = (
    "DeAuthorized", "EmergencyStop", "EVDisconnected", "Local", "PowerLoss", "Reboot", "Remote", "Reset",
    "UnlockCommand",
)  # fmt: skip


def _named(entry: Entry, fact: str) -> bool:
    return isinstance(entry, Happening) and entry.fact == fact


def _ends(entry: Entry, began: Happening) -> bool:
    return (
        isinstance(entry, Happening)
        and entry.fact == "TransactionEnded"
        and entry.fields["transaction"] == began.fields["transaction"]
    )


def _silent_since(entries: list[Entry], duration_s: float) -> float:
    """Until when the CSMS could be told: the end of the run, or when the link went for good."""
    link = [each for each in entries if _named(each, "Connected") or _named(each, "Disconnected")]
    return min((each.t for each in _trailing(link)), default=duration_s if link else 0.0)


def _trailing(link: list[Entry]) -> Iterator[Entry]:
    """The losses after which no connection came about."""
    for each in reversed(link):
        if _named(each, "Connected"):
            return
        yield each


def _time(stamp: Any) -> datetime | None:
    try:
        return parse(stamp)
    except (TypeError, ValueError):
        return None
