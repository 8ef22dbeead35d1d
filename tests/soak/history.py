"""What stations sent and what they were told, and whether a database agrees with them.

As Jepsen reads a history: what was acknowledged must be there, once; what was sent and not acknowledged may be there,
once; nothing else may be there. Each message of a station carries a meter reading of its own, its ``mark``, so that
messages and readings are told apart without asking the CSMS.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple


class Event(NamedTuple):
    """A transaction event as it is kept. ``first`` is the mark of the transaction's first message."""

    station: str
    first: float
    seq_no: int
    kind: str


class Reading(NamedTuple):
    """A meter reading as it is kept."""

    station: str
    mark: float


class Transaction(NamedTuple):
    """A transaction as it is kept. ``gaps`` and ``flags`` are JSON."""

    station: str
    first: float
    state: str
    complete: bool
    energy_wh: float
    gaps: str
    flags: str


@dataclass(eq=False)
class Message:
    """A message that a station has to deliver; ``sent`` counts its attempts, ``answer`` is its acknowledgement."""

    station: str
    action: str
    payload: dict
    mark: float
    event: Event | None = None
    sent: int = 0
    answer: dict | None = None


@dataclass
class History:
    """All that stations sent, in the order in which they began to."""

    messages: list[Message] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)  # set whenever a message is acknowledged

    @property
    def acknowledged(self):
        """How many messages were."""
        return sum(message.answer is not None for message in self.messages)

    @property
    def unknown(self):
        """How many messages were sent and not acknowledged so far."""
        return sum(message.sent > 0 and message.answer is None for message in self.messages)


@dataclass
class Kept:
    """What a database holds."""

    events: list[Event]
    readings: list[Reading]
    transactions: list[Transaction]


def faults(history, kept, *, since=0):
    """How a database contradicts the messages from number ``since`` on, in words."""
    events, readings = Counter(kept.events), Counter(kept.readings)
    found = list(history.errors)
    for message in history.messages[since:]:
        what = f"{message.station}: {message.action} {message.mark:g}"
        places = [("reading", readings[Reading(message.station, message.mark)])]
        if message.event is not None:
            places.append(("event", events[message.event]))
        for place, times in places:
            if message.answer is not None and times == 0:
                found.append(f"{what} was acknowledged and its {place} is lost")
            if times > 1:
                found.append(f"{what} is kept {times} times as {place}")
        if len({times for _, times in places}) > 1:
            found.append(f"{what} is kept by half: {dict(places)}")
    return found + _invented(history, events, readings)


def _invented(history, events, readings):
    sent = [message for message in history.messages if message.sent]
    known = {Reading(message.station, message.mark) for message in sent}
    told = {message.event for message in sent}
    return [f"{each} is kept and was never sent" for each in [*(readings.keys() - known), *(events.keys() - told)]]


def halves(history, kept):
    """Which transactions are not whole although all their messages were acknowledged, in words."""
    its = {}
    for message in history.messages:
        if message.event is not None:
            its.setdefault((message.station, message.event.first), []).append(message)
    rows = Counter((row.station, row.first) for row in kept.transactions)
    by_key = {(row.station, row.first): row for row in kept.transactions}
    found = [f"transaction {key} is kept {times} times" for key, times in rows.items() if times > 1]
    for key, messages in its.items():
        if messages[-1].event.kind != "Ended" or any(message.answer is None for message in messages):
            continue
        energy_wh = messages[-1].mark - messages[0].mark
        whole = Transaction(*key, "Ended", True, energy_wh, "[]", "[]")
        row = by_key.get(key)
        if row is None or row._replace(complete=bool(row.complete)) != whole:
            found.append(f"expected {whole}, found {row}")
    return found
