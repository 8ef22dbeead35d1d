"""The converter of a DC station: what it takes from the grid for what it gives, and how fast it moves.

Losses of power electronics are a part that is always there, one in proportion to the current, and one with its square:
P_loss = fixed + linear·P + square·P². Whoever knows the efficiency at full load and the best one knows all three.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.physics.trace import NEVER


class Stretch(NamedTuple):
    """What flowed for a while: ``energy_ws`` = ∫P dt and ``square_w2s`` = ∫P² dt."""

    seconds: float
    energy_ws: float
    square_w2s: float

    @classmethod
    def of(cls, seconds: float, energy_ws: float, begin_w: float, end_w: float, beside_w: float = 0.0) -> Stretch:
        """Power that goes from ``begin_w`` to ``end_w`` with dP/dt in proportion to P, as that of a battery does, and
        ``energy_ws`` of it; with a constant power beside it. Then ∫P² dt = Ws · (begin + end)/2."""
        square = energy_ws * (begin_w + end_w) / 2
        beside_ws = beside_w * seconds
        return cls(seconds, energy_ws + beside_ws, square + beside_w * (2 * energy_ws + beside_ws))


@dataclass(frozen=True, slots=True)
class Converter:
    """``rated_w``: at the outlet. ``full``: efficiency at full load, ``peak``: the best one, at ``peak_load`` (share of
    rated). ``standby_w``: from the grid while nothing is given; once it runs, the efficiencies include everything.

    With no ``peak`` the efficiency is the same at every load. Raises ValueError for what no converter can be.
    """

    rated_w: float
    full: float = 0.95
    peak: float = 0.0
    peak_load: float = 0.4
    standby_w: float = 0.0
    _fixed_w: float = field(init=False, repr=False, compare=False)
    _linear: float = field(init=False, repr=False, compare=False)
    _square: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        best = self.peak or self.full
        if not (self.rated_w > 0 and 0 < self.full <= best <= 1 and 0 < self.peak_load < 1 and self.standby_w >= 0):
            raise ValueError("a converter has power, an efficiency up to 1, and its best one below full load")
        square = (1 / self.full - 1 / best) / (1 - self.peak_load) ** 2  # per W of load as a share of rated
        linear = 1 / best - 1 - 2 * square * self.peak_load
        if linear < 0:
            raise ValueError("from its best efficiency down to that of full load no converter falls so steeply")
        object.__setattr__(self, "_fixed_w", square * self.peak_load**2 * self.rated_w)
        object.__setattr__(self, "_linear", linear)
        object.__setattr__(self, "_square", square / self.rated_w)

    def loss_w(self, output_w: float) -> float:
        """What becomes heat while it gives ``output_w``."""
        if output_w <= 0:
            return self.standby_w
        return self._fixed_w + (self._linear + self._square * output_w) * output_w

    def input_w(self, output_w: float) -> float:
        """What it takes from the grid to give ``output_w``."""
        return max(0.0, output_w) + self.loss_w(output_w)

    def output_w(self, input_w: float) -> float:
        """The most that it can give from ``input_w``: the positive root of the losses' square."""
        left_w, slope = input_w - self._fixed_w, 1 + self._linear
        if left_w <= 0:
            return 0.0
        return 2 * left_w / (slope + math.sqrt(slope * slope + 4 * self._square * left_w))

    def efficiency(self, output_w: float) -> float:
        """Power given over power taken; 0 in standby."""
        return output_w / self.input_w(output_w) if output_w > 0 else 0.0

    def lost_ws(self, stretches: Iterable[Stretch]) -> float:
        """What became heat over a while in which this much was given."""
        return math.fsum(
            (self.standby_w if energy_ws <= 0 else self._fixed_w) * seconds
            + energy_ws * self._linear
            + square_w2s * self._square
            for seconds, energy_ws, square_w2s in stretches
        )


RISE_A_S, FALL_A_S, EMERGENCY_A_S = 20.0, 100.0, 200.0
"""The least rates of current that IEC 61851-23:2014 (101.2.1.4, 101.2.1.5) asks for: following a request, stopping
normally, and stopping in an emergency."""


@dataclass(frozen=True, slots=True)
class Slew:
    """A quantity that moves from ``value`` at ``begin_s`` to ``final`` at ``rate`` per second, and stays. A Trace."""

    begin_s: float
    value: float
    final: float
    rate: float

    @property
    def seconds(self) -> float:
        """How long it takes to arrive; infinity if it never does."""
        way = abs(self.final - self.value)
        if way == 0:
            return 0.0
        return way / self.rate if self.rate > 0 else NEVER

    def at(self, instant_s: float) -> float:
        """The value at an instant."""
        way = self.rate * max(0.0, instant_s - self.begin_s)
        if way >= abs(self.final - self.value):
            return self.final
        return self.value + math.copysign(way, self.final - self.value)

    def reaches(self, level: float, after_s: float) -> float:
        """The first instant later than ``after_s`` at which it is at ``level`` on its way; infinity if it never is."""
        low, high = sorted((self.value, self.final))
        if self.rate <= 0 or low == high or not low <= level <= high:
            return NEVER
        instant_s = self.begin_s + abs(level - self.value) / self.rate
        return instant_s if instant_s > after_s else NEVER

    def integral(self, seconds: float) -> float:
        """The quantity summed over the first ``seconds``: As of a current."""
        moving_s = min(seconds, self.seconds)
        return (self.value + self.at(self.begin_s + moving_s)) / 2 * moving_s + self.final * (seconds - moving_s)


def current_slew(begin_s: float, now_a: float, wanted_a: float, *, emergency: bool = False) -> Slew:
    """How a converter's current goes to another value at the rates of IEC 61851-23."""
    rate = RISE_A_S if wanted_a > now_a else EMERGENCY_A_S if emergency else FALL_A_S
    return Slew(begin_s, now_a, wanted_a, rate)
