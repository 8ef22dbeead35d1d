"""Over-current protection: the thermal-magnetic circuit-breaker, and what a station's electronics make of a current
above the one that they allow.

Sources: IEC 60898-1, tables 2 and 7 (time-current zone). The bimetal is a first-order body, as IEC 60255-149 models
thermal relays: θ' = ((I/k·In)² − θ)/τ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from simulator.physics.trace import INSTANT_S, NEVER, Settling

CALIBRATED_C = 30.0
"""The ambient temperature at which a breaker is calibrated (IEC 60898-1)."""


class Characteristic(StrEnum):
    """The range of instantaneous tripping (IEC 60898-1, table 2)."""

    B = "B"
    C = "C"
    D = "D"


INSTANTANEOUS: dict[Characteristic, tuple[float, float]] = {
    Characteristic.B: (3.0, 5.0),
    Characteristic.C: (5.0, 10.0),
    Characteristic.D: (10.0, 20.0),
}
"""Multiples of In: at the first it holds for 0.1 s at least, at the second it trips within (IEC 60898-1, table 7)."""


@dataclass(frozen=True, slots=True)
class BreakerKind:
    """A circuit-breaker. Multiples are of ``rated_a``. Raises ValueError outside the standard's zone.

    ``holds``: the current that it just carries for ever, between 1.13 and 1.45. ``tau_s``: the bimetal's time constant.
    ``magnetic``: where the coil acts, by default the geometric middle of its range; it takes ``release_s``.
    ``trip_rise_k``: how much warmer than ``CALIBRATED_C`` the bimetal is when it trips; the ambient does part of that.
    """

    rated_a: float
    characteristic: Characteristic = Characteristic.C
    holds: float = 1.28
    tau_s: float = 60.0
    magnetic: float = 0.0
    release_s: float = 0.01
    trip_rise_k: float = 60.0

    def __post_init__(self) -> None:
        low, high = INSTANTANEOUS[self.characteristic]
        if not 1.13 < self.holds < 1.45:
            raise ValueError("1.13 In must be carried for ever, 1.45 In must not")
        if self.magnetic and not low < self.magnetic <= high:
            raise ValueError(f"characteristic {self.characteristic} acts at once between {low} and {high} In")
        if min(self.rated_a, self.tau_s, self.release_s, self.trip_rise_k) <= 0:
            raise ValueError("ratings are above 0")

    @property
    def instantaneous_a(self) -> float:
        """The current, r.m.s., from which the coil acts."""
        return self.rated_a * (self.magnetic or math.sqrt(math.prod(INSTANTANEOUS[self.characteristic])))

    def final(self, current_a: float, ambient_c: float = CALIBRATED_C) -> float:
        """Where the heat θ of the bimetal would end; it trips at 1."""
        return (current_a / (self.holds * self.rated_a)) ** 2 + (ambient_c - CALIBRATED_C) / self.trip_rise_k

    def trip_s(self, current_a: float, heat: float = 0.0, ambient_c: float = CALIBRATED_C) -> float:
        """The time until a constant current trips it, by whichever release is first; infinity: never."""
        overload_s = self.overload_s(current_a, heat, ambient_c)
        return min(overload_s, self.release_s) if current_a >= self.instantaneous_a else overload_s

    def overload_s(self, current_a: float, heat: float = 0.0, ambient_c: float = CALIBRATED_C) -> float:
        """The time until the bimetal trips: t = τ·ln((θ∞ − θ0)/(θ∞ − 1)); infinity: never."""
        if heat >= 1:
            return 0.0
        final = self.final(current_a, ambient_c)
        return self.tau_s * math.log((final - heat) / (final - 1)) if final > 1 else NEVER


@dataclass(frozen=True, slots=True)
class Inrush:
    """A decaying pulse, i(t) = peak·exp(-t/τ), as the filter capacitors of an on-board charger draw.

    IEC 61851-1:2017 and ISO 17409 leave an EV 230 A for 100 µs, then 30 A for a second.
    """

    peak_a: float = 230.0
    tau_s: float = 100e-6

    @property
    def square_a2s(self) -> float:
        """The pulse's ∫i²dt, what it heats with."""
        return self.peak_a**2 * self.tau_s / 2

    def above_s(self, level_a: float) -> float:
        """For how long it exceeds a current."""
        return self.tau_s * math.log(self.peak_a / level_a) if self.peak_a > level_a else 0.0


