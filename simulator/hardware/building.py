"""The building's meter: what else draws from the same main fuse, and what that leaves for charging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from types import MappingProxyType
from typing import ClassVar

from simulator.clock import Timer
from simulator.curve import Curve
from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import flag, number, written
from simulator.hardware.site import Site
from simulator.physics.trace import Course, Trace

DAY_S = 86_400.0

OFFICE = (
    (0.0, 12.0), (6.0, 12.0), (8.0, 45.0), (12.0, 55.0), (13.0, 50.0), (17.0, 45.0), (19.0, 15.0), (24.0, 12.0),
)  # fmt: skip
"""A small office: hour of the day, A per phase."""


@component("LocalPowerController")
@component("LocalEnergyController")
@dataclass(frozen=True, slots=True)
class LocalEnergyController:
    """A building with a meter at its main fuse (2.0.1 appendix 3.2.40, LocalController): what the building leaves of
    the fuse, the EVSEs that charge share. Between the points of the curve the load is straight.

    ``fuse_a``: the main fuse, per phase. ``load``: the building's own load, points [hour of the day UTC, A per phase],
    the first at 0, the last at 24. ``step_s``: how often the EVSEs are told. ``least_a``: an EVSE that would get less
    gets nothing.
    """

    fuse_a: float = parameter(100.0, above=0)
    load: tuple[tuple[float, float], ...] = parameter(OFFICE, at_least=0)
    step_s: float = parameter(300.0, at_least=1)
    least_a: float = 6.0

    name: ClassVar[str] = "LocalController"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"current", "contactor"})

    def __post_init__(self) -> None:
        hours = [hour for hour, _ in self.load]
        if len(hours) < 2 or hours[0] != 0 or hours[-1] != 24 or hours != sorted(set(hours)):
            raise ValueError("load needs points from hour 0 to hour 24, each later than the one before")
        if self.load[0][1] != self.load[-1][1]:
            raise ValueError("load must end the day as it begins it")

    def variables(self) -> Sequence[Variable]:
        return (
            flag(self.name, "Active"),
            number(self.name, "ACCurrent", "A"),
            Variable(self.name, "FuseRating", f"{self.fuse_a:g}", DataType.DECIMAL, Mutability.READ_ONLY, unit="A",
                     constant=True),
            number(self.name, "CurrentOffered", "A"),
            flag(self.name, "Problem"),
        )  # fmt: skip

    def part(self, site: Site) -> Part:
        return BuildingMeter(site, self)


class BuildingMeter:
    """The meter of one building. Faults: ``broken`` (it says nothing: every EVSE gets the least), ``extra_a`` (what
    the building draws beyond its curve)."""

    __slots__ = ("_curve", "_timer", "broken", "extra_a", "kind", "site")

    def __init__(self, site: Site, kind: LocalEnergyController) -> None:
        self.site = site
        self.kind = kind
        self.broken = False
        self.extra_a = 0.0
        self._curve = Curve(kind.load)
        self._timer: Timer | None = None

    def load_a(self, instant_s: float) -> float:
        """What the building draws per phase."""
        return self._curve.at(self._hour(instant_s)) + self.extra_a

    def _hour(self, instant_s: float) -> float:
        start = self.site.station.clock.utc
        today_s = start.hour * 3600 + start.minute * 60 + start.second + start.microsecond / 1e6
        return (today_s + instant_s - self.site.now) % DAY_S / 3600

    @property
    def left_a(self) -> float:
        """What the building leaves of its fuse, per phase."""
        return max(0.0, self.kind.fuse_a - self.load_a(self.site.now))

    @property
    def share_a(self) -> float:
        """What each EVSE that charges may draw, per phase."""
        charging = sum(evse.contactor_closed for evse in self.site.station.evses)
        if self.broken:
            return self.kind.least_a
        share_a = self.left_a / max(1, charging)
        return share_a if share_a >= self.kind.least_a else 0.0

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self._timer is not None)
            case "ACCurrent":
                return "" if self.broken else f"{self.load_a(self.site.now):.1f}"
            case "CurrentOffered":
                return f"{self.share_a:.1f}"
            case "Problem":
                return written(self.broken)
        return None

    def trace(self, variable: str) -> Trace | None:
        if variable != "ACCurrent":
            return None
        now, hour = self.site.now, self._hour(self.site.now)
        corners = sorted((corner - hour) % 24 * 3600 + now for corner, _ in self.kind.load)
        return Course(self.load_a, tuple(day * DAY_S + corner for day in range(2) for corner in corners))

    def write(self, variable: str, value: str) -> bool:
        return True

    def disturbed(self) -> None:
        """Share out anew what there is, and again after a while if anybody charges."""
        evses = self.site.station.evses
        charging = [evse for evse in evses if evse.contactor_closed]
        for evse in evses:
            if evse.circuit.restrict("building", self.share_a if evse in charging else inf):
                self.site.station.later(evse.flow_changed)  # whoever opens a contactor has to finish first
        if charging and self._timer is None:
            self._timer = self.site.after(self.kind.step_s, self._again)
        elif not charging and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.broken:
            self.site.trouble("control meter failure")
        else:
            self.site.recovered("control meter failure")

    def _again(self) -> None:
        self._timer = None
        self.disturbed()


breakable(
    Fault(
        "building meter silent",
        "every EVSE that charges gets the least",
        MappingProxyType({"LocalController": {"broken": True}}),
    ),
)
