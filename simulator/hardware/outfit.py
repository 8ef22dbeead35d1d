"""Which hardware a kind of station has, and where: ``components:`` of a profile, read and laid out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from re import fullmatch
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

import simulator.hardware
from simulator import document
from simulator.devicemodel.variable import Variable
from simulator.document import Key, Reader, Spot
from simulator.electrical import Kind
from simulator.hardware.component import COMPONENTS, Component, Scope
from simulator.hardware.parameter import keys_of, made
from simulator.hardware.site import Place


class Fitting(NamedTuple):
    """One component where a station has it. ``title``: its name in the device model, with its instance where it has
    one, as in ``Fan[left]``; ``kind``: its name in profiles."""

    title: str
    place: Place
    component: Component
    kind: str


class Outlet(NamedTuple):
    """A connector, as far as it decides on the hardware behind it. ``type``: OCPP ConnectorEnumType."""

    type: str
    lock: bool


class Choice(NamedTuple):
    """What a profile says of one component at one of its levels: whether it is there, and its parameters."""

    spot: Spot
    there: bool
    values: Mapping[str, Any]


Choices = Mapping[str, Choice]
"""By name in the profile, with the instance if it has one."""

INSTANCE = "instance"
"""The field of a component of which a station may have several in one place; ``Fan[left]`` in a profile fills it."""

NONE: Choices = MappingProxyType({})

DEFAULTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.AC: (
        "PowerContactor", "RCD", "OverCurrentProtection", "CPPWMController", "ProximityPilot", "PlugRetentionLock",
        "ElectricalFeed",
    ),
    Kind.DC: (
        "PowerContactor", "OverCurrentProtection", "CPPWMController", "PlugRetentionLock", "GroundIsolationProtection",
        "ElectricalFeed",
    ),
}  # fmt: skip
"""The power path, which a station has unless its profile says ``false``."""

WITHOUT_PILOT = frozenset({"cG105", "OppCharge", "Pan", "wInductive", "wResonant", "sBS1361", "sCEE-7-7"})
"""Connectors without a control pilot: CHAdeMO, other means of communication, household sockets (modes 1 and 2)."""

FITS: Mapping[str, Callable[[Outlet], bool]] = {
    "CPPWMController": lambda outlet: outlet.type not in WITHOUT_PILOT,
    "CHAdeMOController": lambda outlet: outlet.type == "cG105",
    "PlugRetentionLock": lambda outlet: outlet.lock,
    "ProximityPilot": lambda outlet: outlet.type in ("sType2", "cType1"),
}
"""Where alone a component can be; others can be anywhere."""


def _anywhere(outlet: Outlet) -> bool:
    del outlet
    return True


@cache
def known() -> Mapping[str, type[Component]]:
    """Every kind of component that comes along; the modules of ``simulator.hardware`` enter theirs."""
    for module in iter_modules(simulator.hardware.__path__):
        import_module(f"simulator.hardware.{module.name}")
    return MappingProxyType(COMPONENTS)


def title(component: Component) -> str:
    """A component's name in the device model, with its instance where it has one: ``Fan[left]``."""
    instance = getattr(component, INSTANCE, "")
    return f"{component.name}[{instance}]" if instance else component.name


def fitted_variables(fitting: Fitting) -> Iterator[Variable]:
    """What a component shows where it is."""
    component = fitting.component
    instance = getattr(component, INSTANCE, "")
    for variable in component.variables():
        yield replace(variable, component=component.name, component_instance=instance, place=fitting.place)


def choices() -> Reader[Choices]:
    """A mapping of components to their parameters, ``true`` (as it comes) or ``false`` (not there)."""
    return Reader("component: parameters", _choices)


def _choices(spot: Spot) -> Choices:
    return MappingProxyType({name: _choice(key, name, value) for key, name, value in spot.pairs("components")})


def _choice(key: Spot, name: str, value: Spot) -> Choice:
    kind = _kind(key, name)
    plain = value.scalar()
    if isinstance(plain, bool):
        return Choice(key, plain, {})
    if not isinstance(value.node, yaml.MappingNode):
        raise value.fault(f"{name} must be a mapping of its parameters, true or false, not {value.looks()}")
    keys = [replace(each, required=False) for each in _keys(key, kind) if each.name != INSTANCE]
    return Choice(key, True, document.fields(value, keys, name))


def _split(name: str) -> tuple[str, str]:
    """A name in a profile as kind and instance."""
    found = fullmatch(r"([^\[\]]+)\[([^\[\](),.]{1,50})\]", name)
    return (found[1], found[2]) if found else (name, "")


def _kind(key: Spot, name: str) -> type[Component]:
    kind_name, instance = _split(name)
    if kind_name not in known() and ":" not in kind_name:
        hint = document.suggest(kind_name, known())
        raise key.fault(f"there is no component '{kind_name}'; {hint}; one of your own is written package.module:Class")
    kind = _foreign(key, kind_name) if ":" in kind_name else known()[kind_name]
    if instance and all(each.name != INSTANCE for each in _keys(key, kind)):
        raise key.fault(f"there is one {kind_name} in a place, without an instance; write {kind_name}")
    return kind