@dataclass(slots=True)
class Breaker:
    """One breaker's state. Set ``current_a`` (that of the fullest pole) or ``ambient_c``, then ask ``trip_after_s``.

    ``jammed``: it never trips. What it has carried it remembers as heat, and cools with the same time constant.
    """

    kind: BreakerKind
    current_a: float = 0.0
    ambient_c: float = CALIBRATED_C
    jammed: bool = False
    _heat: Settling = field(init=False)
    _coil_since_s: float | None = None

    def __post_init__(self) -> None:
        rest = self.kind.final(0.0, self.ambient_c)
        self._heat = Settling(0.0, rest, rest, self.kind.tau_s)

    def heat(self, now: float) -> float:
        """θ: 0 cold at 30 °C, 1 trips."""
        return self._heat.at(now)

    def trip_after_s(self, now: float) -> float:
        """The time from now until it trips if nothing changes; 0 if it is due, infinity if it holds."""
        self._follow(now, self._heat.at(now))
        if self.jammed:
            return NEVER
        coil_s = NEVER if self._coil_since_s is None else self._coil_since_s + self.kind.release_s - now
        left_s = min(coil_s, self.kind.overload_s(self.current_a, self.heat(now), self.ambient_c))
        return left_s if left_s > INSTANT_S else 0.0

    def takes(self, inrush: Inrush, now: float) -> bool:
        """Let a pulse through, so short against the bimetal that it heats at once; False if the breaker trips by it.

        The coil needs the peak of a sine of its current for ``release_s``.
        """
        warmth = inrush.square_a2s / ((self.kind.holds * self.kind.rated_a) ** 2 * self.kind.tau_s)
        self._follow(now, self._heat.at(now) + warmth)
        pulled = inrush.above_s(math.sqrt(2) * self.kind.instantaneous_a) >= self.kind.release_s
        return self.jammed or not (pulled or self.heat(now) >= 1)

    def closes(self, now: float) -> bool:
        """Whether its handle would stay closed: not while the bimetal is still bent."""
        return self.heat(now) < 1

    def _follow(self, now: float, heat: float) -> None:
        self._heat = Settling(now, heat, self.kind.final(self.current_a, self.ambient_c), self.kind.tau_s)
        if self.current_a < self.kind.instantaneous_a:
            self._coil_since_s = None
        elif self._coil_since_s is None:
            self._coil_since_s = now


@dataclass(frozen=True, slots=True)
class Supervision:
    """How a station's electronics watch that the EV keeps to the current that the pilot allows.

    It acts ``timeout_s`` after the current rose above (allowed + ``noise_a``)·(1 + ``tolerance``). The defaults are
    those of EVerest's EvseManager (soft over-current: 10 %, 0.5 A, 7 s), which leaves the EV the 5 s that IEC
    61851-1:2017, annex A, gives it to follow a changed duty cycle.
    """

    tolerance: float = 0.10
    noise_a: float = 0.5
    timeout_s: float = 7.0

    def bound_a(self, allowed_a: float) -> float:
        """The highest current that is let pass."""
        return (allowed_a + self.noise_a) * (1 + self.tolerance)


@dataclass(slots=True)
class Supervisor:
    """One station's watch over a current; set the fields, then ask."""

    supervision: Supervision
    current_a: float = 0.0
    allowed_a: float = math.inf
    since_s: float | None = None

    def trip_after_s(self, now: float) -> float:
        """The time from now until it acts if nothing changes; 0 if it is due, infinity if all is well."""
        if self.current_a <= self.supervision.bound_a(self.allowed_a):
            self.since_s = None
            return NEVER
        if self.since_s is None:
            self.since_s = now
        left_s = self.since_s + self.supervision.timeout_s - now
        return left_s if left_s > INSTANT_S else 0.0
