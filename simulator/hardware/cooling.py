"""The fan of the housing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import enabled, flag, is_enabled, number, written
from simulator.hardware.site import Site
from simulator.hardware.thermometer import TITLE, Thermometer
from simulator.physics.staircase import Staircase
from simulator.physics.trace import NEVER, Settling, Trace


@component("CoolingSystem")
@dataclass(frozen=True, slots=True)
class CoolingSystem:
    """A fan that runs the faster the hotter it is inside (2.0.1 appendix 3.2.5, AirCoolingSystem); at full speed where
    the temperature is not known. Its air goes with its speed (affinity law of fans)."""

    full_rpm: float = parameter(3000.0, "speed when driven fully", above=0)
    on_c: tuple[float, ...] = parameter((35.0, 45.0, 55.0), "inside temperatures at which it runs faster")
    hysteresis_k: float = parameter(4.0, "how much cooler makes it slower again", above=0)
    spin_up_s: float = parameter(2.0, "time constant of its speed", above=0)
    stall_s: float = parameter(10.0, "how long it may be too slow before it counts as failed", above=0)
    least_share: float = parameter(0.7, "share of the wanted speed below which it counts as failed", above=0, at_most=1)

    name: ClassVar[str] = "AirCoolingSystem"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"ambient_c", "sun_w_per_m2", "current"})

    def __post_init__(self) -> None:
        if not self.on_c or any(high <= low for low, high in pairwise(self.on_c)):
            raise ValueError("on_c must name rising temperatures")

    @property
    def stairs(self) -> Staircase:
        """Its speeds: as many as there are temperatures, and standing still."""
        return Staircase(self.on_c, self.hysteresis_k)

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            flag(self.name, "Problem"),
            number(self.name, "FanSpeed", "RPM"),
        )

    def part(self, site: Site) -> Fan:
        return Fan(site, self)


class Fan:
    """One fan. Faults: ``stalled`` (it no longer turns), ``worn`` (the share of its speed that it has lost)."""

    __slots__ = ("_speed", "_stall", "_timer", "enabled", "failed", "kind", "site", "stalled", "step", "worn")

    def __init__(self, site: Site, kind: CoolingSystem) -> None:
        self.site = site
        self.kind = kind
        self.enabled = is_enabled(site)
        self.stalled = False
        self.worn = 0.0
        self.failed = False
        self.step = 0
        self._speed = Settling(site.now, 0.0, 0.0, kind.spin_up_s)
        self._timer: Timer | None = None
        self._stall: Timer | None = None

    @property
    def wanted(self) -> float:
        """The share of its full speed at which it is driven."""
        return self.step / len(self.kind.on_c) if self.enabled and self.site.powered else 0.0

    @property
    def airflow(self) -> float:
        """The share of its full air that it moves, once its speed has settled: it does so much faster than the heat."""
        return self._speed.final / self.kind.full_rpm

    @property
    def most_rpm(self) -> float:
        """Its speed when driven fully."""
        return 0.0 if self.stalled else self.kind.full_rpm * (1 - self.worn)

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self.wanted > 0)
            case "Problem":
                return written(self.failed)
            case "FanSpeed":
                return f"{self._speed.at(self.site.now):.0f}"
        return None

    def trace(self, variable: str) -> Trace | None:
        return self._speed if variable == "FanSpeed" else None

    def write(self, variable: str, value: str) -> bool:
        if variable == "Enabled":
            self.enabled = value.lower() == "true"
            self.disturbed()
        return True

    def disturbed(self) -> None:
        """Follow the temperature inside."""
        before = self.wanted
        self._follow()
        if (before > 0) is not (self.wanted > 0):
            self.site.changed("Active")
        final = self.wanted * self.most_rpm
        if final != self._speed.final:
            now_s = self.site.now
            self._speed = Settling(now_s, self._speed.at(now_s), final, self.kind.spin_up_s)
            self.site.station.rig.disturbed()  # the housing cools otherwise now
        self._watch()

    def _follow(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        sensor = self.site.part(TITLE)
        inside = sensor.trace("Temperature") if isinstance(sensor, Thermometer) else None
        if inside is None:
            self.step = len(self.kind.on_c)
            return
        now_s, stairs = self.site.now, self.kind.stairs
        self.step = stairs.step(inside.at(now_s), self.step)
        due_s = stairs.next_s(inside, self.step, now_s)
        if due_s < NEVER:
            self._timer = self.site.after(due_s - now_s, self.disturbed)

    def _watch(self) -> None:
        slow = self._speed.final < self.kind.least_share * self.wanted * self.kind.full_rpm
        if not slow:
            if self._stall is not None:
                self._stall.cancel()
                self._stall = None
            if self.site.powered:
                self._fail(failed=False)
        elif self._stall is None and not self.failed:
            self._stall = self.site.after(self.kind.stall_s, self._stalled)

    def _stalled(self) -> None:
        self._stall = None
        if self.site.powered:
            self._fail(failed=True)

    def _fail(self, *, failed: bool) -> None:
        if failed is not self.failed:
            self.failed = failed
            self.site.changed("Problem")
        if failed:
            self.site.trouble("fan failure")
        else:
            self.site.recovered("fan failure")
