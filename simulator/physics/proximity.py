"""The proximity contact: a resistor in the plug that tells what the cable may carry (IEC 61851-1:2017, annex B).

A cable that a driver brings says its rating to the station (types 2 and 3). An attached cable with a plug of type 1
says to the EV whether it is in and whether somebody presses the latch (SAE J1772; IEC 61851-1 annex B).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Wrong(StrEnum):
    """Why the contact tells no rating."""

    SHORT = "shorted: there is no such resistor"
    MISSING = "open: no plug, or its resistor is missing"


class Cable(NamedTuple):
    """What a station makes of the resistance. ``rated_a``: what may flow per phase; 0 where something is wrong."""

    rated_a: float
    wrong: Wrong | None = None


CODED_OHM = {13.0: 1500.0, 20.0: 680.0, 32.0: 220.0, 63.0: 100.0}
"""Rating of the cable in A to nominal resistance (table B.1). 63 A is 70 A where only one phase is used."""
SINGLE_PHASE_MOST_A = 70.0

SHORT_BELOW_OHM, MISSING_ABOVE_OHM = 60.0, 4500.0
MOST_OHM = {63.0: 140.0, 32.0: 308.0, 20.0: 936.0, 13.0: MISSING_ABOVE_OHM}
"""The greatest resistance that is read as each rating. Each rating is surely meant in 1100..2460, 400..936, 164..308
and 80..140 Ω; what lies between two such ranges is read as the smaller rating."""


def cable(ohm: float, phases: int = 3) -> Cable:
    """What a station makes of a resistance between proximity contact and earth.

    Raises ValueError where ``ohm`` is negative or not a number.
    """
    if not ohm >= 0:
        raise ValueError(f"a resistance is not negative, not {ohm}")
    if ohm < SHORT_BELOW_OHM:
        return Cable(0.0, Wrong.SHORT)
    for rated_a, most_ohm in MOST_OHM.items():
        if ohm <= most_ohm:
            return Cable(SINGLE_PHASE_MOST_A if rated_a == 63 and phases == 1 else rated_a)
    return Cable(0.0, Wrong.MISSING)


def coded_ohm(rated_a: float) -> float:
    """The resistor of a cable for at least ``rated_a``. Raises ValueError above 70 A, for which there is none."""
    for coded_a, ohm in CODED_OHM.items():
        if rated_a <= coded_a:
            return ohm
    if rated_a <= SINGLE_PHASE_MOST_A:
        return CODED_OHM[63.0]
    raise ValueError(f"no cable is coded for {rated_a} A")


@dataclass(slots=True)
class Proximity:
    """The contact of one socket. ``resistor_ohm``: of the plug in it, infinite without one.

    Faults: ``shorted`` to earth; ``broken`` wire; ``error``, by which share the resistance is off.
    """

    resistor_ohm: float = math.inf
    shorted: bool = False
    broken: bool = False
    error: float = 0.0

    @property
    def ohm(self) -> float:
        """The resistance that the station measures."""
        if self.shorted:
            return 0.0
        return math.inf if self.broken else max(0.0, self.resistor_ohm * (1 + self.error))

    def cable(self, phases: int = 3) -> Cable:
        """What the station makes of it."""
        return cable(self.ohm, phases)


# -- type 1: the EV looks, at a plug with a latch -------------------------------------------------------------------

LATCHED_OHM, PRESSED_OHM = 150.0, 480.0
"""In the plug of type 1: 150 Ω; pressing the latch opens a switch over another 330 Ω (SAE J1772)."""
_SUPPLY_V, _PULL_UP_OHM, _OWN_OHM = 5.0, 330.0, 2700.0


class Latch(StrEnum):
    """What an EV with an inlet of type 1 makes of its plug."""

    OUT = "no plug"
    PRESSED = "the latch is pressed: stop before the contacts part"
    IN = "latched"


def latch_v(ohm: float) -> float:
    """The voltage in the EV with ``ohm`` in the plug: 5 V through 330 Ω, with 2.7 kΩ to earth beside (SAE J1772)."""
    load_ohm = _OWN_OHM if math.isinf(ohm) else _OWN_OHM * ohm / (_OWN_OHM + ohm)
    return _SUPPLY_V * load_ohm / (_PULL_UP_OHM + load_ohm)


def latch(voltage_v: float) -> Latch:
    """What an EV makes of a voltage: the nearest of 4.46 V (no plug), 2.76 V (pressed) and 1.51 V (latched)."""
    levels = {Latch.OUT: math.inf, Latch.PRESSED: PRESSED_OHM, Latch.IN: LATCHED_OHM}
    return min(levels, key=lambda state: abs(latch_v(levels[state]) - voltage_v))
