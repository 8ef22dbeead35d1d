"""Events from one process to another over a wire: workers hand theirs to the parent, while somebody there listens."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csms_reference.events import news
from csms_reference.events.bus import Bus
from csms_reference.events.event import Event, Filter
from csms_reference.workers.frames import Frame, Unsendable

if TYPE_CHECKING:
    from csms_reference.workers.wire import Wire

log = logging.getLogger(__name__)

WAITING_BYTES_MAX = 2**22
"""What may wait for a slow parent before events are left out, and counted."""


@dataclass(frozen=True, slots=True)
class Relayed(Filter):
    """What somebody in another process wants: these kinds of any station, but messages of ``stations`` alone."""

    def takes(self, event: Event) -> bool:
        """Whether this is wanted there: messages are made of watched stations alone."""
        return event.kind in self.kinds


NOTHING = Relayed(frozenset(), frozenset())


class Upward:
    """A worker's end. It listens to the worker's bus as the parent says."""

    def __init__(self, bus: Bus, wire: Wire) -> None:
        self.filter: Filter = NOTHING
        self._bus = bus
        self._wire = wire
        self._waiting: list[Event] = []
        self._missed = 0
        bus.join(self)

    def listen(self, kinds: list[str], watched: list[str]) -> None:
        """From now on these are wanted."""
        self.filter = Relayed(frozenset(kinds), frozenset(watched))
        self._bus.attend()

    def put(self, event: Event) -> None:
        """Gather what happens in one turn of the loop, as far as the parent keeps up."""
        if self._wire.waiting_bytes() > WAITING_BYTES_MAX:
            self._missed += 1
            return
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._tell)
        self._waiting.append(event)

    def _tell(self) -> None:
        told, self._waiting = self._waiting, []
        try:
            self._wire.send("events", self._missed, [[each.kind, each.station, each.at_ms, each.data] for each in told])
        except Unsendable as problem:
            self._missed += len(told)
            log.warning("%d events are left out: %s", len(told), problem)
        else:
            self._missed = 0


class Downward:
    """The parent's end of all wires: it says what is wanted, and hands on what comes."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._wires: dict[int, Wire] = {}
        self._said = self._wanted
        bus.on_change(self._say)

    def join(self, worker: int, wire: Wire) -> None:
        """A worker serves."""
        self._wires[worker] = wire
        if self._bus.wanted:
            wire.send("listen", content=self._said)

    def part(self, worker: int, held: list[str]) -> None:
        """A worker is gone, and with it the connections of these stations."""
        self._wires.pop(worker, None)
        for station in held:
            at_ms = self._bus.now_ms()
            news.disconnected(self._bus, station, at_ms, code=1006, reason="the process that held it is gone")

    def heard(self, frame: Frame) -> None:
        """Events of a worker; ``number`` is how many before them were left out."""
        if frame.number:
            self._bus.lost(frame.number)
        for kind, station, at_ms, data in frame.content:
            self._bus.pass_on(Event(kind, station, at_ms, data))

    @property
    def _wanted(self) -> list[list[str]]:
        return [sorted(self._bus.wanted), sorted(self._bus.watched)]

    def _say(self) -> None:
        if self._wanted != self._said:
            self._said = self._wanted
            for wire in self._wires.values():
                wire.send("listen", content=self._said)
