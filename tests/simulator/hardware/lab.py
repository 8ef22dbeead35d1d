"""A laboratory: a whole station with all components, in virtual time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from protocol.versions import V201, Version
from simulator.hardware.outfit import Fitting, known, title
from simulator.hardware.place import Place
from simulator.hardware.rig import key_of
from tests.simulator.csms import World, profile


def lab(name: str = "lab-ac", version: Version = V201, *, without: tuple[str, ...] = (), **components: Any) -> World:
    """A World with a laboratory station, in which some components have other parameters, or are not there."""
    plain = profile(name)
    fittings = [each for each in plain.fittings if each.kind not in without]
    made = {kind: known()[kind](**values) for kind, values in components.items()}
    changed = [_with(each, made) for each in fittings]
    return World(version, replace(plain, fittings=tuple(changed)))


def _with(fitting: Fitting, made: dict[str, Any]) -> Fitting:
    if fitting.kind not in made:
        return fitting
    return fitting._replace(component=made[fitting.kind], title=title(made[fitting.kind]))


def part(world: World, name: str, evse: int = 0, connector: int = 0) -> Any:
    return world.station.rig.part(name, Place(evse, connector))


def value(world: World, name: str, variable: str, evse: int = 0, connector: int = 0) -> str | None:
    return world.station.variables.shown(key_of(name, Place(evse, connector), variable))


def broken(
    world: World, name: str, evse: int = 0, connector: int = 0, *, field: str = "broken", to: Any = True
) -> None:
    """Set a fault."""
    setattr(part(world, name, evse, connector), field, to)
    world.station.rig.disturbed(evse or None)


def troubles(world: World) -> set[str]:
    return {known[0] for known in world.station.troubles}
