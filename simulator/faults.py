"""The faults that anyone may bring about: each sets fields of a part, and physics does the rest.

``inject`` breaks something, ``clear`` mends it: fields are as in a new part again, and somebody on the spot closes what
has opened and stays so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simulator.hardware.environment import FAIR
from simulator.hardware.site import Place, Site

if TYPE_CHECKING:
    from simulator.hardware.component import Part
    from simulator.station import Station


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break a station. ``ways``: by component that can have it (the first that is there does), what is set
    there, by field. ``around``: what happens around the station, by field of ``Environment``. ``observable``: what is
    to be seen of it, in a few words."""

    name: str
    observable: str
    ways: Mapping[str, Mapping[str, Any]] = field(hash=False)
    around: Mapping[str, Any] = field(default_factory=dict, hash=False)


UPSTREAM = "UpstreamProtectionTrigger"
"""What a severe trouble makes trip in the distribution board; whoever mends the station closes it again."""

_CALM: Mapping[str, Any] = MappingProxyType({})

FAULTS: dict[str, Fault] = {}
"""Every fault by its name; whoever writes a component may enter its faults with ``breakable``."""


def breakable(*faults: Fault) -> None:
    """Enter faults. Raises ValueError for a second one of a name."""
    for fault in faults:
        if fault.name in FAULTS:
            raise ValueError(f"two faults {fault.name}")
        FAULTS[fault.name] = fault


def inject(station: Station, name: str, evse: int = 1, connector: int = 1, **fields: Any) -> None:
    """Break something at a connector, its EVSE or the station. ``fields`` overrule the fault's own values.

    Raises ValueError for a fault, or a field of it, that there is not, and where the station has no such part.
    """
    fault = find(name)
    part, values = _part(station, fault, evse, connector)
    values = {**values, **fields}
    around = {**fault.around, **{key: values.pop(key) for key in fault.around if key in values}}
    for key in values:
        if not hasattr(part, key):
            raise ValueError(f"{name} has no {key}")
    for key, value in values.items():
        setattr(part, key, value)
    _befall(station, around)


def clear(station: Station, name: str, evse: int = 1, connector: int = 1) -> None:
    """Mend what ``inject`` broke. Raises ValueError as it does."""
    fault = find(name)
    part, values = _part(station, fault, evse, connector)
    site: Site = part.site  # type: ignore[attr-defined]
    fresh = station.rig.components[site.name, site.place].part(site)
    for key in values:
        setattr(part, key, getattr(fresh, key))
    _befall(station, {key: getattr(FAIR, key) for key in fault.around})
    for each in (part, station.rig.kept(UPSTREAM)):
        if (reset := getattr(each, "reset", None)) is not None:
            reset()


def _befall(station: Station, around: Mapping[str, Any]) -> None:
    if around:
        station.surround(**around)
    else:
        station.rig.disturbed()


def find(name: str) -> Fault:
    """The fault of that name. Raises ValueError with what there is."""
    if name not in FAULTS:
        raise ValueError(f"no fault is called {name!r}; there are {', '.join(sorted(FAULTS))}")
    return FAULTS[name]


def _part(station: Station, fault: Fault, evse: int, connector: int) -> tuple[Part, Mapping[str, Any]]:
    for name, fields in fault.ways.items():
        part = station.rig.near(name, Place(evse, connector))
        if part is not None:
            return part, fields
    raise ValueError(f"{station.identity} has no {' or '.join(fault.ways)}, so no {fault.name}")


def _fault(name: str, observable: str, around: Mapping[str, Any] = _CALM, **ways: Mapping[str, Any]) -> Fault:
    return Fault(name, observable, MappingProxyType(ways), around)


