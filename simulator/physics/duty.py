"""What the duty cycle of the control pilot says: the greatest current, or how else to learn it (IEC 61851-1 annex A).

The station writes by ``percent``, the EV reads by ``meaning`` and ``current_a``: the tables of what is given and of how
it is read differ at the edges, so that a small error of measurement does not end a charge.
"""

from __future__ import annotations

from enum import StrEnum

LEAST_A, MOST_A = 6.0, 80.0
"""The range of currents that a duty cycle can tell."""
STEADY_PERCENT = 100.0
"""No pulses but a steady +12 V: the station gives nothing now (states A1 to D1)."""
DOWN_PERCENT = 0.0
"""No pulses but a steady -12 V: the station cannot be used (state F)."""
DIGITAL_PERCENT = 5.0
"""The current is agreed upon by digital communication (ISO 15118, DIN SPEC 70121)."""
FREQUENCY_HZ = 1000.0
FREQUENCY_TOLERANCE = 0.02

_KNEE_PERCENT, _KNEE_A = 85.0, 51.0  # up to here 0.6 A per percent, beyond it 2.5 A per percent above 64


class Meaning(StrEnum):
    """How an EV understands a duty cycle."""

    NOTHING = "no charging"
    DIGITAL = "digital communication required"
    CURRENT = "a greatest current"


def meaning(percent: float) -> Meaning:
    """How an EV understands a duty cycle (IEC 61851-1 annex A, duty cycle as detected by the EV).

    Below 3 %, between 7 and 8 %, and above 97 % it must not charge. Raises ValueError outside 0..100 %.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"a duty cycle lies in 0..100 %, not {percent}")
    if 3 <= percent <= 7:
        return Meaning.DIGITAL
    return Meaning.CURRENT if 8 <= percent <= 97 else Meaning.NOTHING


def current_a(percent: float) -> float:
    """The greatest current per phase that an EV may draw at a duty cycle; 0 where it says none.

    8..10 %: 6 A. 10..85 %: 0.6 A per percent. 85..96 %: (percent - 64) · 2.5 A. 96..97 %: 80 A (as ``meaning``).
    """
    if meaning(percent) is not Meaning.CURRENT:
        return 0.0
    if percent <= _KNEE_PERCENT:
        return max(LEAST_A, percent * 0.6)
    return min(MOST_A, (percent - 64) * 2.5)


def percent(offered_a: float) -> float:
    """The duty cycle by which a station offers a current (IEC 61851-1 annex A, duty cycle as given by the station).

    Below 6 A nothing can be offered: ``STEADY_PERCENT``. From 51 to 52.5 A the two ranges leave a gap: 51 A is offered;
    above 80 A, 80 A. Raises ValueError for what is no current.
    """
    if not offered_a >= 0:
        raise ValueError(f"a current to offer is not negative, not {offered_a}")
    if offered_a < LEAST_A:
        return STEADY_PERCENT
    if offered_a <= _KNEE_A:
        return offered_a / 0.6
    return max(_KNEE_PERCENT, min(offered_a, MOST_A) / 2.5 + 64)
