"""The heater that keeps a housing from frost and dew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import enabled, flag, is_enabled, number, written
from simulator.hardware.site import Site
from simulator.hardware.thermometer import TITLE, Thermometer
from simulator.physics.air import dew_point_c, vapour_hpa
from simulator.physics.staircase import Staircase
from simulator.physics.trace import NEVER, Steady, Trace


@component("Heater")
@dataclass(frozen=True, slots=True)
class Heater:
    """Warms the housing where it would freeze inside, or where the air that got in would become damp: at a given
    content of water the humidity only depends on the temperature, so that both are a temperature to keep."""

    rated_w: float = parameter(100.0, "what it gives off", above=0)
    on_c: float = parameter(5.0, "inside temperature at which it goes on")
    off_c: float = parameter(10.0, "inside temperature at which it goes off")
    damp_percent: float = parameter(75.0, "humidity inside at which it goes on", above=0)
    dry_percent: float = parameter(65.0, "humidity inside at which it goes off", above=0)
    least_c: float = parameter(-25.0, "below it inside the station does not charge")

    name: ClassVar[str] = "Heater"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"ambient_c", "humidity_percent"})

    def __post_init__(self) -> None:
        if not self.least_c < self.on_c < self.off_c:
            raise ValueError("least_c, on_c and off_c must rise in this order")
        if not self.dry_percent < self.damp_percent:
            raise ValueError("dry_percent must be below damp_percent")

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            flag(self.name, "Problem"),
            number(self.name, "Power", "W"),
        )

    def part(self, site: Site) -> Element:
        return Element(site, self)


class Element:
    """One heating element and its thermostat. Fault: ``burnt`` (it no longer warms; its current tells)."""

    __slots__ = ("_gave_w", "_timer", "burnt", "cold", "enabled", "kind", "on", "site")

    def __init__(self, site: Site, kind: Heater) -> None:
        self.site = site
        self.kind = kind
        self.enabled = is_enabled(site)
        self.burnt = False
        self.on = False
        self.cold = False
        self._gave_w = 0.0
        self._timer: Timer | None = None

    @property
    def power_w(self) -> float:
        """What it gives off now."""
        return self.most_w if self.on else 0.0

    @property
    def most_w(self) -> float:
        """What it gives off when it is switched on."""
        return 0.0 if self.burnt else self.kind.rated_w

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self.on)
            case "Problem":
                return written(self._problem)
            case "Power":
                return f"{self.power_w:.0f}"
        return None

    def trace(self, variable: str) -> Trace | None:
        return None

    def write(self, variable: str, value: str) -> bool:
        if variable == "Enabled":
            self.enabled = value.lower() == "true"
            self.disturbed()
        return True

    def disturbed(self) -> None:
        """Follow the temperature inside."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        problem, now_s = self._problem, self.site.now
        inside, warm, above = self._inside(), self._warm(), Staircase((self.kind.least_c + 1,), 1.0)
        runs = self.site.powered and self.enabled
        was_on, self.on = self.on, runs and warm.step(inside.at(now_s), int(not self.on)) == 0
        self.cold = above.step(inside.at(now_s), int(not self.cold)) == 0
        due_s = above.next_s(inside, int(not self.cold), now_s)
        if runs:
            due_s = min(due_s, warm.next_s(inside, int(not self.on), now_s))
        if due_s < NEVER:
            self._timer = self.site.after(due_s - now_s, self.disturbed)
        if self.on is not was_on:
            self.site.changed("Active")
        if self._problem is not problem:
            self.site.changed("Problem")
        self._tell()
        if self.power_w != self._gave_w:
            self._gave_w = self.power_w
            self.site.changed("Power")
            self.site.station.rig.disturbed()  # the housing is warmed otherwise now

    @property
    def _failed(self) -> bool:
        return self.on and self.burnt

    @property
    def _problem(self) -> bool:
        """Whether it is broken, or too weak for the cold."""
        return self._failed or self.cold

    def _warm(self) -> Staircase:
        """The temperatures at which it goes on and off, from the frost and from the water in the air."""
        around, kind = self.site.environment, self.kind
        vapour = vapour_hpa(around.ambient_c, around.humidity_percent)
        on_c = max(kind.on_c, dew_point_c(100 * vapour / kind.damp_percent))
        off_c = max(kind.off_c, dew_point_c(100 * vapour / kind.dry_percent))
        return Staircase((off_c,), off_c - on_c)

    def _inside(self) -> Trace:
        sensor = self.site.part(TITLE)
        inside = sensor.trace("Temperature") if isinstance(sensor, Thermometer) else None
        return Steady(self.site.environment.ambient_c) if inside is None else inside

    def _tell(self) -> None:
        if not self.site.powered:
            return
        for trouble, there in (("heater failure", self._failed), ("too cold", self.cold)):
            if there:
                self.site.trouble(trouble)
            else:
                self.site.recovered(trouble)
