"""What steps do to the hardware: break it, mend it, change what surrounds it, and look at what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from typing import Any

from scenarios.actions import Fields, action
from scenarios.source import near
from scenarios.stage import Stage, Steps
from simulator import faults
from simulator.hardware.environment import Environment
from simulator.hardware.site import Place
from simulator.observable import known_faults, parameters, way
from simulator.profile import Profile

PLACE = ("evse", "connector")
OWN = frozenset({"name", "for", *PLACE})
"""Keys of the step ``fault`` that are no fields of a fault."""

SURROUNDINGS: Mapping[str, object] = {field.name: field.default for field in fields_of(Environment)}
"""What a station may be surrounded by, and what surrounds it unless somebody says otherwise."""

FACTS: Mapping[str, tuple[str, ...]] = {
    "FaultInjected": ("fault", *PLACE),
    "FaultMended": ("fault", *PLACE),
    "SurroundingsChanged": tuple(SURROUNDINGS),
    "Measured": ("variable", "value"),
}
"""What these steps record."""


# -- what they do


@action("fault")
def fault(stage: Stage, station: str, fields: Fields) -> Steps:
    """Break something. Raises ValueError for what there is not."""
    values = {key: _value(value) for key, value in fields.items() if key not in OWN}
    _told(stage, "FaultInjected", station, fields)
    faults.inject(stage.stations[station], fields["name"], **_place(fields), **values)
    _later(stage, fields, lambda: _mended(stage, station, fields))
    return _nothing()


@action("mend")
def mend(stage: Stage, station: str, fields: Fields) -> Steps:
    """Mend what a fault broke. Raises ValueError for what there is not."""
    _mended(stage, station, fields)
    return _nothing()


@action("surround")
def surround(stage: Stage, station: str, fields: Fields) -> Steps:
    """Change what surrounds the station."""
    around = stage.stations[station].environment
    changes = {key: _value(value) for key, value in fields.items() if key in SURROUNDINGS}
    _surrounded(stage, station, changes)
    before = {key: getattr(around, key) for key in changes}
    _later(stage, fields, lambda: _surrounded(stage, station, before))
    return _nothing()


@action("measure")
def measure(stage: Stage, station: str, fields: Fields) -> Steps:
    """Look at variables where they come from, without a message."""
    names = fields["names"]
    for name in [names] if isinstance(names, str) else names:
        value = stage.stations[station].configuration.variables.text(name)
        stage.tell("scenario", "Measured", station, variable=name, value=value)
    return _nothing()


def _nothing() -> Steps:
    """Steps of an action that takes no time."""
    yield from ()


def _place(fields: Fields) -> dict[str, int]:
    return {key: fields.get(key, 1) for key in PLACE}


def _told(stage: Stage, fact: str, station: str, fields: Fields) -> None:
    stage.tell("fault", fact, station, fault=fields["name"], **_place(fields))


def _mended(stage: Stage, station: str, fields: Fields) -> None:
    _told(stage, "FaultMended", station, fields)
    faults.clear(stage.stations[station], fields["name"], **_place(fields))


def _surrounded(stage: Stage, station: str, changes: Mapping[str, Any]) -> None:
    stage.tell("fault", "SurroundingsChanged", station, **changes)
    stage.stations[station].surround(**changes)


def _value(value: Any) -> Any:
    return tuple(map(float, value)) if isinstance(value, list) else value


def _later(stage: Stage, fields: Fields, act: Callable[[], None]) -> None:
    if "for" in fields:
        stage.clock.after(fields["for"], act)


# -- whether they can


def objection(fields: Fields) -> tuple[str, str] | None:
    """Why no station can have a fault as a step tells it, and the key that is wrong; None if one can."""
    name = fields["name"]
    if (fault := known_faults().get(name)) is None:
        return "name", f"unknown fault {name!r}{near(name, known_faults())}"
    allowed = parameters(fault)
    for key, value in fields.items():
        if key in OWN:
            continue
        if key not in allowed:
            return key, f"{name} has no field {key!r}{near(key, allowed, what='fields')}"
        if not _alike(allowed[key], value):
            return key, f"{key} of {name} is like {_shown(allowed[key])}, not {_shown(value)}"
    return None


def lack(fields: Fields, profile: Profile) -> str | None:
    """What a station of a profile lacks for a fault at a place; None where it can have it."""
    fault, place = known_faults()[fields["name"]], Place(**_place(fields))
    if way(fault, profile, place) is not None:
        return None
    where = f"EVSE {place.evse}" if place.connector == 1 else f"connector {place.connector} of EVSE {place.evse}"
    return f"no {' or '.join(fault.ways)} at {where}, so no {fault.name}"


def _alike(default: Any, value: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float)
    if isinstance(default, tuple):
        return isinstance(value, list) and len(value) == len(default)
    return isinstance(value, str)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(list(value) if isinstance(value, tuple) else value)


def slug(fault: str) -> str:
    """What the scenario of a fault is called in the library's folder of faults."""
    return fault.lower().replace(" ", "-")
