"""Frames of the stations that somebody looks at: the latest few of each, in memory, from the first look on."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from csms_reference.events.event import Event, Filter
from csms_reference.front import Front

FRAMES_KEPT = 200
STATIONS_MOST = 50
IDLE_MS = 15 * 60 * 1000
"""Without a look for so long, a station's frames are no longer kept."""
KINDS = frozenset({"message.received", "message.sent"})
CALL, CALL_RESULT = 2, 3


@dataclass(slots=True)
class Frame:
    """A frame as the log shows it. ``sent``: by the CSMS. ``kind``: call, reply, error or garbage."""

    at_ms: int
    sent: bool
    text: str
    kind: str = "garbage"
    action: str = ""
    message_id: str = ""
    payload: Any = None


@dataclass(slots=True)
class Ring:
    """The latest frames of one station."""

    filter: Filter
    since_ms: int
    looked_ms: int
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=FRAMES_KEPT))

    def put(self, event: Event) -> None:
        """Keep a frame."""
        self.events.append(event)


class Watch:
    """Keeps rings of stations that are looked at; the one that was not for longest gives way."""

    def __init__(self, csms: Front) -> None:
        self._csms = csms
        self._rings: OrderedDict[str, Ring] = OrderedDict()

    def of(self, station: str) -> Ring:
        """The ring of a station, begun with the first look."""
        now_ms = self._csms.now_ms()
        ring = self._rings.pop(station, None)
        if ring is None:
            ring = Ring(Filter(KINDS, frozenset({station})), now_ms, now_ms)
            self._csms.bus.join(ring)
        ring.looked_ms = now_ms
        self._rings[station] = ring
        self._tidy(now_ms)
        return ring

    def _tidy(self, now_ms: int) -> None:
        while self._rings:
            station, oldest = next(iter(self._rings.items()))
            if len(self._rings) <= STATIONS_MOST and oldest.looked_ms > now_ms - IDLE_MS:
                return
            del self._rings[station]
            self._csms.bus.leave(oldest)


def sequence(ring: Ring) -> list[Frame]:
    """The frames of a ring in their order; a reply is told with the action that it answers."""
    actions: dict[tuple[bool, str], str] = {}
    found = []
    for event in ring.events:
        frame = _frame(event)
        if frame.kind == "call":
            actions[not frame.sent, frame.message_id] = frame.action
        elif frame.kind != "garbage":
            frame.action = actions.get((frame.sent, frame.message_id), "")
        found.append(frame)
    return found


def _frame(event: Event) -> Frame:
    frame = Frame(event.at_ms, event.kind == "message.sent", event.data["text"])
    try:
        told = json.loads(frame.text)
        frame.message_id = str(told[1])
        if told[0] == CALL:
            frame.kind, frame.action, frame.payload = "call", str(told[2]), told[3]
        else:
            is_reply = told[0] == CALL_RESULT
            frame.kind, frame.payload = ("reply", told[2]) if is_reply else ("error", told[2:])
    except (ValueError, LookupError, TypeError, RecursionError):
        frame.kind = "garbage"
    return frame


def pretty(frame: Frame) -> str:
    """What a frame says, laid out; as it came where that is no message of OCPP."""
    return frame.text if frame.kind == "garbage" else json.dumps(frame.payload, indent=2, ensure_ascii=False)
