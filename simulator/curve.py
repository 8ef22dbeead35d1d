"""Piecewise-linear functions: what batteries and limits look like between their corners."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise


@dataclass(frozen=True, slots=True)
class Curve:
    """Straight lines through ``points`` (x strictly rising), level beyond the first and the last one.

    Raises ValueError where the points make no such function.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not self.points:
            raise ValueError("a curve needs at least one point")
        if not all(math.isfinite(x) and math.isfinite(y) for x, y in self.points):
            raise ValueError("a curve's points must be finite numbers")
        if any(x1 <= x0 for (x0, _), (x1, _) in pairwise(self.points)):
            raise ValueError("a curve's points must go from left to right, each x once")

    @classmethod
    def level(cls, y: float) -> Curve:
        """The same value everywhere."""
        return cls(((0.0, y),))

    def at(self, x: float) -> float:
        """The value at ``x``."""
        points = self.points
        right = bisect_right(points, (x, math.inf))  # as pairs: to bisect by a key would call Python for each
        if right == 0:
            return points[0][1]
        if right == len(points):
            return points[-1][1]
        (x0, y0), (x1, y1) = points[right - 1], points[right]
        return y0 + (y1 - y0) * ((x - x0) / (x1 - x0))

    def scaled(self, factor: float) -> Curve:
        """This curve with every value multiplied by ``factor``."""
        return Curve(tuple((x, y * factor) for x, y in self.points))

    def raised(self, by: float) -> Curve:
        """This curve with ``by`` added to every value."""
        return Curve(tuple((x, y + by) for x, y in self.points))

    def last_at_least(self, floor: Curve, start: float, end: float) -> float | None:
        """The greatest x in start..end at which this curve is not below ``floor``; None if it is below everywhere."""
        xs = _corners((self, floor), start, end)
        for x0, x1 in pairwise(reversed(xs)):
            above, before = self.at(x0) - floor.at(x0), self.at(x1) - floor.at(x1)
            if above >= 0:
                return x0
            if before >= 0:
                return x1 + (x0 - x1) * (before / (before - above))
        return start if self.at(start) >= floor.at(start) else None


def lowest(curves: Sequence[Curve], start: float = 0.0, end: float = 1.0) -> Curve:
    """The least of several curves between ``start`` and ``end``, with a corner wherever two of them cross."""
    xs = set(_corners(curves, start, end))
    for x0, x1 in pairwise(sorted(xs)):
        lines = [(curve.at(x0), curve.at(x1)) for curve in curves]
        xs.update(_crossings(lines, x0, x1))
    return Curve(tuple((x, min(curve.at(x) for curve in curves)) for x in sorted(xs)))


def _crossings(lines: Iterable[tuple[float, float]], x0: float, x1: float) -> Iterable[float]:
    for (f0, f1), (g0, g1) in combinations(lines, 2):
        d0, d1 = f0 - g0, f1 - g1
        if d0 * d1 < 0:
            x = x0 + (x1 - x0) * (d0 / (d0 - d1))
            if x0 < x < x1:
                yield x


def _corners(curves: Iterable[Curve], start: float, end: float) -> list[float]:
    inner = {x for curve in curves for x, _ in curve.points if start < x < end}
    return sorted(inner | {start, end})
