"""Two Sessions joined by a fake wire that delivers, loses, repeats and reorders frames as it is told."""

from __future__ import annotations

from collections import deque
from itertools import count

from protocol.session import Event, Session
from protocol.versions import Side, Version


def session(version: Version, side: Side = Side.CSMS, **settings: object) -> Session:
    """A Session whose message ids count: ``csms-1``, ``csms-2``, …"""
    numbers = count(1)
    return Session(version, side, ids=lambda: f"{side}-{next(numbers)}", **settings)  # type: ignore[arg-type]


class Pair:
    """A station and a CSMS; ``wire[side]`` holds the frames on their way to that side, ``seen[side]`` its events."""

    def __init__(self, version: Version, **settings: object) -> None:
        self.now = 0.0
        self.ends = {side: session(version, side, **settings) for side in Side}
        self.wire: dict[Side, deque[str]] = {side: deque() for side in Side}
        self.seen: dict[Side, list[Event]] = {side: [] for side in Side}

    @property
    def station(self) -> Session:
        return self.ends[Side.STATION]

    @property
    def csms(self) -> Session:
        return self.ends[Side.CSMS]

    def flush(self) -> None:
        """Put what both ends want to send onto the wire."""
        for side, end in self.ends.items():
            self.wire[side.other].extend(end.outbox)
            end.outbox.clear()

    def deliver(self, side: Side, which: int = 0) -> list[Event]:
        """Hand one frame on the wire to ``side``."""
        text = self.wire[side][which]
        del self.wire[side][which]
        return self.note(side, self.ends[side].receive(text, self.now))

    def note(self, side: Side, events: list[Event]) -> list[Event]:
        """Keep events that an end reported, and flush what it sends because of them."""
        self.seen[side] += events
        self.flush()
        return events

    def settle(self) -> None:
        """Deliver everything, in order, until the wire is empty."""
        self.flush()
        while any(self.wire.values()):
            for side in Side:
                if self.wire[side]:
                    self.deliver(side)