# fmt: off
breakable(
    _fault("ground fault", "the RCD trips within 0.3 s while an EV is charged", RCD={"leakage_ac_a": 0.03}),
    _fault("leakage in the station", "RCD or insulation monitor trips within a second",
           RCD={"leakage_ac_a": 0.03, "inside": True}, GroundIsolationProtection={"insulation_ohm": 5_000.0}),
    _fault("RCD jammed", "nothing, until its self-test fails: Faulted", RCD={"jammed": True}),
    _fault("DC leakage", "the RDC-DD trips within 10 s while an EV is charged", RCD={"leakage_dc_a": 0.006}),
    _fault("insulation fault", "cable check fails, or the charge ends within the monitor's response",
           GroundIsolationProtection={"insulation_ohm": 10_000.0}),
    _fault("control pilot shorted", "no voltage on the pilot: SuspendedEVSE", CPPWMController={"short_ohm": 0.0}),
    _fault("control pilot broken", "the pilot shows no EV though its plug is held: SuspendedEVSE",
           CPPWMController={"broken": True}),
    _fault("diode missing", "the pulses' lower half is loaded: SuspendedEVSE", CPPWMController={"diode_shorted": True}),
    _fault("control pilot out of tolerance", "a voltage that fits no state: SuspendedEVSE",
           CPPWMController={"offset_v": -1.6}),
    _fault("contactor welded", "voltage behind an open contactor: Faulted", PowerContactor={"welded": True}),
    _fault("contactor does not close", "no voltage behind a closed contactor: Faulted",
           PowerContactor={"stuck_open": True}),
    _fault("lock jammed", "no plug gets locked, or none free", ConnectorPlugRetentionLock={"jammed": True}),
    _fault("over-current", "supervision acts after 7 s, or the breaker by its characteristic",
           OverCurrentProtection={"overdraw": 0.4}),
    _fault("short circuit", "the breaker trips at once", OverCurrentProtection={"extra_a": 1500.0}),
    _fault("cable resistor missing", "no charging: proximity error", ProximityPilot={"broken": True}),
    _fault("cable resistor wrong", "a cable that seems to carry 13 A only", ProximityPilot={"resistor_ohm": 1500.0}),
)
breakable(  # the grid
    _fault("no grid", "the EV gets nothing; the electronics run on backup power, if there is any, or start anew",
           {"grid": (0.0, 0.0, 0.0)}, ElectricalFeed={}),
    _fault("under-voltage", "nothing is charged below 85 %: SuspendedEVSE", {"grid": (0.8, 0.8, 0.8)},
           ElectricalFeed={}),
    _fault("over-voltage", "nothing is charged above 115 %: SuspendedEVSE", {"grid": (1.2, 1.0, 1.0)},
           ElectricalFeed={}),
    _fault("phase loss", "told, and charging goes on with the phases that are left", {"grid": (1.0, 0.0, 1.0)},
           ElectricalFeed={}),
)
breakable(  # heat and surroundings
    _fault("connector too hot", "less current, and none at 90 °C: derating, then SuspendedEVSE",
           TemperatureSensor={"worse_times": 16.0}),
    _fault("cable too hot", "less current, and none at 90 °C: derating, then SuspendedEVSE",
           TemperatureSensor={"cable_times": 16.0}),
    _fault("cabinet too hot", "less current, then SuspendedEVSE, then Faulted", {"ambient_c": 95.0},
           TemperatureSensor={}),
    _fault("temperature sensor broken", "half the current", TemperatureSensor={"broken": True}),
    _fault("fan failure", "noticed by its speed; the cabinet warms until the current is derated",
           AirCoolingSystem={"stalled": True}),
    _fault("heater failure", "noticed when it should warm", Heater={"burnt": True}),
    _fault("ventilation failure", "an EV that needs ventilation gets nothing", AreaVentilation={"stalled": True}),
    _fault("emergency stop", "the contactor opens; Faulted until the button is released", {"stop_pressed": True},
           EmergencyStopSensor={}),
    _fault("door open", "the contactor opens; Faulted until it is shut", {"door_open": True}, CaseAccessSensor={}),
    _fault("flood", "Faulted until the water is gone and somebody has looked", {"water_mm": 120.0}, FloodSensor={}),
    _fault("tilt", "Faulted until it stands upright", {"tilt_deg": 30.0}, TiltSensor={}),
    _fault("shock", "told, and charging goes on", {"shock_g": 8.0}, ShockSensor={}),
    _fault("fire alarm", "closed as long as the building says so", {"fire_alarm": True}, LocalAvailabilitySensor={}),
    _fault("cable torn off", "Faulted until it is repaired", CableBreakawaySensor={"disturbance": 2000.0}),
    _fault("shutter jammed", "Faulted when it should shut and does not", ConnectorProtectionRelease={"jammed": True}),
)
# fmt: on
