"""Who is where: one entry per connected station, the newest connection's."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A connection: the worker that holds it, and its number there. A worker never uses a number twice."""

    worker: int
    serial: int


class Presence:
    """Where every connected station is, in the order in which the news arrive."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    def __len__(self) -> int:
        return len(self._places)

    def where(self, station: str) -> Place | None:
        """The station's newest connection."""
        return self._places.get(station)

    def came(self, station: str, place: Place) -> Place | None:
        """A station connected; returns its connection at another worker, which is out of date now."""
        older = self._places.get(station)
        self._places[station] = place
        return older if older is not None and older.worker != place.worker else None

    def left(self, station: str, place: Place) -> bool:
        """A connection ended; if the station has come again elsewhere, that says nothing about the station (False)."""
        if self._places.get(station) != place:
            return False
        del self._places[station]
        return True

    def held(self, worker: int) -> list[str]:
        """The stations whose newest connection a worker has."""
        return [station for station, place in self._places.items() if place.worker == worker]

    def gone(self, worker: int) -> dict[str, Place]:
        """A worker and all its connections are gone; returns those that were their stations' newest."""
        lost = {station: place for station, place in self._places.items() if place.worker == worker}
        for station in lost:
            del self._places[station]
        return lost
