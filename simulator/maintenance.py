"""What a station remembers of its own upkeep: what happened to it and when, kept in flash, without end but not
without bound."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from simulator.hardware.place import STATION, Place

if TYPE_CHECKING:
    from simulator.station import Station

MOST_INCIDENTS = 100
"""How many the log holds; then the oldest makes room."""
OVER = "over: "


@dataclass(frozen=True, slots=True)
class Incident:
    """One line of a station's log. ``stamp``: by the station's own clock. ``what``: a trouble's name, with ``over:``
    before it when it is over, or what was done at the station."""

    stamp: str
    what: str
    place: Place = STATION
    info: str = ""

    @property
    def where(self) -> str:
        """Its place as the device model writes it: ``1`` an EVSE, ``1,2`` a connector, empty the station."""
        if self.place == STATION:
            return ""
        return f"{self.place.evse},{self.place.connector}" if self.place.connector else f"{self.place.evse}"

    def document(self) -> dict[str, Any]:
        """It as JSON takes it."""
        return asdict(self) | {"place": self.where}


def log(station: Station, what: str, place: Place = STATION, info: str = "") -> None:
    """Write a line into a station's log; the oldest makes room where it is full."""
    line = Incident(station.stamp(), what, Place(*place), info)
    station.flash.incidents = (*station.flash.incidents[1 - MOST_INCIDENTS :], line)
