"""An event, its number, and who wants to hear of it."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from csms_reference.events.kinds import KINDS
from csms_reference.instants import show


class EventId(NamedTuple):
    """The number of an event: milliseconds since 1970, and which it is within them. Later events have higher ones."""

    at_ms: int
    nth: int

    def __str__(self) -> str:
        return f"{self.at_ms}-{self.nth}"


BEGINNING = EventId(0, 0)


def read_id(text: str) -> EventId:
    """The number that was written so. Raises ValueError."""
    at_ms, _, nth = text.partition("-")
    if not (at_ms.isdecimal() and nth.isdecimal() and text.isascii() and len(text) <= 40):
        raise ValueError(f"{text!r} is no id of an event")
    return EventId(int(at_ms), int(nth))


@dataclass(slots=True)
class Event:
    """Something that has happened. ``data``: the fields of its kind; ``at_ms``: by the CSMS's clock."""

    kind: str
    station: str | None
    at_ms: int
    data: dict[str, Any]
    id: EventId = BEGINNING
    _text: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The event as JSON, written once for all who are told."""
        if self._text is None:
            told = {"id": str(self.id), "kind": self.kind, "station": self.station, "at": show(self.at_ms)}
            self._text = written({**told, "data": self.data})
        return self._text


def written(told: Any) -> str:
    """JSON, also of text with half a surrogate pair in it, which only broken stations send."""
    try:
        return orjson.dumps(told).decode()
    except TypeError:
        return json.dumps(told)


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that a subscriber was not told; ``missed`` is None where nobody knows how many."""

    missed: int | None

    @property
    def text(self) -> str:
        """The gap as JSON."""
        return written({"kind": "gap", "missed": self.missed})


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events. ``stations``: those of these alone; None: of any, and those that concern none."""

    kinds: AbstractSet[str]
    stations: AbstractSet[str] | None = None

    def takes(self, event: Event) -> bool:
        """Whether this is one of them."""
        return event.kind in self.kinds and (self.stations is None or event.station in self.stations)

    @property
    def watched(self) -> AbstractSet[str]:
        """The stations whose messages are wanted."""
        return (self.stations or frozenset()) if any(KINDS[name].asked for name in self.kinds) else frozenset()


def data_of(said: Any) -> dict[str, Any]:
    """The dataclass of a kind as plain values: ``dataclasses.asdict`` would take three times as long."""
    found = {name: getattr(said, name) for name in said.__slots__}
    return {name: [data_of(each) for each in value] if type(value) is list else value for name, value in found.items()}
