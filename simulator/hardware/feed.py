"""The grid's side of a station: which voltage there is, and whether it is fit to charge with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.clock import Timer
from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.shown import flag, written
from simulator.hardware.site import Site
from simulator.physics.trace import Trace

NO_GRID, UNDER, OVER, PHASE = "no grid", "under-voltage", "over-voltage", "phase loss"


@component("ElectricalFeed")
@dataclass(frozen=True, slots=True)
class ElectricalFeed:
    """The connection to the grid with its voltage relay. Shares are of the nominal voltage (EN 50160: 0.9 to 1.1).

    ``lost``: below it a phase counts as lost. ``least`` and ``most``: outside them nothing is charged; ``notices_s``:
    how long it has to be so. ``returns_s``: how long it has to be well again, ``margin`` inside the bounds.
    """

    name: ClassVar[str] = "ElectricalFeed"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"grid", "grid_hz"})

    lost: float = 0.5
    least: float = 0.85
    most: float = 1.15
    margin: float = 0.02
    notices_s: float = 0.2
    returns_s: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.lost < self.least < 1 < self.most:
            raise ValueError("lost, least, 1 and most must rise in this order")

    def variables(self) -> tuple[Variable, ...]:
        volts = [
            Variable(
                self.name, "ACVoltage", "", DataType.DECIMAL, Mutability.READ_ONLY, instance=f"L{phase}", unit="V",
                persistent=False, live=True, monitored=True,
            )
            for phase in (1, 2, 3)
        ]  # fmt: skip
        return (flag(self.name, "Active"), flag(self.name, "Problem"), *volts)

    def part(self, site: Site) -> FeedPart:
        return FeedPart(site, self)


class FeedPart:
    """One station's feed. What is wrong with it is the environment's ``grid``."""

    __slots__ = ("_timer", "kind", "problems", "site")

    def __init__(self, site: Site, kind: ElectricalFeed) -> None:
        self.site = site
        self.kind = kind
        self.problems: dict[str, str] = {}
        self._timer: Timer | None = None

    def value(self, variable: str) -> str | None:
        name, _, phase = variable.partition(".L")
        match name:
            case "Active":
                return written(any(share >= self.kind.lost for share in self._shares))
            case "Problem":
                return written(bool(self.problems))
            case "ACVoltage":
                return f"{self.volts[int(phase) - 1]:.1f}" if int(phase) <= len(self.volts) else "0.0"
        return None

    def trace(self, variable: str) -> Trace | None:
        del variable
        return None

    def write(self, variable: str, value: str) -> bool:
        del variable, value
        return True

    @property
    def _shares(self) -> tuple[float, ...]:
        """The voltage of the phases that the station uses, as a share of nominal."""
        phases = max((evse.outlet.supply.phases or 3) for evse in self.site.station.evses)
        return self.site.environment.grid[:phases]

    @property
    def nominal_v(self) -> float:
        """What each phase should have."""
        supply = self.site.station.evses[0].outlet.supply
        return supply.grid_voltage_v if supply.phases == 0 else supply.voltage_v

    @property
    def volts(self) -> tuple[float, ...]:
        """What each phase that the station uses has."""
        return tuple(share * self.nominal_v for share in self._shares)

    def disturbed(self) -> None:
        """Compare; what is otherwise than before has to stay so for a while."""
        if not self.site.powered or self._found() == self.problems:
            self._disarm()
        elif self._timer is None:
            wait_s = self.kind.notices_s if self._found().keys() - self.problems.keys() else self.kind.returns_s
            self._timer = self.site.after(wait_s, self._notice)

    def _found(self) -> dict[str, str]:
        """What is wrong now, by trouble, with the numbers."""
        kind, shares = self.kind, self._shares
        live = [share for share in shares if share >= kind.lost]
        if not live:
            return {NO_GRID: ""}
        found: dict[str, str] = {}
        low, high = (kind.margin if trouble in self.problems else 0.0 for trouble in (UNDER, OVER))
        if min(live) < kind.least + low:
            found[UNDER] = self.problems.get(UNDER, f"{100 * min(live):.0f} % of nominal")
        if max(live) > kind.most - high:
            found[OVER] = self.problems.get(OVER, f"{100 * max(live):.0f} % of nominal")
        if len(live) < len(shares):
            found[PHASE] = ",".join(f"L{number}" for number, share in enumerate(shares, 1) if share < kind.lost)
        return found

    def _notice(self) -> None:
        self._timer = None
        if not self.site.powered:
            return
        found, before = self._found(), self.problems
        self.problems = found
        if bool(found) is not bool(before):
            self.site.changed("Problem")
        for trouble in sorted(before.keys() - found.keys()):
            self.site.recovered(trouble)
        for trouble, info in sorted(found.items()):
            if before.get(trouble, info) != info:
                self.site.recovered(trouble)  # another phase: told anew
            self.site.trouble(trouble, info)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
