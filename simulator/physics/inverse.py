"""Protection that acts the sooner the more there is: its characteristic, and what a varying current adds up to.

Between the points that a standard or a data sheet gives, a characteristic is straight in double-logarithmic paper,
which is how manufacturers draw it: t = t1·(I/I1)^-k.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from simulator.physics.trace import INSTANT_S, NEVER


@dataclass(frozen=True, slots=True)
class InverseTime:
    """How long a constant current lasts until the device acts.

    ``points``: (A, s), current rising and time not; the first line goes on down to ``threshold_a``, below which the
    device never acts, and the last time holds for everything above. Raises ValueError for points that are none of this.
    """

    threshold_a: float
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not self.points or not 0 < self.threshold_a <= self.points[0][0]:
            raise ValueError("the threshold must lie above 0 and not above the first point")
        if any(high[0] <= low[0] or not 0 < high[1] <= low[1] for low, high in pairwise(self.points)):
            raise ValueError("along the points, current must rise and time must not")

    def after_s(self, current_a: float) -> float:
        """The time that this current takes from rest; infinity below the threshold."""
        if current_a < self.threshold_a:
            return NEVER
        if current_a >= self.points[-1][0]:
            return self.points[-1][1]
        for (low_a, low_s), (high_a, high_s) in pairwise(self.points):
            if current_a < high_a:
                steepness = math.log(low_s / high_s) / math.log(high_a / low_a)
                return low_s * math.pow(current_a / low_a, -steepness)
        return self.points[-1][1]

    def rising_a(self, rise_a_s: float) -> float:
        """The current at which the device acts when it rises steadily from 0 (the ramp test), by halving to 1 nA.

        What counts is the same integral as for any varying current: see ``Exposure``.
        """
        if rise_a_s <= 0:
            raise ValueError("a ramp rises")
        low_a, high_a = self.threshold_a, self.threshold_a + rise_a_s * self.after_s(self.threshold_a)
        while high_a - low_a > 1e-9:
            middle_a = (low_a + high_a) / 2
            if self._share_of_ramp(middle_a) / rise_a_s < 1:
                low_a = middle_a
            else:
                high_a = middle_a
        return high_a

    def _share_of_ramp(self, end_a: float) -> float:
        """The integral of dI/t(I) from the threshold to ``end_a``, in A per s: exact on each straight line."""
        share, begin_a = 0.0, self.threshold_a
        for (low_a, low_s), (high_a, high_s) in pairwise(self.points):
            if begin_a >= high_a:
                continue
            steepness = math.log(low_s / high_s) / math.log(high_a / low_a) + 1
            until_a = min(end_a, high_a)
            grown_a = low_a * (math.pow(until_a / low_a, steepness) - math.pow(begin_a / low_a, steepness))
            share += grown_a / (steepness * low_s)
            begin_a = until_a
            if end_a <= high_a:
                return share
        return share + max(0.0, end_a - begin_a) / self.points[-1][1]


@dataclass(slots=True)
class Exposure:
    """How much of the way to acting a varying current has come: 0 at rest, 1 acts.

    The integral of dt/t(I), as IEC 60255-151 (annex A) defines a dependent-time characteristic under a current that
    varies. Below the threshold it runs back to 0, in ``reset_s`` from 1. Between changes it is a straight line.
    """

    characteristic: InverseTime
    reset_s: float
    share: float = 0.0
    rate: float = 0.0
    since_s: float = 0.0

    def at(self, now: float) -> float:
        """The share at an instant that is not before the last change."""
        return min(1.0, max(0.0, self.share + self.rate * (now - self.since_s)))

    def follow(self, current_a: float, now: float) -> None:
        """From now on this current flows, A."""
        after_s = self.characteristic.after_s(current_a)
        self.share, self.since_s = self.at(now), now
        self.rate = -1 / self.reset_s if after_s == NEVER else 1 / after_s

    def left_s(self, now: float) -> float:
        """The time from now until it acts if the current stays; 0 if it should have by now."""
        share = self.at(now)
        if self.rate <= 0:
            return 0.0 if share >= 1 - 1e-9 else NEVER
        left_s = (1 - share) / self.rate
        return left_s if left_s > INSTANT_S else 0.0

    def clear(self, now: float) -> None:
        """Start again from rest with the same current."""
        self.share, self.since_s = 0.0, now
