"""A station's hardware: which components it has is its profile's, their state is here, made when first needed.

A key of the device model names a component with its instance and place, then the variable with its instance:
``Clock.DateTime`` is the station's own, ``RCD(1).Tripped`` EVSE 1's, ``Connector(1,2).Available`` its second
connector, ``Fan[left](1).Speed`` to one of two fans.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from simulator.hardware.component import Component, Part
from simulator.hardware.environment import Environment
from simulator.hardware.site import Place, Site
from simulator.network import NETWORK, UPLINK

if TYPE_CHECKING:
    from simulator.hardware.outfit import Fitting
    from simulator.physics.trace import Trace
    from simulator.station import Station

Address = tuple[str, Place]
"""A component's title and where it is."""

STATION = Place()
MOST_KINDS = 256
"""Kinds of stations of which is kept what their parts sense."""

MOST_ROUNDS = 1000
"""Parts that disturb each other for longer than this never come to rest."""


SURROUNDINGS = frozenset(field.name for field in fields(Environment))


class Listener(Protocol):
    """Who wants to know when numbers go on otherwise than before: the monitors."""

    def changed(self, key: str) -> None:
        """One variable has jumped."""

    def disturbed(self, evse: int | None) -> None:
        """Parts of an EVSE (None: of any) may follow other traces from now on."""


def key_of(name: str, place: Place, variable: str) -> str:
    """The device model's key of a variable."""
    if place == STATION:
        return f"{name}.{variable}"
    where = f"{place.evse},{place.connector}" if place.connector else f"{place.evse}"
    return f"{name}({where}).{variable}"


_KEY = re.compile(r"(?P<name>[^.(\[]+(?:\[[^\]]*\])?)(?:\((?P<evse>\d+)(?:,(?P<connector>\d+))?\))?\.(?P<variable>.+)")


