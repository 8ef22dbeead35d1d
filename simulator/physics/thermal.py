"""Bodies that are warmed by losses: cabinet, cable, connector, converter.

Each is a first-order body, C·T' = P − (T − T_ambient)/R, with the exact solution for a loss that stays or that grows or
falls exponentially, as the losses of a charge do. A fan raises the conductance 1/R; the heat capacity C stays.

Reference values: IEC 62196-1 (temperature-rise test: 50 K at the contacts with rated current), IEC 61851-23 and IEC TS
62196-3-1 (DC contacts with thermal sensing: 90 °C), IEC 61851-1:2017 (handles at 40 °C ambient: 60 °C, not of metal).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.physics.trace import INSTANT_S, NEVER, Settling

CONTACT_RISE_K = 50.0
"""How much warmer than its ambient a contact of an accessory may become at rated current (IEC 62196-1)."""
CONTACT_LIMIT_C = 90.0
"""The temperature at which charging by a sensed DC contact must have ended (IEC TS 62196-3-1, IEC 61851-23)."""
HANDLE_LIMIT_C = 60.0
"""What is gripped and not of metal may become so warm in 40 °C (IEC 61851-1:2017)."""
MATINGS = 10_000
"""Insertions and withdrawals that an accessory must survive (IEC 62196-1)."""

_HUGE = 600.0
"""e to this still is a number."""


def joule_w(current_a: float, resistance_ohm: float) -> float:
    """The loss of one conductor or contact, R·I²."""
    return resistance_ohm * current_a**2


def converter_w(output_w: float, efficiency: float) -> float:
    """The loss of a converter that delivers ``output_w`` with an efficiency in 0..1 (0 excluded)."""
    if not 0 < efficiency <= 1:
        raise ValueError("efficiency lies in 0..1")
    return output_w * (1 / efficiency - 1)


def contact_ohm(new_ohm: float, matings: float, worn_times: float = 2.0) -> float:
    """A contact's resistance: new, and ``worn_times`` as much after ``MATINGS``; it goes on rising."""
    return new_ohm * (1 + (worn_times - 1) * matings / MATINGS)


@dataclass(frozen=True, slots=True)
class Air:
    """What is around a body. ``fan``: share 0..1 of its full speed. ``sun``: share 0..1 of full sun, 1 kW/m²."""

    ambient_c: float = 20.0
    fan: float = 0.0
    sun: float = 0.0


@dataclass(frozen=True, slots=True)
class Body:
    """What stores and gives off heat.

    ``resistance_k_w``: K per W against its ambient, without a fan; ``cooled_k_w``: with the fan at full speed, None
    where there is none. ``tau_s``: the time constant without fan. ``solar_w``: what full sun warms it with.
    """

    resistance_k_w: float
    tau_s: float
    cooled_k_w: float | None = None
    solar_w: float = 0.0

    def __post_init__(self) -> None:
        if min(self.resistance_k_w, self.tau_s) <= 0 or not 0 < self.at_full_k_w <= self.resistance_k_w:
            raise ValueError("resistances and time constants are above 0, and a fan cools")

    @property
    def at_full_k_w(self) -> float:
        """K per W with the fan at full speed."""
        return self.resistance_k_w if self.cooled_k_w is None else self.cooled_k_w

    @property
    def capacity_j_k(self) -> float:
        """The heat capacity, J per K."""
        return self.tau_s / self.resistance_k_w

    def cooled_by(self, fan: float) -> float:
        """K per W at a share 0..1 of the fan's speed: its conductance adds in proportion to the air that it moves."""
        own = 1 / self.resistance_k_w
        return 1 / (own + fan * (1 / self.at_full_k_w - own))

    def rest_c(self, air: Air, loss_w: float = 0.0) -> float:
        """The equilibrium temperature with a constant loss."""
        return air.ambient_c + self.cooled_by(air.fan) * (loss_w + air.sun * self.solar_w)

    def settling_s(self, air: Air) -> float:
        """The time constant that the fan leaves."""
        return self.capacity_j_k * self.cooled_by(air.fan)

    def warming(self, begin_s: float, value_c: float, air: Air, loss_w: float) -> Settling:
        """Its temperature from ``begin_s`` on, when it is ``value_c``, with a constant loss."""
        return Settling(begin_s, value_c, self.rest_c(air, loss_w), self.settling_s(air))

    def driven(self, begin_s: float, value_c: float, air: Air, loss_w: float, *, growth_per_s: float) -> Driven:
        """The same with a loss of ``loss_w``·exp(``growth_per_s``·t).

        Where power is P0·exp(k·t) at a constant voltage, a converter's loss grows with k and one of R·I² with 2·k.
        """
        drive = loss_w / self.capacity_j_k
        return Driven(begin_s, value_c, self.rest_c(air), self.settling_s(air), drive, growth_per_s)


