"""The one electrical model: what flows where a station offers and an EV asks.

AC: P = ΣU·I·cosφ with U from phase to neutral, over the phases in use; the EV's charger makes cosφ.
DC: P = U·I with U the battery's voltage; the converter's losses lie between the grid and the outlet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

MIN_PILOT_A = 6.0
"""The least current that the control pilot can offer (IEC 61851-1, annex A: a duty cycle of 10 %)."""

HEALTHY = (1.0, 1.0, 1.0)
"""A grid with its nominal voltage on L1, L2 and L3."""


class Kind(StrEnum):
    """What comes out of a connector."""

    AC = "AC"
    DC = "DC"


@dataclass(frozen=True, slots=True)
class Supply:
    """What a connector can deliver at most.

    ``phases``: 1 or 3 for AC, 0 for DC. ``voltage_v``: phase to neutral for AC, the highest output voltage for DC.
    ``max_a``: per phase. ``efficiency``: outlet power over grid power. ``grid``: the voltage that L1..L3 have, as a
    share of nominal; 0 is a lost phase.
    """

    kind: Kind
    phases: int
    voltage_v: float
    max_a: float
    max_w: float = math.inf
    min_voltage_v: float = 0.0
    efficiency: float = 1.0
    frequency_hz: float = 50.0
    grid_voltage_v: float = 230.0
    grid: tuple[float, float, float] = HEALTHY

    def __post_init__(self) -> None:
        if (self.kind is Kind.AC) != (self.phases in (1, 2, 3)) or (self.kind is Kind.DC and self.phases != 0):
            raise ValueError(f"{self.phases} phases do not go with {self.kind}")
        if min(self.voltage_v, self.max_a, self.max_w, self.grid_voltage_v) <= 0 or not 0 < self.efficiency <= 1:
            raise ValueError("voltage, current and power must be above 0, efficiency in 0..1")
        if min(self.grid) < 0:
            raise ValueError("a phase's voltage must not be below 0")

    def under(self, grid: tuple[float, float, float], frequency_hz: float | None = None) -> Supply:
        """This supply on a grid with these voltages (shares of nominal) and this frequency (None: nominal)."""
        if grid == self.grid and frequency_hz in (None, self.frequency_hz):
            return self
        return _under(self, grid, frequency_hz or self.frequency_hz)

    @property
    def phase_voltage_v(self) -> tuple[float, ...]:
        """The voltage of each connected phase of an AC supply; none for DC."""
        return tuple(self.voltage_v * share for share in self.grid[: self.phases])

    def offer(self, limit_a: float = math.inf, limit_w: float = math.inf, phases: int | None = None) -> Offer:
        """An offer of this supply under limits (A per phase, W over all phases) that may be above what it can."""
        if math.isnan(limit_a) or math.isnan(limit_w):
            raise ValueError("a limit must be a number")
        allowed = self.phases if phases is None else min(phases, self.phases)
        if self.kind is Kind.AC and allowed < 1:
            raise ValueError("an AC offer needs at least one phase")
        return Offer(self, max(0.0, min(limit_a, self.max_a)), max(0.0, min(limit_w, self.max_w)), allowed)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a station allows an EV now: A per phase and W in all, never above its supply. Made by ``Supply.offer``."""

    supply: Supply
    limit_a: float
    limit_w: float
    phases: int

    @property
    def power_w(self) -> float:
        """The greatest power that this offer lets flow, whatever the EV."""
        supply = self.supply
        if supply.kind is Kind.DC or supply.grid is HEALTHY:
            return min(self.limit_w, self.limit_a * supply.voltage_v * max(1, self.phases))
        return min(self.limit_w, self.limit_a * sum(supply.phase_voltage_v[: self.phases]))


@dataclass(frozen=True, slots=True)
class Request:
    """What an EV would take at this moment, were there no station's limit.

    ``voltage_v`` is the battery's (DC); it is not used for AC. ``min_a``: an offer below it is not taken at all.
    ``power_factor``: cosφ of the on-board charger, whose current lags.
    """

    max_a: float
    max_w: float
    phases: int = 0
    min_a: float = 0.0
    voltage_v: float = 0.0
    power_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Draw:
    """What flows: A and W per conductor (L1..L3, or the one DC value), V, and W in all.

    ``voltages_v``: V of each conductor, where they are not all ``voltage_v``, which then is the mean of those that
    have any. ``power_factor``: cosφ, the same on every phase.
    """

    kind: Kind
    current_a: tuple[float, ...]
    voltage_v: float
    power_w: float
    frequency_hz: float = 0.0
    power_factor: float = 1.0
    voltages_v: tuple[float, ...] | None = None

    @property
    def phase_voltage_v(self) -> tuple[float, ...]:
        """Voltage of each conductor."""
        return (self.voltage_v,) * len(self.current_a) if self.voltages_v is None else self.voltages_v

    @property
    def phase_power_w(self) -> tuple[float, ...]:
        """Active power of each conductor: U·I·cosφ."""
        each = zip(self.phase_voltage_v, self.current_a, strict=True)
        return tuple(voltage_v * current_a * self.power_factor for voltage_v, current_a in each)