@lru_cache(4096)
def read_key(key: str) -> tuple[str, Place, str] | None:
    """Title, place and variable of a key; None for what is not one."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    name, evse, connector, variable = match.group("name", "evse", "connector", "variable")
    return name, Place(int(evse or 0), int(connector or 0)), variable


@lru_cache(256)
def fitted(fittings: tuple[Fitting, ...]) -> Mapping[Address, Component]:
    """Components by their titles and places, and the network. Raises ValueError for two of one title in a place."""
    found: dict[Address, Component] = {(NETWORK, STATION): UPLINK}
    for fitting in fittings:
        if found.setdefault((fitting.title, fitting.place), fitting.component) is not fitting.component:
            raise ValueError(f"two components {fitting.title} at {tuple(fitting.place)}")
    return MappingProxyType(found)


def sensed(fittings: tuple[Fitting, ...]) -> Mapping[str, tuple[Address, ...]]:
    """What makes any part of such a station needed that has not been so far, and which it makes."""
    known = _SENSED.get(id(fittings))  # asked for in every session: comparing the fittings would cost more than this
    if known is None or known[0] is not fittings:
        found: dict[str, tuple[Address, ...]] = {}
        for fitting in fittings:
            for what in senses(fitting.component):
                found[what] = (*found.get(what, ()), (fitting.title, fitting.place))
        if len(_SENSED) >= MOST_KINDS:
            _SENSED.clear()
        _SENSED[id(fittings)] = known = fittings, MappingProxyType(found)
    return known[1]


_SENSED: dict[int, tuple[tuple[Fitting, ...], Mapping[str, tuple[Address, ...]]]] = {}


def senses(component: Component) -> frozenset[str]:
    """What makes a part of a component needed: as it says, else anything about the environment."""
    return getattr(component, "senses", SURROUNDINGS)


class Rig:
    """The parts of one station. Most stations have none: nothing has happened to them yet."""

    __slots__ = ("_again", "_components", "_disturbing", "_parts", "_station", "listener")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._components = fitted(station.profile.fittings)
        self._parts: dict[Address, Part] | None = None
        self._disturbing = False
        self._again: frozenset[int | None] = frozenset()
        self.listener: Listener | None = None

    # -- parts ------------------------------------------------------------------------------------------------------

    def part(self, name: str, place: Place = STATION) -> Part:
        """The part of that title and place; made if need be, and kept. Raises KeyError where there is none."""
        if (kept := self.kept(name, place)) is not None:
            return kept
        made = self._made(name, place)
        if self._parts is None:
            self._parts = {}
        return self._parts.setdefault((name, place), made)

    def kept(self, name: str, place: Place = STATION) -> Part | None:
        """The part if anything has happened to it yet."""
        return None if self._parts is None else self._parts.get((name, place))

    def look(self, name: str, place: Place = STATION) -> Part:
        """The part for reading only: one that has not been needed yet is not kept, so that a report costs no memory.

        Raises KeyError where there is none.
        """
        kept = self.kept(name, place)
        return self._made(name, place) if kept is None else kept

    def near(self, name: str, place: Place) -> Part | None:
        """The part that serves a place: the connector's (the one in use, for an EVSE), its EVSE's or the station's."""
        for found in self._around(place):
            if (name, found) in self._components:
                return self.part(name, found)
        return None

    def _around(self, place: Place) -> Iterator[Place]:
        if place.evse:
            yield place if place.connector else Place(place.evse, self._station.evse(place.evse).connector)
            yield Place(place.evse)
        yield STATION

    def _made(self, name: str, place: Place) -> Part:
        component = self._components.get((name, place))
        if component is None:
            raise KeyError(f"{self._station.identity} has no {name} at {tuple(place)}")
        return component.part(Site(self._station, name, place))

    @property
    def components(self) -> Mapping[Address, Component]:
        """What the station is made of, by title and place."""
        return self._components

    # -- variables --------------------------------------------------------------------------------------------------

    def value(self, variable: str) -> str | None:
        """The value of a variable by its key; None where no part knows it."""
        found = self._found(variable)
        return None if found is None else self.look(found[0], found[1]).value(found[2])

    def trace(self, variable: str) -> Trace | None:
        """How a variable goes on; None where no part knows that."""
        found = self._found(variable)
        return None if found is None else self.part(found[0], found[1]).trace(found[2])

    def write(self, variable: str, value: str) -> bool:
        """Have a part follow a value that the CSMS has set; False where it refuses. A variable of no part is fine."""
        found = self._found(variable)
        return found is None or self.part(found[0], found[1]).write(found[2], value)

    def _found(self, key: str) -> tuple[str, Place, str] | None:
        read = read_key(key)
        return read if read is not None and read[:2] in self._components else None

    def changed(self, name: str, place: Place, variable: str) -> None:
        """A variable has jumped: monitors look."""
        if self.listener is not None:
            self.listener.changed(key_of(name, place, variable))

    # -- what happens -----------------------------------------------------------------------------------------------

    def disturbed(self, evse: int | None = None) -> None:
        """Have parts look around: those of one EVSE and of the station, or all. What they do to each other meanwhile
        has another round, until all are at rest."""
        if self._disturbing:
            self._again |= {evse}
            return
        self._disturbing = True
        try:
            self._again |= {evse}
            for _ in range(MOST_ROUNDS):
                rounds, self._again = self._again, frozenset()
                if not rounds:
                    return
                self._round(rounds)
            raise RuntimeError(f"the parts of {self._station.identity} never come to rest")
        finally:
            self._disturbing = False

    def _round(self, evses: frozenset[int | None]) -> None:
        for (_, place), part in tuple((self._parts or {}).items()):
            if None in evses or not place.evse or place.evse in evses:
                part.disturbed()
        if self.listener is not None:
            for evse in evses:
                self.listener.disturbed(evse)

    def sense(self, what: Iterable[str], evse: int | None = None) -> None:
        """Something that has happened matters to parts that nothing has happened to yet: make them, and disturb all."""
        self.wake(what, evse)
        self.disturbed(evse)

    def wake(self, what: Iterable[str], evse: int | None = None) -> None:
        """Make the parts that something concerns. Best before it happens: a part begins at rest with what is.

        ``what``: fields of the environment, ``current``, ``cable`` or ``power``; a component that names what it
        ``senses`` is only made for that, another one for every change of the environment.
        """
        concerned = sensed(self._station.profile.fittings)
        for name, place in dict.fromkeys(chain.from_iterable(concerned.get(each, ()) for each in what)):
            if evse is None or place.evse in (0, evse):
                self.part(name, place)
