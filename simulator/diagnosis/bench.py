"""A technician at a station: which tests there are, and what each is done with.

A test looks at one part and yields findings. What it finds comes from the part: it moves it, sends a current through
it or puts an adapter on it, and measures. Nothing here knows of faults.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from simulator.diagnosis.finding import Finding, Verdict, span
from simulator.hardware.component import Component, Part
from simulator.hardware.place import STATION, Place

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station

Kind = TypeVar("Kind")

PROFILE = "the station's profile"
"""Who sets a limit that no standard does."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One test at one part: what it may look at, and how it says what it has found."""

    station: Station
    test: str
    place: Place
    part: Part
    component: Component

    @property
    def evse(self) -> Evse:
        """The EVSE that the part belongs to. Raises ValueError for a part of the station."""
        return self.station.evse(self.place.evse)

    def of(self, kind: type[Kind]) -> Kind:
        """The part, which must be of a kind. Raises TypeError where it is another one, such as a vendor's own."""
        if not isinstance(self.part, kind):
            raise TypeError(f"{self.test} is no {kind.__name__}")
        return self.part

    def within(
        self,
        name: str,
        measured: float,
        unit: str,
        *,
        least: float = -math.inf,
        most: float = math.inf,
        source: str,
        advice: str,
    ) -> Finding:
        """A number, which must lie between two."""
        seen = Finding(self.test, name, self.place, Verdict.PASS, measured, unit, span(least, most, unit), source)
        return _judged(seen, advice, passed=least - _ROUNDING <= measured <= most + _ROUNDING)

    def exactly(self, name: str, seen: str, wanted: str, *, source: str, advice: str) -> Finding:
        """What is seen must be what is wanted."""
        found = Finding(self.test, name, self.place, Verdict.PASS, seen, "", wanted, source)
        return _judged(found, advice, passed=seen == wanted)

    def works(self, name: str, works: bool, *, source: str = PROFILE, advice: str) -> Finding:
        """It must do what it is there for."""
        return self.exactly(name, "works" if works else "does not work", "works", source=source, advice=advice)


def _judged(found: Finding, advice: str, *, passed: bool) -> Finding:
    return found if passed else replace(found, verdict=Verdict.FAIL, advice=advice)


_ROUNDING = 1e-9

Steps = Callable[[Bench], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Test:
    """``title``: of the part in the device model. ``needs_free``: it would get in the way of a driver. ``needs_power``:
    the electronics do it. ``component``: which class of component alone, where several share a title."""

    name: str
    title: str
    steps: Steps
    needs_free: bool = False
    needs_power: bool = True
    component: type[Component] | None = None

    __test__ = False


TESTS: dict[str, Test] = {}
"""Every test by its name, in the order in which a technician does them."""


def inspects(
    name: str,
    title: str,
    *,
    needs_free: bool = False,
    needs_power: bool = True,
    component: type[Component] | None = None,
) -> Callable[[Steps], Steps]:
    """Enter a test. Raises ValueError for a second one of a name."""

    def enter(steps: Steps) -> Steps:
        if name in TESTS:
            raise ValueError(f"two tests {name}")
        TESTS[name] = Test(name, title, steps, needs_free, needs_power, component)
        return steps

    return enter


def findings(station: Station, test: Test, evse: int | None = None) -> Iterator[Finding]:
    """What one test finds at a station: at each of its parts, or at those of one EVSE and of the station."""
    places = sorted(place for place in _places(station, test) if evse is None or place.evse in (0, evse))
    if not places:
        yield Finding(test.name, "", STATION, Verdict.NOT_FITTED)
    for place in places:
        hindrance = _hindrance(station, test, place)
        if hindrance:
            yield Finding(test.name, "", place, Verdict.NOT_TESTED, advice=hindrance)
            continue
        part = station.rig.look(test.title, place)
        yield from test.steps(Bench(station, test.name, place, part, station.rig.components[test.title, place]))


def _places(station: Station, test: Test) -> Iterator[Place]:
    for (title, place), component in station.rig.components.items():
        if title == test.title and (test.component is None or isinstance(component, test.component)):
            yield place


def _hindrance(station: Station, test: Test, place: Place) -> str:
    """Why a test cannot be done now; empty if it can."""
    if test.needs_power and not station.powered:
        return "without power nothing answers: see to the supply first"
    if test.needs_free:
        evses = [station.evse(place.evse)] if place.evse else station.evses
        for evse in evses:
            if evse.tx is not None or evse.ev is not None or evse.authorization is not None:
                return f"EVSE {evse.id} is in use: come back when the driver has left"
    return ""
