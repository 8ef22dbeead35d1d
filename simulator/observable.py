"""What is to be seen of each fault, in both versions: the troubles that it leads to, and what tells of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simulator.faults import FAULTS, Fault
from simulator.hardware import outfit
from simulator.hardware.rig import fitted
from simulator.hardware.site import Place
from simulator.troubles import Effect, Trouble
from simulator.troubles import find as trouble_of

if TYPE_CHECKING:
    from simulator.profile import Profile

TELLS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "ground fault": ("ground fault",),
    "leakage in the station": ("ground fault",),
    "RCD jammed": ("RCD self-test failed",),
    "DC leakage": ("DC leakage",),
    "insulation fault": ("insulation warning", "insulation fault"),
    "control pilot shorted": ("control pilot error",),
    "control pilot broken": ("control pilot error",),
    "diode missing": ("control pilot error",),
    "control pilot out of tolerance": ("control pilot error",),
    "contactor welded": ("contactor welded",),
    "contactor does not close": ("contactor does not close",),
    "lock jammed": ("lock failure",),
    "over-current": ("over-current",),
    "short circuit": ("over-current",),
    "cable resistor missing": ("proximity error",),
    "no grid": ("no grid",),
    "under-voltage": ("under-voltage",),
    "over-voltage": ("over-voltage",),
    "phase loss": ("phase loss",),
    "connector too hot": ("derating",),
    "cable too hot": ("derating",),
    "cabinet too hot": ("derating", "too hot to charge", "over-temperature"),
    "temperature sensor broken": ("temperature sensor failure",),
    "fan failure": ("fan failure", "derating"),
    "heater failure": ("heater failure",),
    "ventilation failure": ("ventilation missing", "ventilation failure"),
    "emergency stop": ("emergency stop",),
    "door open": ("door open",),
    "flood": ("flood",),
    "tilt": ("tilt",),
    "shock": ("shock",),
    "fire alarm": ("out of service",),
    "cable torn off": ("cable breakaway",),
    "shutter jammed": ("connector protection failure",),
    "building meter silent": ("control meter failure",),
    "stop button broken": ("button failure",),
    "CAN bus broken": ("EV communication failure",),
    "EV not heard": ("EV communication failure",),
    "converter failure": ("converter failure",),
    "converter clogged": ("converter failure",),
    "display failure": ("display failure",),
    "indicator failure": ("indicator failure",),
    "lighting failure": ("lighting failure",),
    "weak signal": ("weak signal",),
    "meter failure": ("meter failure",),
    "meter stuck": ("meter implausible",),
    "meter reversed": ("meter implausible",),
    "meter jump": ("meter implausible",),
    "meter drift": ("meter implausible",),
    "control meter failure": ("control meter failure",),
    "internal error": ("internal error",),
    "storage full": ("storage full",),
    "reader failure": ("reader failure",),
    "clock stopped": ("clock failure",),
    "battery worn": ("on backup power", "no grid"),
})  # fmt: skip
"""The troubles that a fault leads to, the first one first. Of others nothing is told but what they do."""

SHARED = frozenset({"EV communication failure", "proximity error", "control meter failure"})
"""Troubles that components of several kinds can have: the one that has it is named."""

STATUS_16: Mapping[Effect, str] = {
    Effect.TOLD: "status as before", Effect.HELD_BACK: "SuspendedEVSE", Effect.CLOSED: "Unavailable",
    Effect.FAULTED: "Faulted",
}  # fmt: skip
STATE_201: Mapping[Effect, str] = {
    Effect.TOLD: "", Effect.HELD_BACK: "chargingState SuspendedEVSE", Effect.CLOSED: "Unavailable",
    Effect.FAULTED: "Faulted",
}  # fmt: skip

UNITS: Mapping[str, str] = {
    "a": "A", "c": "°C", "deg": "°", "dbm": "dBm", "g": "g", "mm": "mm", "ohm": "Ω", "s": "s", "v": "V", "wh": "Wh",
    "bytes_s": "bytes/s",
}  # fmt: skip
"""What stands last in the name of a field, and the unit that it means."""


def known_faults() -> Mapping[str, Fault]:
    """Every fault by its name."""
    outfit.known()  # whoever makes a component enters its faults
    return FAULTS


def parameters(fault: Fault) -> dict[str, Any]:
    """What may be said of a fault, with what it is otherwise: fields of the part and of what surrounds it."""
    found = dict(fault.around)
    for fields in fault.ways.values():
        found |= fields
    return found


def unit(field: str) -> str:
    """The unit of a field by its name; empty where it has none."""
    words = re.match(r".*?_(bytes_s|[a-z]+)$", field)
    return UNITS.get(words[1], "") if words else ""


def way(fault: Fault, profile: Profile, place: Place) -> str | None:
    """The component that a fault would break at a connector of such a station; None where it has none."""
    components = fitted(profile.fittings)
    places = (place, Place(place.evse), Place())
    return next((name for name in fault.ways if any((name, each) in components for each in places)), None)


def possible(profile: Profile) -> Iterator[Fault]:
    """The faults that such a station can have, at any of its connectors."""
    places = [
        Place(evse, connector)
        for evse, outlet in enumerate(profile.evses, 1)
        for connector, _ in enumerate(outlet.connectors, 1)
    ]
    for fault in known_faults().values():
        if any(way(fault, profile, place) for place in places):
            yield fault


def told_16(trouble: Trouble) -> str:
    """What 1.6 tells of a trouble: the error code, and the status in a session."""
    return f"{trouble.error_code}, {STATUS_16[trouble.effect]}"


def told_201(fault: Fault, trouble: Trouble) -> str:
    """What 2.0.1 tells of a trouble: the variable of NotifyEvent, and status or charging state in a session."""
    told = [".".join(event_of(fault, trouble)), STATE_201[trouble.effect]]
    if trouble.effect >= Effect.CLOSED:
        told.append(f"stoppedReason {trouble.reason}")
    return ", ".join(each for each in told if each)


def event_of(fault: Fault, trouble: Trouble) -> tuple[str, str]:
    """The component, without its instance, and the variable that NotifyEvent names."""
    component = next(iter(fault.ways)).partition("[")[0] if trouble.name in SHARED else trouble.component
    return component, trouble.variable


def troubles(fault: Fault) -> list[Trouble]:
    """What a fault leads to, the first one first."""
    return [trouble_of(name) for name in TELLS.get(fault.name, ())]
