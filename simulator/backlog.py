"""Messages that wait for the CSMS though nobody bills by them (2.0.1 part 2 §2.1.9, QueueAllMessages)."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import simpy

from protocol.session import Dropped
from simulator.function import Function, function

if TYPE_CHECKING:
    from simulator.station import Station

MOST = 500
"""How many wait at most: the oldest of more are dropped."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What lies in flash: actions with their payloads as JSON, the oldest first."""

    messages: tuple[tuple[str, str], ...] = ()


def queues(station: Station) -> bool:
    """Whether what cannot be sent now waits: the CSMS has accepted the station, but cannot be reached."""
    return station.accepted_once and not station.online and station.variables.flag("OCPPCommCtrlr.QueueAllMessages")


@function
class Backlog(Function):
    """One station's queue of messages that only tell something."""

    memory = Waiting

    __slots__ = ("_sending",)

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._sending = False

    def add(self, action: str, payload: dict[str, Any]) -> None:
        """Keep a message until the CSMS can be reached."""
        waiting = self.station.flash.memory(Waiting).messages
        self.station.flash.remember(Waiting((*waiting, (action, json.dumps(payload)))[-MOST:]))

    def tell(self, action: str, payload: dict[str, Any]) -> None:
        """Send a message that must not be lost: behind the answer in hand, or once the CSMS can be reached."""
        self.add(action, payload)
        self.station.later(self.online)

    def online(self) -> None:
        """What waits may leave."""
        if not self._sending and self.station.flash.memory(Waiting).messages:
            self._sending = True
            self.station.errand(self._send())

    def _send(self) -> Generator[simpy.Event, Any, None]:
        station = self.station
        while station.online and (waiting := station.flash.memory(Waiting).messages):
            action, payload = waiting[0]
            reply = yield station.line.call(action, json.loads(payload))
            if isinstance(reply, Dropped):
                break
            left = station.flash.memory(Waiting).messages
            station.flash.remember(Waiting(left[1:] if left[0] is waiting[0] else left))
        self._sending = False
