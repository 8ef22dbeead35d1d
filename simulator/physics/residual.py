"""Residual current protection: RCDs of type A and detectors of smooth direct current for charging stations.

Sources: IEC 61008-1 and IEC 61009-1 (break times, table of type AC and A; pulsating direct current, 9.9.3), IEC 62955
(RDC-DD: limits for smooth direct current), IEC 61851-1:2017, 8.5 (what a station with a socket or a cable must have).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from simulator.physics.inverse import Exposure, InverseTime
from simulator.physics.trace import NEVER

PULSATING = 1.4
"""How much more of a half-wave current than of a sine a type A needs, r.m.s. (IEC 61008-1, 9.9.3: 1.4 IΔn)."""

AC_LIMITS: tuple[tuple[float, float], ...] = ((1.0, 0.3), (2.0, 0.15), (5.0, 0.04))
"""Longest break time in s from a multiple of IΔn on (IEC 61008-1, table 1, general type; also IEC 61009-1)."""

DC_LIMITS: tuple[tuple[float, float], ...] = ((0.006, 10.0), (0.06, 0.3), (0.2, 0.1))
"""Longest break time in s from a smooth direct current in A on (IEC 62955, table of break times)."""

Cause = Literal["AC", "DC"]


def limit_s(limits: tuple[tuple[float, float], ...], amount: float) -> float:
    """The longest time that a standard leaves the device; infinity below its first value."""
    index = bisect_right(limits, amount, key=lambda limit: limit[0])
    return limits[index - 1][1] if index else NEVER


class SelfTest(NamedTuple):
    """What a device made of its own test current, and how long that took."""

    passed: bool
    took_s: float


@dataclass(frozen=True, slots=True)
class ResidualKind:
    """A protective device. ``ac`` and ``dc``: its characteristics for r.m.s. and smooth current; None: it is blind.

    ``endures_dc_a``: smooth direct current up to which a type A still works as marked (IEC 61008-1, 9.9.3: 6 mA
    superimposed); beyond, its core saturates, here linearly until it sees nothing at ``blind_dc_a``, which is ours: no
    standard says how it fails. ``test_ac_a``/``test_dc_a``: the current of the test winding, which must be noticed
    ``test_within_s``. ``reset_s``: how long it remembers after the fault.
    """

    ac: InverseTime | None
    dc: InverseTime | None
    endures_dc_a: float = NEVER
    blind_dc_a: float = NEVER
    reset_s: float = 0.5
    test_ac_a: float = 0.0
    test_dc_a: float = 0.0
    test_within_s: float = 10.0


def type_a(rated_a: float = 0.030, trips_at: float = 0.75) -> ResidualKind:
    """An RCD of type A whose pointer moves at ``trips_at`` times IΔn: above 0.5 and up to 1 (IEC 61008-1).

    Its times lie below the limits as those of a real device do. The test button makes 2.5 IΔn at most (8.11).
    """
    if not 0.5 < trips_at <= 1:
        raise ValueError("an RCD must not trip at 0.5 IΔn and must at IΔn")
    points = ((rated_a, 0.27), (2 * rated_a, 0.08), (5 * rated_a, 0.02))
    return ResidualKind(
        ac=InverseTime(trips_at * rated_a, points), dc=None, endures_dc_a=0.006, blind_dc_a=0.060,
        test_ac_a=2.5 * rated_a, test_within_s=limit_s(AC_LIMITS, 2.5),
    )  # fmt: skip


RDC_DD = ResidualKind(
    ac=None, dc=InverseTime(0.0045, ((0.006, 0.7), (0.06, 0.24), (0.3, 0.02))), test_dc_a=0.006, test_within_s=10.0
)
"""A detector of smooth direct current, 6 mA; its times are published ones (Bender RCMB104, D00294: 0.5..1 times 6 mA;
700 ms at 6 mA, 240 ms at 60 mA, 20 ms at 300 mA)."""

TYPE_A = type_a()
"""An RCD of type A, 30 mA."""

RCM = ResidualKind(ac=TYPE_A.ac, dc=RDC_DD.dc, test_ac_a=0.030, test_dc_a=0.006, test_within_s=10.0)
"""A residual current monitor that sees both, 30 mA r.m.s. and 6 mA DC, and has the station's contactor opened (the same
sheet: 270 ms, 80 ms and 20 ms at 1, 2 and 5 times 30 mA)."""


@dataclass(slots=True)
class Residual:
    """One device's state. Set a field, then ask ``trip_after_s``: from that call on it counts with what is set now.

    ``leakage_ac_a``: r.m.s., sinusoidal, or a pulsating direct current's if ``pulsating``. ``leakage_dc_a``: smooth.
    ``sensitivity``: what share of the current the transducer shows (1: sound, 0: broken). ``jammed``: it never acts.
    """

    kind: ResidualKind
    leakage_ac_a: float = 0.0
    leakage_dc_a: float = 0.0
    pulsating: bool = False
    sensitivity: float = 1.0
    jammed: bool = False
    _ac: Exposure | None = field(init=False)
    _dc: Exposure | None = field(init=False)

    def __post_init__(self) -> None:
        self._ac = Exposure(self.kind.ac, self.kind.reset_s) if self.kind.ac else None
        self._dc = Exposure(self.kind.dc, self.kind.reset_s) if self.kind.dc else None

    def trip_after_s(self, now: float, live: bool = True) -> float:
        """The time from now until it trips, 0 if it is due, infinity if it is not to; not ``live``: nothing leaks."""
        if self._ac:
            self._ac.follow(self.sensed_ac_a() if live else 0.0, now)
        if self._dc:
            self._dc.follow(self.sensed_dc_a() if live else 0.0, now)
        if self.jammed:
            return NEVER
        return min(exposure.left_s(now) if exposure else NEVER for exposure in (self._ac, self._dc))

    def cause(self, now: float) -> Cause | None:
        """Which current has made it trip, as of now; None: none has."""
        if self.jammed:
            return None
        if self._dc and self._dc.left_s(now) == 0:
            return "DC"
        return "AC" if self._ac and self._ac.left_s(now) == 0 else None

    def reset(self, now: float) -> None:
        """Closed again by hand or by a recloser: it starts from rest."""
        for exposure in (self._ac, self._dc):
            if exposure:
                exposure.clear(now)

    def sensed_ac_a(self) -> float:
        """The sine, r.m.s., that would move the device as the present leakage does."""
        wave_a = self.leakage_ac_a / (PULSATING if self.pulsating else 1.0)
        return wave_a * self._unsaturated() * self.sensitivity

    def sensed_dc_a(self) -> float:
        """The smooth current that the device sees, whichever way it flows."""
        return abs(self.leakage_dc_a) * self.sensitivity

    def self_test(self) -> SelfTest:
        """Send the test current through the test winding: every sense must be moved in time."""
        took_s = 0.0
        for sense, test_a in ((self.kind.ac, self.kind.test_ac_a), (self.kind.dc, self.kind.test_dc_a)):
            if sense and test_a > 0:
                took_s = max(took_s, sense.after_s(test_a * self.sensitivity))
        passed = not self.jammed and took_s <= self.kind.test_within_s
        return SelfTest(passed, took_s if passed else self.kind.test_within_s)

    def _unsaturated(self) -> float:
        excess_a = abs(self.leakage_dc_a) - self.kind.endures_dc_a
        if excess_a <= 0:
            return 1.0
        return max(0.0, 1.0 - excess_a / (self.kind.blind_dc_a - self.kind.endures_dc_a))
