"""The extra-low-voltage supply: what carries the electronics, and for a while without the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import flag, number, written
from simulator.hardware.site import Site
from simulator.physics.trace import Course, Steady, Trace


@component("ELVSupply")
@dataclass(frozen=True, slots=True)
class ElvSupply:
    """The low voltage for controllers and relays, with a battery behind it (2.0.1 appendix 3.2.26; Fallback: the
    battery carries).

    ``backup_s``: so long the full battery carries the electronics; 0: there is none. ``recharge_s``: from empty to
    full. ``least_grid``: the highest phase must have at least this share of its nominal voltage for it to run from
    the grid (a wide-range supply of 100 to 240 V on 230 V: 0.43). ``voltage_v``: of its output.
    ``ends_transactions``: whether the battery is there to end transactions before the station goes down.
    """

    backup_s: float = 600.0
    recharge_s: float = parameter(14_400.0, above=0)
    least_grid: float = parameter(0.43, at_least=0, at_most=1)
    voltage_v: float = parameter(12.0, above=0, at_most=60)
    ends_transactions: bool = False

    name: ClassVar[str] = "ELVSupply"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"grid"})

    def variables(self) -> Sequence[Variable]:
        return (
            flag(self.name, "Active", on=True),
            flag(self.name, "Fallback"),
            number(self.name, "StateOfCharge", "Percent"),
            number(self.name, "DCVoltage", "V"),
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return Backup(site, self)


ENDING_S = 1.0
"""How long the grid must be gone before transactions end."""


class Backup:
    """One such supply. Faults: ``broken`` (no output), ``worn`` (share of the battery's capacity that is gone)."""

    __slots__ = ("_charge", "_since_s", "_timer", "broken", "kind", "off_by_this", "on_battery", "site", "worn")

    def __init__(self, site: Site, kind: ElvSupply) -> None:
        self.site = site
        self.kind = kind
        self.broken = False
        self.worn = 0.0
        self.on_battery = False
        self.off_by_this = False
        self._charge = 1.0
        self._since_s = site.now
        self._timer: Timer | None = None

    @property
    def grid(self) -> bool:
        """Whether the grid can carry the electronics."""
        return max(self.site.environment.grid) >= self.kind.least_grid

    @property
    def capacity_s(self) -> float:
        """How long the full battery carries."""
        return self.kind.backup_s * (1 - self.worn)

    @property
    def _slope(self) -> float:
        """Change of the charge (0..1) per second."""
        if self.on_battery:
            return -1 / self.capacity_s if self.capacity_s else 0.0
        return 1 / self.kind.recharge_s if self.grid else 0.0

    def charge(self, instant_s: float) -> float:
        """The battery's charge, 0..1."""
        return min(1.0, max(0.0, self._charge + self._slope * (instant_s - self._since_s)))

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self._alive)
            case "Fallback":
                return written(self.on_battery)
            case "StateOfCharge":
                return f"{100 * self.charge(self.site.now) if self.capacity_s else 0.0:.1f}"
            case "DCVoltage":
                return f"{self.kind.voltage_v if self._alive else 0.0:.1f}"
            case "Problem":
                return written(self.broken)
        return None

    def trace(self, variable: str) -> Trace | None:
        if variable != "StateOfCharge" or not self.capacity_s:
            return None
        slope, now = self._slope, self.site.now
        charge = self.charge(now)
        left_s = (1 - charge) / slope if slope > 0 else charge / -slope if slope < 0 else 0.0
        if left_s <= 0:
            return Steady(100 * charge)
        end, begin_s = (1.0 if slope > 0 else 0.0), now

        def percent(instant_s: float) -> float:
            return 100 * (end if instant_s >= begin_s + left_s else charge + slope * (instant_s - begin_s))

        return Course(percent, (now + left_s,))

    def write(self, variable: str, value: str) -> bool:
        return True

    def disturbed(self) -> None:
        """Change over between grid and battery, and see whether the electronics still run."""
        self._settle()
        needed = not self.grid and not self.off_by_this and self._charge > 0 and self.capacity_s > 0
        if needed != self.on_battery:
            self.on_battery = needed
            self.site.changed("Fallback")
            if needed and self.kind.ends_transactions:
                self.site.after(ENDING_S, self._end_transactions)
        self._arm()
        if self.on_battery:
            self.site.trouble("on backup power", f"{self.charge(self.site.now) * self.capacity_s:.0f} s left")
        else:
            self.site.recovered("on backup power")
        if not self._alive and self.site.powered:
            self.off_by_this = True
            self.on_battery = False
            self.site.station.power_off()
        elif self._alive and self.off_by_this and not self.site.powered:
            self.off_by_this = False
            self.site.station.power_on()

    def _end_transactions(self) -> None:
        for evse in self.site.station.evses if self.on_battery else ():
            if evse.tx is not None:
                evse.end("AbnormalCondition", "PowerLoss")

    def reset(self) -> None:
        """Somebody puts a new one in, with a full battery."""
        self._settle()
        self._charge = 1.0
        self.disturbed()

    @property
    def _alive(self) -> bool:
        """Whether it has an output."""
        return not self.broken and (self.grid or self.on_battery)

    def _settle(self) -> None:
        now = self.site.now
        self._charge, self._since_s = self.charge(now), now

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.on_battery:
            self._timer = self.site.after(self._charge * self.capacity_s, self._empty)

    def _empty(self) -> None:
        self._timer = None
        self._settle()
        self._charge = 0.0
        self.disturbed()


breakable(
    Fault("supply failure", "the electronics lose power at once", MappingProxyType({"ELVSupply": {"broken": True}})),
    Fault(
        "battery worn",
        "without the grid the electronics run for a fifth of the time",
        MappingProxyType({"ELVSupply": {"worn": 0.8}}),
    ),
)
