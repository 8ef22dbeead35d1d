"""The converter of a DC station: it makes the EV's direct current, and heat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.electrical import Kind
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.heat import STILL, stream
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import flag, number, written
from simulator.hardware.site import Site
from simulator.physics.thermal import Air, Body, Driven, converter_w
from simulator.physics.trace import NEVER, Steady, Trace

SHUTS_OFF = "converter failure"


@component("AcDcConverter")
@dataclass(frozen=True, slots=True)
class AcDcConverter:
    """The power stage between grid and outlet (2.0.1 appendix 3.2.2). Its loss is what its EVSE's efficiency leaves,
    P·(1/η - 1), and warms it as a body of the first order.

    ``rise_k``: how much warmer than its ambient full load makes it in the end. ``tau_s``: the time constant of that.
    ``off_c``: so hot it shuts off. ``on_c``: so cool it runs again.
    """

    rise_k: float = parameter(45.0, above=0)
    tau_s: float = parameter(600.0, above=0)
    off_c: float = 95.0
    on_c: float = 75.0

    name: ClassVar[str] = "AcDcConverter"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset({"current", "ambient_c"})

    def __post_init__(self) -> None:
        if not self.on_c < self.off_c:
            raise ValueError("on_c must be below off_c")

    def variables(self) -> Sequence[Variable]:
        return (
            flag(self.name, "Active"),
            number(self.name, "Power", "W"),
            number(self.name, "DCVoltage", "V"),
            number(self.name, "DCCurrent", "A"),
            number(self.name, "Temperature", "Celsius"),
            flag(self.name, "Tripped"),
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return PowerStage(site, self)


class PowerStage:
    """One such converter. Faults: ``broken`` (it gives nothing), ``clogged`` (share of its cooling that is gone)."""

    __slots__ = ("_heat", "_timer", "_until_s", "broken", "clogged", "kind", "site", "tripped")

    def __init__(self, site: Site, kind: AcDcConverter) -> None:
        self.site = site
        self.kind = kind
        self.broken = False
        self.clogged = 0.0
        self.tripped = False
        self._heat: Driven | Steady = Steady(site.environment.ambient_c)
        self._until_s = NEVER
        self._timer: Timer | None = None

    @property
    def output_w(self) -> float:
        """What it gives at the outlet."""
        evse = self.site.evse
        if evse is None or not evse.contactor_closed or evse.outlet.supply.kind is not Kind.DC:
            return 0.0
        return evse.ev.power_w(evse.offer()) if evse.ev is not None and evse.state == "Charging" else 0.0

    @property
    def temperature_c(self) -> float:
        """How hot it is."""
        return self._heat.at(self.site.now)

    def _warm(self) -> None:
        """From now on it goes towards another temperature, until what flows takes another course."""
        evse = self.site.evse
        assert evse is not None
        efficiency = evse.outlet.supply.efficiency
        full_w = max(1e-9, converter_w(evse.profile.max_w, efficiency))
        body = Body(self.kind.rise_k / full_w / max(1e-3, 1 - self.clogged), self.kind.tau_s)
        flow = stream(evse) if evse.outlet.supply.kind is Kind.DC else STILL
        self._heat = body.driven(
            self.site.now,
            self.temperature_c,
            Air(self.site.environment.ambient_c),
            converter_w(flow.power_w, efficiency),
            growth_per_s=flow.growth_per_s,
        )
        self._until_s = self.site.now + flow.until_s

    def value(self, variable: str) -> str | None:
        evse = self.site.evse
        if evse is None:
            return None
        match variable:
            case "Active":
                return written(self.output_w > 0)
            case "Power":
                return f"{self.output_w:.1f}"
            case "DCVoltage":
                return f"{evse.reading().voltage_v:.1f}" if self.output_w > 0 else "0.0"
            case "DCCurrent":
                return f"{sum(evse.reading().phase_current_a):.2f}" if self.output_w > 0 else "0.0"
            case "Temperature":
                return f"{self.temperature_c:.1f}"
            case "Tripped":
                return written(self.tripped)
            case "Problem":
                return written(self.broken or self.tripped)
        return None

    def trace(self, variable: str) -> Trace | None:
        return self._heat if variable == "Temperature" else None

    def write(self, variable: str, value: str) -> bool:
        return True

    def disturbed(self) -> None:
        """Load, air or cooling are otherwise: it warms or cools towards another temperature from now on."""
        now_c = self.temperature_c
        self._warm()
        hot = now_c > self.kind.on_c if self.tripped else now_c >= self.kind.off_c
        if hot is not self.tripped:
            self.tripped = hot
            self.site.changed("Tripped")
        self._arm()
        if self.broken or self.tripped:
            self.site.trouble(SHUTS_OFF, "" if self.broken else f"{self.temperature_c:.1f} °C")
        else:
            self.site.recovered(SHUTS_OFF)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        level_c = self.kind.on_c if self.tripped else self.kind.off_c
        due_s = self._heat.reaches(level_c, self.site.now)
        if due_s <= self._until_s and due_s < NEVER:
            self._timer = self.site.after(due_s - self.site.now, self._crossed)
        elif self._until_s < NEVER:
            self._timer = self.site.after(self._until_s - self.site.now, self.disturbed)

    def _crossed(self) -> None:
        """Hot enough to shut off, or cool enough to run again: rounding of the clock must not miss that."""
        self._heat = Steady(self.kind.on_c if self.tripped else self.kind.off_c)
        self.disturbed()


breakable(
    Fault("converter failure", "the DC output is gone: Faulted", MappingProxyType({"AcDcConverter": {"broken": True}})),
    Fault(
        "converter clogged",
        "it becomes too hot under load, and shuts off",
        MappingProxyType({"AcDcConverter": {"clogged": 0.8}}),
    ),
)
