"""The values that nobody keeps: known from the station's state when they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from simulator.devicemodel.model import Model
from simulator.hardware.place import Place

if TYPE_CHECKING:
    from simulator.station import Station

Reader = Callable[["Station"], str | None]


def _security_profile(station: Station) -> str:
    """Part 2 A00: 1 is a password without TLS, 2 a password with it."""
    target = station.target
    if target.password is None:
        return "0"
    return "2" if target.url.startswith("wss") else "1"


def _number(value: float) -> str:
    return f"{value:.1f}"


def _flag(value: object) -> str:
    return "true" if value else "false"


def _entries(station: Station) -> str:
    return str(len(station.flash.local_list.entries))


def _serial_number(station: Station) -> str:
    return station.profile.serial_number(station.identity)


def _station_state(station: Station) -> str:
    return station.dialect.station_status(station)


def _station_problem(station: Station) -> str:
    return _flag(any(evse.faults for evse in station.evses))


def _station_power(station: Station) -> str:
    return _number(sum(evse.reading().power_w for evse in station.evses))


LIVE: Mapping[str, Reader] = {
    "ClockCtrlr.DateTime": lambda station: station.stamp(),
    "SecurityCtrlr.Identity": lambda station: station.identity,
    "SecurityCtrlr.SecurityProfile": _security_profile,
    "LocalAuthListCtrlr.Entries": _entries,
    "MonitoringCtrlr.ActiveMonitoringBase": lambda station: station.flash.monitoring.base,
    "MonitoringCtrlr.ActiveMonitoringLevel": lambda station: str(station.flash.monitoring.level),
    "ChargingStation.AvailabilityState": _station_state,
    "ChargingStation.SerialNumber": _serial_number,
    "ChargingStation.Problem": _station_problem,
    "ChargingStation.Power": _station_power,
}
"""Those of the station and its controllers, by key."""


def _connector_state(station: Station, place: Place) -> str:
    return station.dialect.connector_status(station.evse(place.evse), place.connector)


def _connector_problem(station: Station, place: Place) -> str:
    return _flag(place.connector in station.evse(place.evse).faults)


def _evse_state(station: Station, place: Place) -> str:
    evse = station.evse(place.evse)
    return station.dialect.connector_status(evse, evse.connector)


def _evse_problem(station: Station, place: Place) -> str:
    return _flag(station.evse(place.evse).faults)


def _evse_power(station: Station, place: Place) -> str:
    return _number(station.evse(place.evse).reading().power_w)


PLACED: Mapping[tuple[str, str], Callable[[Station, Place], str]] = {
    ("EVSE", "AvailabilityState"): _evse_state,
    ("EVSE", "Problem"): _evse_problem,
    ("EVSE", "Power"): _evse_power,
    ("Connector", "AvailabilityState"): _connector_state,
    ("Connector", "Problem"): _connector_problem,
}
"""Those of each EVSE and connector, by component and variable."""


def readers_of(model: Model, parts: frozenset[str]) -> dict[str, Reader]:
    """How the live values of a model are known. ``parts``: keys of what belongs to components, which are asked first.

    Raises ValueError for a live variable that nothing computes.
    """
    readers: dict[str, Reader] = {}
    for key, variable in model.items():
        reader = LIVE.get(key)
        if reader is None and (placed := PLACED.get((variable.component, variable.local))) is not None:
            reader = partial(_placed, placed, variable.place)
        if key in parts:
            reader = partial(_part, key, reader)
        if reader is not None:
            readers[key] = reader
        elif variable.live:
            raise ValueError(f"nothing computes {key}")
    return readers


def _placed(read: Callable[[Station, Place], str], place: Place, station: Station) -> str:
    return read(station, place)


def _part(key: str, otherwise: Reader | None, station: Station) -> str | None:
    value = station.rig.value(key)
    return otherwise(station) if value is None and otherwise is not None else value
