"""Thresholds with hysteresis: what a comparator, a thermostat or a derating table makes of a quantity."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from simulator.physics.trace import Trace

NEARLY = 1e-9
"""Relative to the level: what rounding of the clock may leave between a quantity and the level that it reaches."""


@dataclass(frozen=True, slots=True)
class Staircase:
    """Steps up at ``levels`` (ascending) and down again ``hysteresis`` below each. Step 0 lies below all levels.

    Raises ValueError for levels that do not ascend, or without a hysteresis above 0: it would never come to rest.
    """

    levels: tuple[float, ...]
    hysteresis: float

    def __post_init__(self) -> None:
        if any(high <= low for low, high in pairwise(self.levels)):
            raise ValueError("levels must ascend")
        if not self.hysteresis > 0:
            raise ValueError(f"a hysteresis must be above 0, not {self.hysteresis}")

    def step(self, value: float, before: int) -> int:
        """The step on which a quantity stands that came from step ``before``."""
        step = before
        while step < len(self.levels) and value >= self.levels[step] - _slack(self.levels[step]):
            step += 1
        while step > 0 and value <= (down := self.levels[step - 1] - self.hysteresis) + _slack(down):
            step -= 1
        return step

    def next_s(self, trace: Trace, step: int, now_s: float) -> float:
        """The instant at which a quantity leaves its step; infinity if it never does."""
        instants = [trace.reaches(level, now_s) for level in self.levels[step : step + 1]]
        if step > 0:
            instants.append(trace.reaches(self.levels[step - 1] - self.hysteresis, now_s))
        return min(instants)


def _slack(level: float) -> float:
    return NEARLY * max(1.0, abs(level))
