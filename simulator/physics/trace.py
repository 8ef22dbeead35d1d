"""A physical quantity over time, in closed form: what it is at an instant, and when it will reach a level.

Nothing is stepped. A trace holds until something disturbs what it follows from; then it is replaced by another one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

NEVER = math.inf

INSTANT_S = 1e-6
"""What is due within a microsecond is due now: far from 0 on the simulation's axis no timer is finer."""


class Trace(Protocol):
    """A quantity from now on, as long as nothing disturbs it. Instants are seconds on the simulation's axis."""

    def at(self, instant_s: float) -> float:
        """The value at an instant."""

    def reaches(self, level: float, after_s: float) -> float:
        """The first instant later than ``after_s`` at which the value is ``level``; infinity if it never will be."""


@dataclass(frozen=True, slots=True)
class Steady:
    """A quantity that stays as it is."""

    value: float

    def at(self, instant_s: float) -> float:
        del instant_s
        return self.value

    def reaches(self, level: float, after_s: float) -> float:
        del level, after_s
        return NEVER


@dataclass(frozen=True, slots=True)
class Ramp:
    """A quantity that was ``value`` at ``begin_s`` and changes by ``slope`` per second."""

    begin_s: float
    value: float
    slope: float

    def at(self, instant_s: float) -> float:
        return self.value + self.slope * (instant_s - self.begin_s)

    def reaches(self, level: float, after_s: float) -> float:
        if self.slope == 0:
            return NEVER
        instant_s = self.begin_s + (level - self.value) / self.slope
        return instant_s if instant_s > after_s else NEVER


@dataclass(frozen=True, slots=True)
class Settling:
    """A quantity that was ``value`` at ``begin_s`` and settles at ``final`` with the time constant ``tau_s``:
    x(t) = final + (value - final)·exp(-(t - begin)/tau), the answer of a first-order system to a step."""

    begin_s: float
    value: float
    final: float
    tau_s: float

    def at(self, instant_s: float) -> float:
        return self.final + (self.value - self.final) * math.exp((self.begin_s - instant_s) / self.tau_s)

    def reaches(self, level: float, after_s: float) -> float:
        left, whole = level - self.final, self.value - self.final
        if left == 0 or whole / left < 1:
            return NEVER  # it comes from one side only, and never quite arrives
        instant_s = self.begin_s + self.tau_s * math.log(whole / left)
        return instant_s if instant_s > after_s else NEVER


@dataclass(frozen=True, slots=True)
class Course:
    """Any other quantity that only rises or only falls between ``corners_s`` (ascending; after the last it is still).

    ``reaches`` is found by halving, to a microsecond.
    """

    value: Callable[[float], float]
    corners_s: tuple[float, ...]

    def at(self, instant_s: float) -> float:
        return self.value(instant_s)

    def reaches(self, level: float, after_s: float) -> float:
        begin_s = after_s
        for end_s in self.corners_s:
            if end_s <= begin_s:
                continue
            low, high = self.value(begin_s) - level, self.value(end_s) - level
            if low != 0 and (high == 0 or (low < 0) is not (high < 0)):
                return self._halved(level, begin_s, end_s)
            begin_s = end_s
        return NEVER

    def _halved(self, level: float, low_s: float, high_s: float) -> float:
        rising = self.value(low_s) < level
        while high_s - low_s > 1e-6:
            middle_s = (low_s + high_s) / 2
            if (self.value(middle_s) < level) is rising:
                low_s = middle_s
            else:
                high_s = middle_s
        return high_s
