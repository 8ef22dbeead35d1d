"""The one electrical model: what flows where a station offers and an EV asks.

AC: P = U·I·n with U from phase to neutral and n the phases in use, at unity power factor.
DC: P = U·I with U the battery's voltage; the converter's losses lie between the grid and the outlet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MIN_PILOT_A = 6.0
"""The least current that the control pilot can offer (IEC 61851-1, annex A: a duty cycle of 10 %)."""


class Kind(StrEnum):
    """What comes out of a connector."""

    AC = "AC"
    DC = "DC"


@dataclass(frozen=True, slots=True)
class Supply:
    """What a connector can deliver at most.

    ``phases``: 1 or 3 for AC, 0 for DC. ``voltage_v``: phase to neutral for AC, the highest output voltage for DC.
    ``max_a``: per phase. ``efficiency``: outlet power over grid power.
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

    def __post_init__(self) -> None:
        if (self.kind is Kind.AC) != (self.phases in (1, 2, 3)) or (self.kind is Kind.DC and self.phases != 0):
            raise ValueError(f"{self.phases} phases do not go with {self.kind}")
        if min(self.voltage_v, self.max_a, self.max_w, self.grid_voltage_v) <= 0 or not 0 < self.efficiency <= 1:
            raise ValueError("voltage, current and power must be above 0, efficiency in 0..1")

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
        return min(self.limit_w, self.limit_a * self.supply.voltage_v * max(1, self.phases))


@dataclass(frozen=True, slots=True)
class Request:
    """What an EV would take at this moment, were there no station's limit.

    ``voltage_v`` is the battery's (DC); it is not used for AC. ``min_a``: an offer below it is not taken at all.
    """

    max_a: float
    max_w: float
    phases: int = 0
    min_a: float = 0.0
    voltage_v: float = 0.0


@dataclass(frozen=True, slots=True)
class Draw:
    """What flows: A and W per conductor (L1..L3, or the one DC value), V, and W in all."""

    kind: Kind
    current_a: tuple[float, ...]
    voltage_v: float
    power_w: float
    frequency_hz: float = 0.0

    @property
    def phase_power_w(self) -> tuple[float, ...]:
        """Power of each conductor."""
        return tuple(current * self.voltage_v for current in self.current_a)


def phases_used(offer: Offer, request: Request) -> int:
    """How many phases carry current: those that both ends have (1 for the one pair of DC)."""
    return 1 if offer.supply.kind is Kind.DC else min(offer.phases, request.phases)


def volts_in_all(offer: Offer, request: Request) -> float:
    """W per A of conductor current: U·n for AC, the battery's voltage for DC, 0 where the two do not fit."""
    supply = offer.supply
    if supply.kind is Kind.AC:
        return supply.voltage_v * phases_used(offer, request)
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
    supply, used = offer.supply, phases_used(offer, request)
    each = power_w / volts_in_all(offer, request) if power_w > 0 else 0.0
    if supply.kind is Kind.DC:
        return Draw(Kind.DC, (each,), request.voltage_v, power_w)
    currents = tuple(each if phase < used else 0.0 for phase in range(supply.phases))
    return Draw(Kind.AC, currents, supply.voltage_v, power_w, supply.frequency_hz)


def at_rest(supply: Supply) -> Draw:
    """What a meter sees when nothing flows and no EV is there."""
    if supply.kind is Kind.DC:
        return Draw(Kind.DC, (0.0,), 0.0, 0.0)
    return Draw(Kind.AC, (0.0,) * supply.phases, supply.voltage_v, 0.0, supply.frequency_hz)


def at_grid(supply: Supply, draw: Draw) -> Draw:
    """The same flow seen on the grid's side; a DC converter takes its losses from three equal phases."""
    if supply.kind is Kind.AC:
        return draw
    power_w = draw.power_w / supply.efficiency
    each = power_w / (3 * supply.grid_voltage_v)
    return Draw(Kind.AC, (each,) * 3, supply.grid_voltage_v, power_w, supply.frequency_hz)


def shared_w(total_w: float, wanted_w: Sequence[float]) -> tuple[float, ...]:
    """Divide ``total_w`` among EVSEs: nobody gets more than wanted, and who gets less gets as much as any other."""
    shares = [0.0] * len(wanted_w)
    left_w = max(0.0, total_w)
    order = sorted(range(len(wanted_w)), key=lambda index: wanted_w[index])
    for done, index in enumerate(order):
        shares[index] = max(0.0, min(wanted_w[index], left_w / (len(order) - done)))
        left_w -= shares[index]
    return tuple(shares)
