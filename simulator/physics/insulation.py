"""The insulation of a DC output against earth: how good it must be, and how soon its monitor knows (IEC 61851-23).

A DC output is an IT system: no pole is earthed, so a first fault harms nobody and trips nothing. A monitor measures the
resistance of both poles to earth, before a charge (cable check) and during it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from simulator.physics.trace import Settling

FAULT_OHM_PER_V, WARNING_OHM_PER_V = 100.0, 500.0
"""IEC 61851-23 annex CC: at or below it no charging, and at or below it a warning; per volt of the highest output."""
SOUND_OHM = 1e7
"""What a dry, clean station with an EV has."""


class Insulation(StrEnum):
    """What a station says of the insulation (isolation level of DIN SPEC 70121 and ISO 15118-2)."""

    VALID = "Valid"
    WARNING = "Warning"
    FAULT = "Fault"


def insulation(ohm: float, max_v: float) -> Insulation:
    """How a resistance to earth counts for an output of up to ``max_v``."""
    if ohm <= FAULT_OHM_PER_V * max_v:
        return Insulation.FAULT
    return Insulation.WARNING if ohm <= WARNING_OHM_PER_V * max_v else Insulation.VALID


def in_all_ohm(plus_ohm: float, minus_ohm: float = math.inf) -> float:
    """The resistance of both poles to earth, which is what a monitor measures."""
    siemens = sum(1 / ohm if ohm > 0 else math.inf for ohm in (plus_ohm, minus_ohm))
    return 1 / siemens if siemens else math.inf


def touch_a(voltage_v: float, ohm: float) -> float:
    """The current through a hand on one pole when the other pole's insulation is ``ohm``: the reason for the limits.

    With 100 Ω/V it is 10 mA.
    """
    return voltage_v / ohm if ohm > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Reading:
    """What a monitor shows over time: the conductance follows the true one with a first-order lag. A Trace in Ω."""

    siemens: Settling

    def at(self, instant_s: float) -> float:
        """The resistance shown."""
        siemens = self.siemens.at(instant_s)
        return 1 / siemens if siemens > 0 else math.inf

    def reaches(self, level: float, after_s: float) -> float:
        """The first instant later than ``after_s`` at which it shows ``level``; infinity if it never will."""
        return self.siemens.reaches(1 / level, after_s) if level > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Monitor:
    """An insulation monitoring device.

    ``response_s``: until it alarms when the insulation falls at once from perfect to half of the alarm's value, which
    is how IEC 61557-8 defines it; 10 s are usual for DC stations.
    """

    response_s: float = 10.0

    @property
    def tau_s(self) -> float:
        """The time constant: after ln 2 of it, half of a step has been seen."""
        return self.response_s / math.log(2)

    def reading(self, begin_s: float, shown_ohm: float, true_ohm: float) -> Reading:
        """What it shows from ``begin_s``, when the insulation is ``true_ohm`` and it still shows ``shown_ohm``."""
        shown, true = (1 / max(ohm, 1e-6) for ohm in (shown_ohm, true_ohm))
        return Reading(Settling(begin_s, shown, true, self.tau_s))

    def alarm_s(self, true_ohm: float, alarm_ohm: float, shown_ohm: float = math.inf) -> float:
        """Seconds until it alarms at ``alarm_ohm``: 0 if it does already, infinity if it never will."""
        if shown_ohm <= alarm_ohm:
            return 0.0
        return self.reading(0.0, shown_ohm, true_ohm).reaches(alarm_ohm, 0.0)
