"""The values that nobody keeps: known from the station's state when they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from protocol.stamps import parse
from protocol.versions import V21
from simulator import addressing
from simulator.devicemodel.display import STATES_201
from simulator.devicemodel.model import Model
from simulator.devicemodel.network import CONFIGURATIONS
from simulator.firmware.memory import running_version
from simulator.hardware.place import STATION, Place
from simulator.keys.store import entries
from simulator.screen.message import Messages
from simulator.smart.profile import Profiles
from simulator.tokens import used_bytes

if TYPE_CHECKING:
    from simulator.station import Station

Reader = Callable[["Station"], str | None]


def _security_profile(station: Station) -> str:
    return str(addressing.security_profile(station))


def _identity(station: Station) -> str:
    return addressing.route(station).profile.identity or station.identity


def _active_profile(station: Station) -> str:
    return str(addressing.active(station))


def _certificates(station: Station) -> str:
    return str(entries(station))


def _number(value: float) -> str:
    return f"{value:.1f}"


def _flag(value: object) -> str:
    return "true" if value else "false"


def _time_offset(station: Station) -> str | None:
    """Part 2 §2.1.28: from the transition on, the next offset is the one in force."""
    variables = station.variables
    transition = variables.text("ClockCtrlr.NextTimeOffsetTransitionDateTime")
    following = variables.text("ClockCtrlr.TimeOffset.NextTransition")
    return following if transition and following and station.now >= parse(transition) else None


def _entries(station: Station) -> str:
    return str(len(station.flash.local_list.entries))


def _cache_bytes(station: Station) -> str:
    return str(station.flash.cache.used_bytes if station.flash.has_cache else 0)


def _list_bytes(station: Station) -> str:
    return str(used_bytes(station.flash.local_list.entries.items()) if station.flash.has_local_list else 0)


def _charging_time(station: Station) -> str:
    """Part 2 appendix 3: for how long energy has flowed, in the transactions that run."""
    return _number(sum(evse.recording.charged_s for evse in station.evses))


def _serial_number(station: Station) -> str:
    return station.profile.serial_number(station.identity)


def _station_state(station: Station) -> str:
    return station.dialect.station_status(station)


def _station_problem(station: Station) -> str:
    return _flag(bool(station.troubles))


def _where_seen(station: Station) -> str | None:
    """What is for people to see is there where there is a display, unless the profile says otherwise."""
    return None if station.has("Display") else "false"


def _where_available(kind: str) -> Reader:
    """What is not there is not switched on."""
    return lambda station: None if station.variables.flag(kind) else "false"


def _states_shown(station: Station) -> str:
    """Those of the profile, or of its commissioning, that the version knows."""
    key = "DisplayMessageCtrlr.SupportedStates"
    known = station.flash.changed.get(key, station.variables.model.defaults[key]).split(",")
    return ",".join(each for each in known if station.version is V21 or each in STATES_201)


def _messages(station: Station) -> str:
    return str(len(station.flash.memory(Messages).stored) if Messages in station.flash.memories else 0)


def _station_power(station: Station) -> str:
    return _number(sum(evse.reading().power_w for evse in station.evses))


def _enabled(station: Station, place: Place = STATION) -> str:
    """Whether the operator has left a place open, and all that it is part of (appendix 3: not out of service)."""
    places = {(0, 0), (place.evse, 0), (place.evse, place.connector)}
    return _flag(not places & station.flash.inoperative)


def _shown(slot: int, name: str) -> Reader:
    return lambda station: addressing.shown(station, slot).get(name, "")


_SLOTS = {variable.key: _shown(int(variable.component_instance), variable.name) for variable in CONFIGURATIONS}

LIVE: Mapping[str, Reader] = {
    **_SLOTS,
    "ClockCtrlr.DateTime": lambda station: station.stamp(),
    "ClockCtrlr.TimeOffset": _time_offset,
    "OCPPCommCtrlr.ActiveNetworkProfile": _active_profile,
    "SecurityCtrlr.Identity": _identity,
    "SecurityCtrlr.SecurityProfile": _security_profile,
    "SecurityCtrlr.CertificateEntries": _certificates,
    "LocalAuthListCtrlr.Entries": _entries,
    "LocalAuthListCtrlr.Storage": _list_bytes,
    "AuthCacheCtrlr.Storage": _cache_bytes,
    "TxCtrlr.ChargingTime": _charging_time,
    "DisplayMessageCtrlr.Available": _where_seen,
    "DisplayMessageCtrlr.Enabled": _where_available("DisplayMessageCtrlr.Available"),
    "DisplayMessageCtrlr.DisplayMessages": _messages,
    "DisplayMessageCtrlr.SupportedStates": _states_shown,
    "TariffCostCtrlr.Available.Tariff": _where_seen,
    "TariffCostCtrlr.Available.Cost": _where_seen,
    "TariffCostCtrlr.Enabled.Tariff": _where_available("TariffCostCtrlr.Available.Tariff"),
    "TariffCostCtrlr.Enabled.Cost": _where_available("TariffCostCtrlr.Available.Cost"),
    "SmartChargingCtrlr.Entries.ChargingProfiles": lambda station: str(len(station.flash.memory(Profiles).installed)),
    "MonitoringCtrlr.ActiveMonitoringBase": lambda station: station.flash.monitoring.base,
    "MonitoringCtrlr.ActiveMonitoringLevel": lambda station: str(station.flash.monitoring.level),
    "ChargingStation.AvailabilityState": _station_state,
    "ChargingStation.SerialNumber": _serial_number,
    "ChargingStation.FirmwareVersion": running_version,
    "ChargingStation.Problem": _station_problem,
    "ChargingStation.Power": _station_power,
    "ChargingStation.Enabled": _enabled,
}
"""Those of the station and its controllers, by key."""


def _connector_state(station: Station, place: Place) -> str:
    return station.dialect.connector_status(station.evse(place.evse), place.connector)


def _connector_problem(station: Station, place: Place) -> str:
    return _flag(station.evse(place.evse).faulted(place.connector))


def _evse_state(station: Station, place: Place) -> str:
    """That of the connector in use; without one, that of the best connector it has."""
    evse, told = station.evse(place.evse), station.dialect.connector_status
    if evse.plugged is not None:
        return told(evse, evse.plugged)
    states = [told(evse, number) for number in range(1, len(evse.profile.connectors) + 1)]
    return "Available" if "Available" in states else states[evse.connector - 1]


def _evse_problem(station: Station, place: Place) -> str:
    evse = station.evse(place.evse)
    return _flag(evse.faulted(evse.connector))


def _evse_power(station: Station, place: Place) -> str:
    return _number(station.evse(place.evse).reading().power_w)


def _current(phase: int) -> Callable[[Station, Place], str]:
    def read(station: Station, place: Place) -> str:
        return _of(station.evse(place.evse).reading().phase_current_a, phase)

    return read


def _voltage(phase: int) -> Callable[[Station, Place], str]:
    def read(station: Station, place: Place) -> str:
        return _of(station.evse(place.evse).reading().phase_voltage_v, phase)

    return read


def _of(values: Sequence[float], phase: int) -> str:
    """One conductor's; a phase that an EV does not use has nothing to show."""
    return _number(values[phase] if phase < len(values) else 0.0)


PLACED: Mapping[tuple[str, str], Callable[[Station, Place], str]] = {
    ("EVSE", "AvailabilityState"): _evse_state,
    ("EVSE", "Problem"): _evse_problem,
    ("EVSE", "Power"): _evse_power,
    ("EVSE", "DCCurrent"): _current(0),
    ("EVSE", "DCVoltage"): _voltage(0),
    **{("EVSE", f"ACCurrent.L{phase}"): _current(phase - 1) for phase in (1, 2, 3)},
    **{("EVSE", f"ACVoltage.L{phase}"): _voltage(phase - 1) for phase in (1, 2, 3)},
    ("EVSE", "Enabled"): _enabled,
    ("Connector", "Enabled"): _enabled,
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