def body(rise_k: float, rated_a: float, resistance_ohm: float, tau_s: float) -> Body:
    """A body that a current of ``rated_a`` through ``resistance_ohm`` makes ``rise_k`` warmer than its ambient."""
    return Body(rise_k / joule_w(rated_a, resistance_ohm), tau_s)


@dataclass(frozen=True, slots=True)
class Driven:
    """A Trace of a temperature: ``value`` at ``begin_s``, drawn to ``base`` and driven by ``drive``·e^(g·t) K/s.

    With τ = ``tau_s`` and g = ``growth``: T(t) = base + (value − base)·e^(−t/τ) + drive·(e^(g·t) − e^(−t/τ))/(g + 1/τ).
    """

    begin_s: float
    value: float
    base: float
    tau_s: float
    drive: float
    growth: float

    def at(self, instant_s: float) -> float:
        elapsed_s = instant_s - self.begin_s
        rate = self.growth + 1 / self.tau_s
        both = rate * elapsed_s
        if both > 1:  # both ways are the same number; this one doesn't lose it to a tiny times a huge one
            driven = (math.exp(min(self.growth * elapsed_s, _HUGE)) - math.exp(-elapsed_s / self.tau_s)) / rate
        else:
            driven = math.exp(-elapsed_s / self.tau_s) * elapsed_s * (math.expm1(both) / both if both else 1.0)
        return self.base + (self.value - self.base) * math.exp(-elapsed_s / self.tau_s) + self.drive * driven

    @property
    def turns_s(self) -> float:
        """The instant after ``begin_s`` at which it is at its highest or lowest; infinity if it never turns."""
        if self.drive == 0 or self._stays():
            return NEVER
        rate = self.growth + 1 / self.tau_s
        lead_s = ((self.value - self.base) / self.drive - self.tau_s) / (self.growth * self.tau_s)
        if 1 + rate * lead_s <= 0:
            return NEVER
        elapsed_s = math.log1p(rate * lead_s) / rate if rate else lead_s
        return self.begin_s + elapsed_s if elapsed_s > 0 else NEVER

    def reaches(self, level: float, after_s: float) -> float:
        turns_s = self.turns_s
        if after_s < turns_s < NEVER:
            if _between(self.at(after_s), level, self.at(turns_s)):
                return self._crossing(level, after_s, turns_s)
            after_s = turns_s
        if not _between(self.at(after_s), level, self._end()):
            return NEVER
        beyond_s = self._beyond(level, after_s)
        return self._crossing(level, after_s, beyond_s) if beyond_s < NEVER else NEVER

    def slope(self, instant_s: float) -> float:
        """K/s at an instant."""
        growth = min(self.growth * (instant_s - self.begin_s), _HUGE)
        return (self.base - self.at(instant_s)) / self.tau_s + self.drive * math.exp(growth)

    def _end(self) -> float:
        """Where it goes in the long run."""
        if self._stays():
            return self.base + self.drive * self.tau_s
        return math.copysign(math.inf, self.drive) if self.growth > 0 and self.drive else self.base

    def _stays(self) -> bool:
        """Whether the drive grows or falls so slowly that a double cannot tell it."""
        return self.growth + 1 / self.tau_s == 1 / self.tau_s

    def _beyond(self, level: float, after_s: float) -> float:
        """An instant by which a level that lies ahead is behind, if no turn is ahead; infinity if only in ages."""
        rising = self.at(after_s) < level
        step_s = self.tau_s
        while (self.at(after_s + step_s) < level) is rising:
            step_s *= 2
            if step_s > 1e9 * self.tau_s:
                return NEVER
        return after_s + step_s

    def _crossing(self, level: float, low_s: float, high_s: float) -> float:
        """The one instant between two others at which it is at a level: Newton's steps, halving where they lead out."""
        rising, instant_s = self.at(low_s) < level, (low_s + high_s) / 2
        while high_s - low_s > INSTANT_S and low_s < instant_s < high_s:
            lack = level - self.at(instant_s)
            low_s, high_s = (instant_s, high_s) if (lack > 0) is rising else (low_s, instant_s)
            slope = self.slope(instant_s)
            guess_s = instant_s + lack / slope if slope else low_s
            if abs(guess_s - instant_s) < INSTANT_S / 2:
                return min(high_s, max(low_s, guess_s) + INSTANT_S)
            instant_s = guess_s if low_s < guess_s < high_s else (low_s + high_s) / 2
        return high_s


def _between(begin: float, level: float, end: float) -> bool:
    """Whether a level is passed on the way, without what lies at its beginning."""
    return begin < level < end or end < level < begin
