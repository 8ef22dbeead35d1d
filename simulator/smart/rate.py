"""Limits in A and in W, and what makes the one out of the other at an EVSE or at the grid connection."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.electrical import Kind, Supply
from simulator.profile import Profile
from simulator.smart.profile import Period, Unit

ASSUMED_PHASES = 3
"""Where a period does not say how many (K01.FR.49)."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What may flow: A per conductor and W in all, whichever is less, over so many phases (0 for DC)."""

    a: float = math.inf
    w: float = math.inf
    phases: int = ASSUMED_PHASES

    def __and__(self, other: Rate) -> Rate:
        """What both allow."""
        return Rate(min(self.a, other.a), min(self.w, other.w), min(self.phases, other.phases))


UNLIMITED = Rate()


@dataclass(frozen=True, slots=True)
class Feed:
    """A place where limits apply. ``phases``: 0 for DC; ``voltage_v``: phase to neutral, as set for the area and not
    as measured (K01.FR.50), or a DC output's highest. ``efficiency``: power here over power from the grid."""

    phases: int
    voltage_v: float
    max_a: float
    max_w: float
    efficiency: float = 1.0

    @classmethod
    def of(cls, supply: Supply) -> Feed:
        """An outlet."""
        return cls(supply.phases, supply.voltage_v, supply.max_a, supply.max_w, supply.efficiency)

    @classmethod
    def grid(cls, profile: Profile) -> Feed:
        """A station's grid connection, as if all it takes came in equal currents."""
        supplies = [evse.connectors[0].supply for evse in profile.evses]
        direct = supplies[0].kind is Kind.DC
        phases = 3 if direct else max(supply.phases for supply in supplies)
        volts = supplies[0].grid_voltage_v if direct else supplies[0].voltage_v
        return cls(phases, volts, profile.grid_max_w / (volts * phases), profile.grid_max_w)

    @property
    def local(self) -> Rate:
        """What the hardware allows."""
        return Rate(self.max_a, self.max_w, self.phases)

    def rate(self, period: Period, unit: Unit) -> Rate:
        """K01.FR.50, .51: a limit in A is one per phase; one in W is spread over the phases that the period names."""
        limit = max(0.0, period.limit)
        named = period.phases or ASSUMED_PHASES
        if not self.phases:
            return Rate(limit, phases=0) if unit is Unit.A else Rate(w=limit, phases=0)
        phases = min(named, self.phases)
        if unit is Unit.A:
            return Rate(limit, phases=phases)
        return Rate(limit / (self.voltage_v * named), limit, phases)

    def value(self, rate: Rate, unit: Unit) -> float:
        """A rate in one unit: A per conductor, or W in all."""
        volts = self.voltage_v * max(1, min(rate.phases, self.phases))
        return min(rate.a, rate.w / volts) if unit is Unit.A else min(rate.w, rate.a * volts)

    def below(self, grid: Feed, rate: Rate) -> Rate:
        """What a limit of the grid connection leaves to this outlet if nobody else takes anything."""
        if self.phases:
            return rate
        return Rate(w=grid.value(rate, Unit.W), phases=0)