def phases_used(offer: Offer, request: Request) -> int:
    """How many phases carry current: those that both ends and the grid have (1 for the one pair of DC)."""
    supply = offer.supply
    if supply.kind is Kind.DC:
        return 1
    both = min(offer.phases, request.phases)
    return both if supply.grid is HEALTHY else sum(share > 0 for share in supply.grid[:both])


def volts_in_all(offer: Offer, request: Request) -> float:
    """W per A of conductor current: ΣU·cosφ for AC, the battery's voltage for DC, 0 where the two do not fit."""
    supply = offer.supply
    if supply.kind is Kind.AC:
        both = min(offer.phases, request.phases)
        shares = both if supply.grid is HEALTHY else sum(supply.grid[:both])
        return supply.voltage_v * shares * request.power_factor
    return request.voltage_v if supply.min_voltage_v <= request.voltage_v <= supply.voltage_v else 0.0


def offered_a(offer: Offer, request: Request) -> float:
    """The A per conductor that the offer leaves to this EV: the lower of its limits in A and in W."""
    volts = volts_in_all(offer, request)
    return min(offer.limit_a, offer.limit_w / volts) if volts > 0 else 0.0


def flowing_w(offer: Offer, request: Request) -> float:
    """The power that flows at the outlet; 0 where the offer is below the EV's minimum."""
    offered = offered_a(offer, request)
    if offered <= 0 or offered < request.min_a - 1e-9:
        return 0.0
    return max(0.0, min(min(offered, request.max_a) * volts_in_all(offer, request), request.max_w))


def flowing(offer: Offer, request: Request) -> Draw:
    """What flows at the outlet when this EV meets this offer."""
    power_w = flowing_w(offer, request)
    supply, both = offer.supply, min(offer.phases, request.phases)
    each = power_w / volts_in_all(offer, request) if power_w > 0 else 0.0
    if supply.kind is Kind.DC:
        return Draw(Kind.DC, (each,), request.voltage_v, power_w)
    power_factor = request.power_factor if power_w > 0 else 1.0
    if supply.grid is HEALTHY:
        currents = tuple(each if phase < both else 0.0 for phase in range(supply.phases))
        return Draw(Kind.AC, currents, supply.voltage_v, power_w, supply.frequency_hz, power_factor)
    live = [phase < both and supply.grid[phase] > 0 for phase in range(supply.phases)]
    return _unequal(supply, tuple(each if lives else 0.0 for lives in live), power_w, power_factor)


def at_rest(supply: Supply) -> Draw:
    """What a meter sees when nothing flows and no EV is there."""
    if supply.kind is Kind.DC:
        return Draw(Kind.DC, (0.0,), 0.0, 0.0)
    if supply.grid is not HEALTHY:
        return _unequal(supply, (0.0,) * supply.phases, 0.0)
    return Draw(Kind.AC, (0.0,) * supply.phases, supply.voltage_v, 0.0, supply.frequency_hz)


def _unequal(supply: Supply, currents_a: tuple[float, ...], power_w: float, power_factor: float = 1.0) -> Draw:
    """A flow over phases of different voltages. P = U·I·cosφ holds for the total with the mean of those in use."""
    volts = supply.phase_voltage_v
    chosen = [voltage_v for voltage_v, current_a in zip(volts, currents_a, strict=True) if current_a > 0]
    chosen = chosen or [voltage_v for voltage_v in volts if voltage_v > 0]
    mean_v = sum(chosen) / len(chosen) if chosen else 0.0
    return Draw(Kind.AC, currents_a, mean_v, power_w, supply.frequency_hz, power_factor, volts)


@lru_cache(4096)  # a grid's trouble is shared by all stations of a street
def _under(supply: Supply, grid: tuple[float, float, float], frequency_hz: float) -> Supply:
    return replace(supply, grid=HEALTHY if grid == HEALTHY else grid, frequency_hz=frequency_hz)


def at_grid(supply: Supply, draw: Draw) -> Draw:
    """The same flow seen on the grid's side; a DC converter takes its losses from three phases in equal currents."""
    if supply.kind is Kind.AC:
        return draw
    power_w = draw.power_w / supply.efficiency
    if supply.grid is HEALTHY:
        each = power_w / (3 * supply.grid_voltage_v)
        return Draw(Kind.AC, (each,) * 3, supply.grid_voltage_v, power_w, supply.frequency_hz)
    grid = replace(supply, kind=Kind.AC, phases=3, voltage_v=supply.grid_voltage_v)
    volts = sum(grid.phase_voltage_v)
    currents = tuple(power_w / volts if share > 0 else 0.0 for share in supply.grid)
    return _unequal(grid, currents, power_w)


def shared_w(total_w: float, wanted_w: Sequence[float]) -> tuple[float, ...]:
    """Divide ``total_w`` among EVSEs: nobody gets more than wanted, and who gets less gets as much as any other."""
    shares = [0.0] * len(wanted_w)
    left_w = max(0.0, total_w)
    order = sorted(range(len(wanted_w)), key=lambda index: wanted_w[index])
    for done, index in enumerate(order):
        shares[index] = max(0.0, min(wanted_w[index], left_w / (len(order) - done)))
        left_w -= shares[index]
    return tuple(shares)
