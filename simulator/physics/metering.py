"""What an electricity meter measures, and how far it may be wrong.

Voltages and currents are taken as sinusoidal, phases as 120° apart, and cosφ as the same on every phase.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


def apparent_va(active_w: float, power_factor: float) -> float:
    """S = P/cosφ (IEC 60050-131, 131-11-46)."""
    return active_w / power_factor


def reactive_var(active_w: float, power_factor: float) -> float:
    """Q = P·tanφ of a lagging current (IEC 60050-131, 131-11-44)."""
    return active_w * math.sqrt(1 - power_factor * power_factor) / power_factor


def line_to_line_v(one_v: float, other_v: float) -> float:
    """The voltage between two phases 120° apart, from their voltages to neutral: the law of cosines."""
    return math.sqrt(one_v * one_v + other_v * other_v + one_v * other_v)


def neutral_a(currents_a: Sequence[float]) -> float:
    """The current in the neutral conductor: the sum of the phases' currents as vectors 120° apart."""
    a, b, c = (*currents_a, 0.0, 0.0)[:3]
    return math.sqrt(max(0.0, a * a + b * b + c * c - a * b - b * c - c * a))


@dataclass(frozen=True, slots=True)
class AccuracyClass:
    """How far a meter may be wrong, in percent of what it measures.

    ``low_percent``: from the least current to the transitional current; ``percent``: above it;
    ``one_phase_percent``: above it, for a three-phase meter that is loaded on one phase only. ``starts_at``: the
    current from which it counts, over the transitional current.
    """

    low_percent: float
    percent: float
    one_phase_percent: float
    starts_at: float = 0.04

    def limit_percent(self, load_a: float, transition_a: float, *, one_phase: bool = False) -> float:
        """The limit at a current per phase."""
        if load_a < transition_a:
            return self.low_percent
        return self.one_phase_percent if one_phase else self.percent


ACTIVE: Mapping[str, AccuracyClass] = MappingProxyType(
    {
        "A": AccuracyClass(3.5, 3.5, 4.0, 0.05),
        "B": AccuracyClass(2.0, 2.0, 2.5),
        "C": AccuracyClass(1.0, 0.7, 1.0),
        "1": AccuracyClass(1.5, 1.0, 2.0),
        "2": AccuracyClass(2.5, 2.0, 3.0, 0.05),
    }
)
"""Active energy. A, B, C: directive 2014/32/EU (MID), annex V, tables 1 and 2, at +5..+30 °C, direct connection.
1, 2: IEC 62053-21, percentage error limits at cosφ = 1; its 0.1 of the basic current is the transitional current."""

REACTIVE: Mapping[str, AccuracyClass] = MappingProxyType(
    {"2": AccuracyClass(2.5, 2.0, 3.0, 0.05), "3": AccuracyClass(4.0, 3.0, 4.0, 0.1)}
)
"""Reactive energy: IEC 62053-23, percentage error limits at sinφ = 1."""


@dataclass(frozen=True, slots=True)
class Metrology:
    """What all meters of one type have in common.

    ``accuracy``: a class of ``ACTIVE``; None is a meter that is never wrong. ``reactive``: one of ``REACTIVE``.
    ``transition_a``: Itr per phase, above which the class's better limit holds (0.5 A: a 0.25–5(80) A meter).
    ``per_phase``: it has registers and powers of each phase too; ``between_phases``: it shows L1-L2 and so on.
    """

    resolution_wh: float = 1.0
    accuracy: str | None = None
    reactive: str = "2"
    transition_a: float = 0.5
    per_phase: bool = False
    between_phases: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.resolution_wh < math.inf:
            raise ValueError(f"a meter's resolution must be above 0 Wh, not {self.resolution_wh}")
        if self.accuracy is not None and self.accuracy not in ACTIVE:
            raise ValueError(f"a meter's class is one of {', '.join(ACTIVE)}, not {self.accuracy}")
        if self.reactive not in REACTIVE or not self.transition_a > 0:
            raise ValueError("a meter's reactive class is 2 or 3, and its transitional current above 0 A")

    @property
    def plain(self) -> bool:
        """Whether two exact registers are all that it has."""
        return self.accuracy is None and not self.per_phase and not self.between_phases

    def error(self, bias: float, load_a: float = math.inf, *, one_phase: bool = False) -> float:
        """The relative error of active energy at a load per phase. ``bias``: where in -1..1 of its class a meter is.

        A meter does not count at all below its starting current: -1.
        """
        if self.accuracy is None:
            return 0.0
        limits = ACTIVE[self.accuracy]
        if load_a < limits.starts_at * self.transition_a:
            return -1.0
        return bias * limits.limit_percent(load_a, self.transition_a, one_phase=one_phase) / 100

    def reactive_error(self, bias: float, load_a: float = math.inf, *, one_phase: bool = False) -> float:
        """The same for reactive energy."""
        if self.accuracy is None:
            return 0.0
        limits = REACTIVE[self.reactive]
        if load_a < limits.starts_at * self.transition_a:
            return -1.0
        return bias * limits.limit_percent(load_a, self.transition_a, one_phase=one_phase) / 100


PLAIN = Metrology()
"""An exact meter that shows whole Wh."""