def _foreign(key: Spot, name: str) -> type[Component]:
    module, _, kind_name = name.partition(":")
    try:
        kind = getattr(import_module(module), kind_name)
    except (ImportError, ValueError, SyntaxError) as error:
        raise key.fault(f"'{module}' cannot be imported ({error}); its folder must be on PYTHONPATH") from None
    except AttributeError:
        raise key.fault(f"'{module}' has no '{kind_name}'") from None
    lacking = [each for each in ("name", "scope", "variables", "part") if not hasattr(kind, each)]
    if lacking or not isinstance(kind, type):
        raise key.fault(f"'{name}' is no component; it lacks {', '.join(lacking) or 'a class'} (docs/components.md)")
    _keys(key, kind)
    return kind


def _keys(key: Spot, kind: type[Component]) -> tuple[Key, ...]:
    try:
        return keys_of(kind)
    except TypeError as error:
        raise key.fault(f"no component: {error}") from None


class Bay(NamedTuple):
    """One EVSE: what its profile says of its hardware, and its connectors with what theirs says."""

    choices: Choices
    outlets: Sequence[tuple[Outlet, Choices]]


def fittings(kind: Kind, chosen: Choices, bays: Sequence[Bay]) -> tuple[Fitting, ...]:
    """Every component of a station where it is. Raises ProfileError for what cannot be where the profile wants it."""
    return tuple(_Layout(kind, chosen, bays).fittings())


class _Layout:
    def __init__(self, kind: Kind, chosen: Choices, bays: Sequence[Bay]) -> None:
        self._default = [name for name in DEFAULTS[kind] if name in known()]
        self._chosen = chosen
        self._bays = bays
        self._made: dict[tuple[str, tuple[tuple[str, Any], ...]], Component] = {}

    def fittings(self) -> Iterable[Fitting]:
        taken: dict[tuple[str, Place], tuple[str, Component]] = {}
        for name in self._names():
            found = list(self._everywhere(name))
            if not found and name in self._chosen and self._chosen[name].there:
                raise self._chosen[name].spot.fault(f"{name}: no connector of this station takes one; leave it out")
            for each in found:
                other, there = taken.setdefault((each.title, each.place), (name, each.component))
                if other == name:
                    yield each
                elif there != each.component:  # a component may have two names in profiles, and both may be given
                    raise self._spot(name).fault(f"{name} and {other} both are {each.title} in the same place")

    def _names(self) -> list[str]:
        """The names that the profile or the default has, each once, in a steady order."""
        return list(dict.fromkeys([*self._default, *(name for level in self._levels() for name in level)]))

    def _spot(self, name: str) -> Spot:
        return next(level[name].spot for level in self._levels() if name in level)

    def _levels(self) -> list[Choices]:
        return [self._chosen, *(choices for bay in self._bays for choices in _levels(bay))]

    def _everywhere(self, name: str) -> Iterable[Fitting]:
        kind_name, _ = _split(name)
        fits = FITS.get(kind_name, _anywhere)
        default = name in self._default
        scope = self._scope(name, kind_name)
        if scope is Scope.STATION:
            self._forbid(name, scope, (choices for bay in self._bays for choices in _levels(bay)))
            if any(fits(outlet) for bay in self._bays for outlet, _ in bay.outlets):
                yield from self._fitted(name, Place(), default, self._chosen)
            return
        for evse, bay in enumerate(self._bays, 1):
            if scope is Scope.EVSE:
                self._forbid(name, scope, (choices for _, choices in bay.outlets))
                if any(fits(outlet) for outlet, _ in bay.outlets):
                    yield from self._fitted(name, Place(evse), default, self._chosen, bay.choices)
                continue
            for connector, (outlet, own) in enumerate(bay.outlets, 1):
                if fits(outlet):
                    place = Place(evse, connector)
                    yield from self._fitted(name, place, default, self._chosen, bay.choices, own)

    def _scope(self, name: str, kind_name: str) -> Scope:
        kind = known().get(kind_name) or _foreign(self._spot(name), kind_name)
        return kind.scope

    def _forbid(self, name: str, scope: Scope, levels: Iterable[Choices]) -> None:
        for level in levels:
            if name in level:
                where = "of the profile" if scope is Scope.STATION else "of the EVSE or of the profile"
                raise level[name].spot.fault(f"{name} is one for the whole {scope}; set it under components {where}")

    def _fitted(self, name: str, place: Place, default: bool, *levels: Choices) -> Iterable[Fitting]:
        there, values, spot = default, dict[str, Any](), None
        for level in levels:
            if (choice := level.get(name)) is not None:
                there, spot = choice.there, choice.spot
                values = values | dict(choice.values) if there else {}
        if there:
            kind_name, instance = _split(name)
            component = self._component(kind_name, values | ({INSTANCE: instance} if instance else {}), spot)
            yield Fitting(title(component), place, component, kind_name)

    def _component(self, kind_name: str, values: Mapping[str, Any], spot: Spot | None) -> Component:
        identity = kind_name, tuple(sorted(values.items()))
        if identity not in self._made:
            self._made[identity] = self._new(kind_name, values, spot)
        return self._made[identity]

    def _new(self, kind_name: str, values: Mapping[str, Any], spot: Spot | None) -> Component:
        if spot is None:
            return known()[kind_name](**values)
        kind = known().get(kind_name) or _foreign(spot, kind_name)
        if missing := [key for key in keys_of(kind) if key.required and key.name not in values]:
            key = missing[0]
            raise spot.fault(f"{kind_name} lacks '{key.name}' ({key.reader.says}): {key.meaning}")
        component: Component = made(spot, kind, values)
        return component


def _levels(bay: Bay) -> Iterable[Choices]:
    yield bay.choices
    for _, choices in bay.outlets:
        yield choices
