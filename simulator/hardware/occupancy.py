"""What an EVSE is doing, as its lamps and its display tell a driver."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station


class Mood(StrEnum):
    """What a driver has to know of an EVSE."""

    DARK = "dark"
    FAULTED = "faulted"
    UNAVAILABLE = "unavailable"
    RESERVED = "reserved"
    CHARGING = "charging"
    OCCUPIED = "occupied"
    AVAILABLE = "available"


BEST_FIRST = (
    Mood.AVAILABLE, Mood.OCCUPIED, Mood.CHARGING, Mood.RESERVED, Mood.UNAVAILABLE, Mood.FAULTED, Mood.DARK,
)  # fmt: skip
"""What somebody who looks for a place from afar wants to know of several EVSEs."""

_BY_STATUS = {
    "Available": Mood.AVAILABLE,
    "Reserved": Mood.RESERVED,
    "Unavailable": Mood.UNAVAILABLE,
    "Faulted": Mood.FAULTED,
}


def mood_of(evse: Evse) -> Mood:
    """What an EVSE is doing: the status that the CSMS is told of its connector, and whether energy flows."""
    station = evse.station
    if not station.powered:
        return Mood.DARK
    mood = _BY_STATUS.get(station.dialect.connector_status(evse, evse.connector), Mood.OCCUPIED)
    return Mood.CHARGING if mood is Mood.OCCUPIED and evse.state == "Charging" else mood


def best_mood(station: Station) -> Mood:
    """What the most inviting EVSE of a station is doing."""
    moods = {mood_of(evse) for evse in station.evses}
    return next(mood for mood in BEST_FIRST if mood in moods)
