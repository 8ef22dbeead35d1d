"""The parent's ends of all lines, and who is where according to what comes in over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from csms_reference.workers.frames import Frame
from csms_reference.workers.presence import Place, Presence
from csms_reference.workers.wire import HungUp, Wire

Moved = Callable[[str, Place, bool], None]


class Switchboard:
    """A ``Router`` over lines to workers of this machine."""

    def __init__(self) -> None:
        self._wires: dict[int, Wire] = {}
        self._presence = Presence()
        self._moved: Moved = lambda _station, _place, _came: None

    def observe(self, moved: Moved) -> None:
        """From now on tell this one which connection came (True) or left, for the newest of each station."""
        self._moved = moved

    def join(self, worker: int, wire: Wire) -> None:
        """A worker is about to serve."""
        self._wires[worker] = wire

    def part(self, worker: int) -> int:
        """A worker is gone, and with it its stations; returns how many those were."""
        self._wires.pop(worker, None)
        lost = self._presence.gone(worker)
        for station, place in lost.items():
            self._moved(station, place, False)
        return len(lost)

    def held(self, worker: int) -> list[str]:
        """The stations that are connected to a worker."""
        return self._presence.held(worker)

    def moved(self, worker: int, frame: Frame) -> None:
        """Stations came to a worker or left it. Who came from another one is no longer there."""
        outdated: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
        for station, serial, came in frame.content:
            place = Place(worker, serial)
            if not came:
                if self._presence.left(station, place):
                    self._moved(station, place, False)
                continue
            if (older := self._presence.came(station, place)) is not None:
                outdated[older.worker].append((station, older.serial))
            self._moved(station, place, True)
        for holder, connections in outdated.items():
            self._displace(holder, connections, "to another worker")

    def displace(self, station: str, place: Place, where: str) -> None:
        """The station has a newer connection elsewhere: end this one, unless it is gone or replaced already."""
        if self._presence.left(station, place):
            self._moved(station, place, False)
            self._displace(place.worker, [(station, place.serial)], where)

    def returned(self, station: str, place: Place) -> None:
        """It was told that the station is gone, as this process seemed to be: have its worker tell that it is there."""
        if (wire := self._wires.get(place.worker)) is not None:
            wire.send("returned", content=[station, place.serial])

    def connected(self) -> int:
        return len(self._presence)

    def where(self, station: str) -> Place | None:
        return self._presence.where(station)

    def _displace(self, worker: int, connections: list[tuple[str, int]], where: str) -> None:
        if (wire := self._wires.get(worker)) is not None:
            wire.send("displace", content=[where, connections])

    async def ask(self, holder: int, what: str, about: dict[str, Any]) -> Any:
        wire = self._wires.get(holder)
        if wire is None:
            raise HungUp(f"worker {holder} is gone")
        return await wire.ask(what, about)
