"""The parent's ends of all lines, and who is where according to what comes in over them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from csms_reference.workers.frames import Frame
from csms_reference.workers.presence import Place, Presence
from csms_reference.workers.wire import HungUp, Wire


class Switchboard:
    """A ``Router`` over lines to workers of this machine."""

    def __init__(self) -> None:
        self._wires: dict[int, Wire] = {}
        self._presence = Presence()

    def join(self, worker: int, wire: Wire) -> None:
        """A worker is about to serve."""
        self._wires[worker] = wire

    def part(self, worker: int) -> int:
        """A worker is gone, and with it its stations; returns how many those were."""
        self._wires.pop(worker, None)
        return self._presence.gone(worker)

    def moved(self, worker: int, frame: Frame) -> None:
        """Stations came to a worker or left it. Who came from another one is no longer there."""
        outdated: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
        for station, serial, came in frame.content:
            place = Place(worker, serial)
            if not came:
                self._presence.left(station, place)
            elif (older := self._presence.came(station, place)) is not None:
                outdated[older.worker].append((station, older.serial))
        for holder, connections in outdated.items():
            if (wire := self._wires.get(holder)) is not None:
                wire.send("displace", content=connections)

    def connected(self) -> int:
        return len(self._presence)

    def where(self, station: str) -> Place | None:
        return self._presence.where(station)

    async def ask(self, holder: int, what: str, about: dict[str, Any]) -> Any:
        wire = self._wires.get(holder)
        if wire is None:
            raise HungUp(f"worker {holder} is gone")
        return await wire.ask(what, about)
