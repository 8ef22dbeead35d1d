"""What a display shows of the firmware's own: what each EVSE is doing, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.hardware.occupancy import Mood, mood_of

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station

LINES = {
    Mood.AVAILABLE: "available",
    Mood.OCCUPIED: "in use",
    Mood.CHARGING: "charging",
    Mood.RESERVED: "reserved",
    Mood.UNAVAILABLE: "closed",
    Mood.FAULTED: "out of order",
}


def status_page(station: Station, welcome: str) -> str:
    """The welcome line, then what each EVSE is doing."""
    return "\n".join((welcome, *(f"{evse.id}: {LINES.get(mood_of(evse), '')}" for evse in station.evses)))


def states(station: Station, evse: Evse | None = None, *, suspends: bool = False) -> frozenset[str]:
    """The states (MessageStateEnumType) that the station, or one EVSE of it, is in: with several EVSEs it may be more
    than one. ``suspends``: whether Suspended is one of them; then Idle is without any transaction (2.1)."""
    chosen = station.evses if evse is None else (evse,)
    told = station.dialect.connector_status
    shown = [told(each, number) for each in chosen for number in range(1, len(each.profile.connectors) + 1)]
    found: set[str] = set()
    for each in chosen:
        if each.state == "Charging":
            found.add("Discharging" if suspends and each.reading().power_w < 0 else "Charging")
        elif each.tx is not None and each.state.startswith("Suspended"):
            found.add("Suspended")
    if "Faulted" in shown:
        found.add("Faulted")
    if station.dialect.station_status(station) == "Unavailable" or all(each == "Unavailable" for each in shown):
        found.add("Unavailable")
    busy = any(each.tx is not None for each in chosen) if suspends else "Charging" in found
    if not busy and found.isdisjoint(("Faulted", "Unavailable")):
        found.add("Idle")
    return frozenset(found)
