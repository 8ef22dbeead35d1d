"""Less current where it is hot: the derating curve, in steps with hysteresis or continuous, and the cut-off.

The straight line between a temperature where it begins and one where nothing is left is what charge controllers let one
set (Phoenix Contact CHARX control, derating by Pt 1000). A charger may follow it in steps, which is what ``band`` is
for: nothing happens until the temperature leaves the band of the present step. Or it follows the line continuously;
then temperature and current settle together (``balance``), on a way that is known in closed form (``Derated``).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from simulator.physics.trace import NEVER, Settling, Trace

NEAR_K = 1e-6
"""A level counts as reached so near to it: who wakes at the instant of a crossing may find itself just before it."""


class Band(NamedTuple):
    """Temperatures between which a step stays: down at ``low_c`` there is more current again, up at ``high_c`` less."""

    low_c: float
    high_c: float


class Balance(NamedTuple):
    """Where temperature and current settle: °C, and the share of the full current that is left."""

    temperature_c: float
    share: float


@dataclass(frozen=True, slots=True)
class Derating:
    """Full current up to ``full_c``, then less in a straight line, none from ``zero_c`` on.

    ``steps``: into how many the line is cut. ``hysteresis_k``: how much cooler than where a step began it must become
    to take it back. Raises ValueError if the line falls the wrong way, or if a step could be taken and left at once.
    """

    full_c: float
    zero_c: float
    hysteresis_k: float = 3.0
    steps: int = 10

    def __post_init__(self) -> None:
        if self.zero_c <= self.full_c or self.hysteresis_k <= 2 * NEAR_K or self.steps < 1:
            raise ValueError("derating ends above where it begins, and needs a hysteresis")

    @property
    def span_k(self) -> float:
        """From full current to none."""
        return self.zero_c - self.full_c

    def share(self, temperature_c: float) -> float:
        """The share 0..1 of the full current on the continuous curve."""
        return min(1.0, max(0.0, (self.zero_c - temperature_c) / self.span_k))

    def share_of(self, step: int) -> float:
        """The share of the full current at a step: 1 at 0, 0 at ``steps``."""
        return 1 - step / self.steps

    def band(self, step: int) -> Band:
        """Where this step stays as it is; infinite at the ends."""
        pace_k = self.span_k / self.steps
        low_c = self.full_c + pace_k * step - self.hysteresis_k if step > 0 else -math.inf
        return Band(low_c, self.full_c + pace_k * (step + 1) if step < self.steps else math.inf)

    def step(self, temperature_c: float, before: int = 0) -> int:
        """The step at a temperature, coming from another one."""
        while temperature_c >= self.band(before).high_c - NEAR_K:
            before += 1
        while temperature_c <= self.band(before).low_c + NEAR_K:
            before -= 1
        return before

    def leaves_s(self, trace: Trace, step: int, now: float) -> float:
        """The first instant after ``now`` at which a temperature leaves the band of this step; infinity if it stays."""
        return min(trace.reaches(level_c, now) for level_c in self.band(step) if math.isfinite(level_c))

    def resting_step(self, rest_c: float, rise_k: float) -> int | None:
        """The step with the most current at which a body stays for good; None if it goes to and fro between two.

        It does where one step warms it out of its band and the next cools it out of the other end, which a hysteresis
        wider than the difference between the two makes impossible. Arguments are those of ``balance``.
        """
        for step in range(self.steps + 1):
            low_c, high_c = self.band(step)
            if low_c < rest_c + rise_k * self.share_of(step) ** 2 < high_c:
                return step
        return None

    def balance(self, rest_c: float, rise_k: float) -> Balance:
        """Where a body settles on the continuous curve.

        ``rest_c``: its equilibrium without current (ambient, sun, other losses). ``rise_k``: how much the full current
        would warm it, which goes with the square of the current: T = rest + rise·share(T)².
        """
        if rest_c + rise_k <= self.full_c:
            return Balance(rest_c + rise_k, 1.0)
        if rest_c >= self.zero_c:
            return Balance(rest_c, 0.0)
        lack_k = self.zero_c - rest_c
        share = 2 * lack_k / (self.span_k + math.sqrt(self.span_k**2 + 4 * rise_k * lack_k))
        return Balance(self.zero_c - share * self.span_k, share)


@dataclass(frozen=True, slots=True)
class CutOff:
    """No current from ``limit_c`` on, until it is ``hysteresis_k`` cooler."""

    limit_c: float
    hysteresis_k: float = 10.0

    def off(self, temperature_c: float, before: bool = False) -> bool:
        """Whether current is cut off, having been so or not before."""
        level_c = self.level_c(before)
        return temperature_c > level_c + NEAR_K if before else temperature_c >= level_c - NEAR_K

    def level_c(self, off: bool) -> float:
        """The temperature at which that changes."""
        return self.limit_c - self.hysteresis_k if off else self.limit_c


@dataclass(frozen=True, slots=True)
class Derated:
    """A Trace of the temperature of a body whose current follows the continuous curve: it goes one way, to the balance.

    Below the curve and above it, it settles as any body does. On its slope, τ·T' = rest + rise·share(T)² − T is a
    Riccati equation with constant coefficients, whose solution is a hyperbolic tangent.
    """

    begin_s: float
    value: float
    rest: float
    rise: float
    tau_s: float
    derating: Derating

    def at(self, instant_s: float) -> float:
        for piece in self._pieces():
            if instant_s < piece.end_s:
                break
        return piece.trace.at(instant_s)

    def reaches(self, level: float, after_s: float) -> float:
        for piece in self._pieces():
            if piece.low_c <= level <= piece.high_c:
                instant_s = piece.trace.reaches(level, after_s)
                if instant_s < NEVER:
                    return instant_s
        return NEVER

    def _pieces(self) -> Iterator[_Piece]:
        curve, final = self.derating, self.derating.balance(self.rest, self.rise).temperature_c
        begin_s, value = self.begin_s, self.value
        while begin_s < NEVER:
            rising = final > value
            trace: Trace
            if value < curve.full_c or (value == curve.full_c and not rising):
                edge, trace = curve.full_c, Settling(begin_s, value, self.rest + self.rise, self.tau_s)
            elif value > curve.zero_c or (value == curve.zero_c and rising):
                edge, trace = curve.zero_c, Settling(begin_s, value, self.rest, self.tau_s)
            else:
                edge = curve.zero_c if rising else curve.full_c
                trace = _Slope(begin_s, value, self.rest, self.rise, self.tau_s, curve)
            end_s = trace.reaches(edge, begin_s)
            last = edge if end_s < NEVER else final
            yield _Piece(end_s, min(value, last), max(value, last), trace)
            begin_s, value = end_s, edge


class _Piece(NamedTuple):
    """A stretch of the way: until when, which temperatures, and how."""

    end_s: float
    low_c: float
    high_c: float
    trace: Trace


@dataclass(frozen=True, slots=True)
class _Slope:
    """The way on the slope of a derating curve, in the share u = (zero − T)/span of the full current.

    u' = −(rise·u² + span·u − (zero − rest))/(τ·span), so that (u − u1)/(u − u2) falls exponentially, u1 and u2 being
    the roots; they are complex where the surroundings alone are much too hot.
    """

    begin_s: float
    value: float
    rest: float
    rise: float
    tau_s: float
    derating: Derating

    def at(self, instant_s: float) -> float:
        curve, elapsed_s = self.derating, instant_s - self.begin_s
        if self.rise < NEAR_K:
            return self.rest + (self.value - self.rest) * math.exp(-elapsed_s / self.tau_s)
        first, second, rate = self._roots()
        ratio = self._ratio(self.value) * cmath.exp(-rate * elapsed_s)
        return curve.zero_c - curve.span_k * ((first - second * ratio) / (1 - ratio)).real

    def reaches(self, level: float, after_s: float) -> float:
        if self.rise < NEAR_K:
            return Settling(self.begin_s, self.value, self.rest, self.tau_s).reaches(level, after_s)
        final = self.derating.balance(self.rest, self.rise).temperature_c
        if not min(self.value, final) < level < max(self.value, final):
            return NEVER
        _, _, rate = self._roots()
        turned = cmath.log(self._ratio(self.value) / self._ratio(level))  # less than half a turn, so its angle is known
        instant_s = self.begin_s + (turned / rate).real
        return instant_s if instant_s > after_s else NEVER

    def _roots(self) -> tuple[complex, complex, complex]:
        span, lack_k = self.derating.span_k, self.derating.zero_c - self.rest
        root = cmath.sqrt(span**2 + 4 * self.rise * lack_k)
        if abs(root) < 1e-4 * span:  # a double root, split by so little that its square does not show
            root = complex(1e-4 * span)
        return 2 * lack_k / (root + span), (-root - span) / (2 * self.rise), root / (self.tau_s * span)

    def _ratio(self, temperature_c: float) -> complex:
        first, second, _ = self._roots()
        share = (self.derating.zero_c - temperature_c) / self.derating.span_k
        return (share - first) / (share - second)
