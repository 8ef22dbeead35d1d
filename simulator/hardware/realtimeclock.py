"""The real-time clock: a quartz that is never quite right, and a cell that keeps it going without power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.parameter import parameter
from simulator.hardware.rig import STATION, sensed
from simulator.hardware.shown import flag, written
from simulator.hardware.site import Site
from simulator.physics.trace import Trace

if TYPE_CHECKING:
    from simulator.station import Station

TURNOVER_C = 25.0
"""Where a tuning-fork quartz runs fastest."""

PARABOLA_PPM_PER_K2 = -0.034
"""How much it lags away from there: Δf/f = -0.034 ppm/K² · (T - 25 °C)², the figure on the data sheets of 32.768 kHz
tuning-fork crystals."""

TIME = "time"
"""What a clock ``senses``: somebody asks for the date."""


@component("Clock")
@dataclass(frozen=True, slots=True)
class RealTimeClock:
    """The station's clock: its quartz differs from station to station, and lags in cold and heat (2.0.1 appendix
    3.2.47, RealTimeClock). The CSMS corrects it by BootNotification and Heartbeat (B01.FR.06, G02.FR.06).

    ``drift_ppm``: by how much it is fast, at 25 °C. ``tolerance_ppm``: each station's is off by at most this, either
    way. ``follows_ambient``: whether the temperature counts.
    """

    drift_ppm: float = 0.0
    tolerance_ppm: float = parameter(20.0, at_least=0, at_most=1000)
    follows_ambient: bool = True

    name: ClassVar[str] = "RealTimeClock"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({TIME, "ambient_c"})

    def variables(self) -> Sequence[Variable]:
        shown = Variable(
            self.name, "DateTime", "", DataType.DATE_TIME, Mutability.READ_ONLY, persistent=False, live=True
        )
        return (flag(self.name, "Active", on=True), shown, flag(self.name, "Problem"))

    def part(self, site: Site) -> Part:
        return Quartz(site, self)


class Quartz:
    """One such clock. Faults: ``stopped``, and ``jump_s``: by how much it jumps when this is set, because its counter
    is disturbed; 0 undoes nothing. What the CSMS corrects is the station's; this is how far it has drifted."""

    __slots__ = ("_drifted_s", "_jumped_s", "_own_ppm", "_since_s", "_speed_ppm", "jump_s", "kind", "site", "stopped")

    def __init__(self, site: Site, kind: RealTimeClock) -> None:
        self.site = site
        self.kind = kind
        self.stopped = False
        self.jump_s = self._jumped_s = 0.0
        self._own_ppm = site.chance.uniform("quartz", -kind.tolerance_ppm, kind.tolerance_ppm, number=0)
        self._drifted_s = 0.0
        self._since_s = 0.0
        self._speed_ppm = self._speed()

    def _speed(self) -> float:
        """By how much it is fast now, in ppm."""
        if self.stopped:
            return -1e6
        off_k = self.site.environment.ambient_c - TURNOVER_C if self.kind.follows_ambient else 0.0
        return self.kind.drift_ppm + self._own_ppm + PARABOLA_PPM_PER_K2 * off_k**2

    @property
    def speed_ppm(self) -> float:
        """By how much it is fast, in ppm."""
        return self._speed_ppm

    @property
    def drifted_s(self) -> float:
        """How far it has run ahead (below 0: behind) since the simulation began, corrections left aside."""
        return self._drifted_s + self._speed_ppm * 1e-6 * (self.site.now - self._since_s)

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(not self.stopped)
            case "DateTime":
                return self.site.station.stamp()
            case "Problem":
                return written(self.stopped)
        return None

    def trace(self, variable: str) -> Trace | None:
        return None

    def write(self, variable: str, value: str) -> bool:
        return True

    def disturbed(self) -> None:
        """Go on at another speed: it is warmer or colder, or stands still."""
        self._drifted_s, self._since_s = self.drifted_s, self.site.now
        if self.jump_s != self._jumped_s:
            self._drifted_s += self.jump_s
            self._jumped_s = self.jump_s
        self._speed_ppm = self._speed()
        if self.site.powered:
            if self.stopped:
                self.site.trouble("clock failure")
            else:
                self.site.recovered("clock failure")


def drifted_s(station: Station) -> float:
    """How far a station's real-time clock has run ahead; 0 where it has none."""
    if TIME not in sensed(station.profile.fittings):
        return 0.0
    part = station.rig.look("RealTimeClock", STATION)
    return part.drifted_s if isinstance(part, Quartz) else 0.0


breakable(
    Fault(
        "clock stopped",
        "every time stamp falls behind until the CSMS corrects the date",
        MappingProxyType({"RealTimeClock": {"stopped": True}}),
    ),
    Fault(
        "clock jump",
        "every time stamp is an hour late until the CSMS corrects the date",
        MappingProxyType({"RealTimeClock": {"jump_s": -3600.0}}),
    ),
)
