"""The control pilot: one wire by which station and EV see each other (IEC 61851-1:2017, annex A).

The station drives +12 V, -12 V, or pulses between the two at 1 kHz through 1 kΩ; the EV loads the positive half through
a diode. What the station measures tells the state: A no EV, B an EV that is not ready, C ready, D ready if the area is
ventilated, E no voltage, F station not available. The digit is 1 for a steady voltage and 2 for pulses: C2 may charge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from simulator.physics import duty

SOURCE_V, SOURCE_TOLERANCE = 12.0, 0.05
SOURCE_OHM = 1000.0
EV_OHM, EV_READY_OHM, EV_VENTED_OHM = 2740.0, 1300.0, 270.0
"""The EV's resistor R2, which it always shows, and R3, which it adds when ready: without and with ventilation."""
OHM_TOLERANCE = 0.03
DIODE_V, DIODE_LEAST_V, DIODE_MOST_V = 0.7, 0.55, 0.85


class Letter(StrEnum):
    """The states of the pilot, whether steady or pulsed."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


class Wrong(StrEnum):
    """Why a measured pilot allows no charging."""

    SHORT = "shorted to earth"
    DIODE = "the EV's diode is missing or shorted"
    OUT_OF_TOLERANCE = "the voltage fits no state"


class Seen(NamedTuple):
    """What a station makes of a pilot. ``letter``: None where the voltage fits no state."""

    letter: Letter | None
    pulsed: bool = False
    wrong: Wrong | None = None

    @property
    def name(self) -> str:
        """The state's name, such as C2; ? where there is none."""
        if self.letter is None or self.letter in (Letter.E, Letter.F):
            return str(self.letter or "?")
        return f"{self.letter}{2 if self.pulsed else 1}"

    @property
    def plugged(self) -> bool:
        """Whether an EV is there, as far as the pilot tells."""
        return self.letter in (Letter.B, Letter.C, Letter.D)

    def may_close(self, ventilated: bool = False) -> bool:
        """Whether the contactor may be closed: state C2, or D2 where the area is ventilated."""
        ready = self.letter is Letter.C or (self.letter is Letter.D and ventilated)
        return ready and self.pulsed and self.wrong is None


CENTRES_V = {Letter.A: 12.0, Letter.B: 9.0, Letter.C: 6.0, Letter.D: 3.0, Letter.E: 0.0, Letter.F: -12.0}
"""Nominal voltage of each state (IEC 61851-1 annex A, system states as detected by the station)."""
BAND_V = 1.0
"""A state is surely meant this near to its nominal voltage. Between the bands of two neighbours it is either: what it
was before, as a comparator with hysteresis has it."""

LOADED_V = -10.0
"""A negative half above it is loaded by an EV."""

_LADDER = (Letter.A, Letter.B, Letter.C, Letter.D, Letter.E)


def level_v(
    source_v: float,
    ev_ohm: float = math.inf,
    *,
    short_ohm: float = math.inf,
    diode_v: float | None = DIODE_V,
    source_ohm: float = SOURCE_OHM,
) -> float:
    """The voltage of the pilot behind the station's resistor (the divider of IEC 61851-1, figure A.1).

    ``ev_ohm``: what the EV puts to earth behind its diode; ``diode_v``: the diode's drop, None where it is shorted.
    ``short_ohm``: what lies between pilot and earth besides.
    """
    if short_ohm <= 0:
        return 0.0
    share = 1 + source_ohm / short_ohm
    unloaded_v = source_v / share
    if diode_v is not None and unloaded_v <= diode_v:
        return unloaded_v
    if ev_ohm <= 0:
        return diode_v or 0.0
    load = source_ohm / ev_ohm
    return (source_v + load * (diode_v or 0.0)) / (share + load)


def ev_ohm(letter: Letter) -> float:
    """What an EV puts on the pilot in the state that it wants: R2, with R3 beside it when ready; infinite in A."""
    if letter in (Letter.C, Letter.D):
        ready_ohm = EV_READY_OHM if letter is Letter.C else EV_VENTED_OHM
        return 1 / (1 / EV_OHM + 1 / ready_ohm)
    return EV_OHM if letter is Letter.B else math.inf


def letter_at(voltage_v: float, before: Letter | None = None) -> Letter | None:
    """The state of a positive level, or of a steady one; None where it fits none.

    ``before``: the state so far, which stays while the voltage lies between its band and a neighbour's.
    """
    for letter, centre_v in CENTRES_V.items():
        if abs(voltage_v - centre_v) <= BAND_V:
            return letter
    for upper, lower in pairwise(_LADDER):
        if CENTRES_V[lower] < voltage_v < CENTRES_V[upper]:
            return before if before in (upper, lower) else None
    return None


def seen(high_v: float, low_v: float | None = None, before: Letter | None = None) -> Seen:
    """What a station makes of the voltage that it measures: the two levels of the pulses, or one steady level.

    With pulses the negative level proves the EV's diode: only an EV without one loads it (annex A, B2 to D2); even
    the lightest load, that of state B, brings it from -12 to -8.8 V, so what is nearer to -12 V is another error.
    """
    letter = letter_at(high_v, before)
    pulsed = low_v is not None
    if letter is Letter.E:
        return Seen(letter, pulsed, Wrong.SHORT)
    if letter is None or low_v is None:
        return Seen(letter, pulsed, Wrong.OUT_OF_TOLERANCE if letter is None else None)
    if abs(low_v - CENTRES_V[Letter.F]) <= BAND_V and letter is not Letter.F:
        return Seen(letter, True)
    if letter in (Letter.B, Letter.C, Letter.D) and low_v > LOADED_V:
        return Seen(letter, True, Wrong.DIODE)
    return Seen(None, True, Wrong.OUT_OF_TOLERANCE)


def broke(before: Letter | None, now: Letter | None, held: bool) -> bool:
    """Whether the pilot wire has broken rather than the EV left: state A though the plug is still held by its lock."""
    return held and now is Letter.A and before in (Letter.B, Letter.C, Letter.D)


@dataclass(slots=True)
class Pilot:
    """One pilot wire, both of its ends, and what is wrong with it. Whoever looks computes; nothing is kept.

    Station: ``duty_percent`` (100: steady +12 V, 0: steady -12 V); ``live``: its electronics have power.
    EV: ``wanted``, the state that it asks for (A: no EV is there).
    Faults: ``short_ohm`` between pilot and earth (0: dead short), ``broken`` wire, ``diode_shorted`` in the EV,
    ``offset_v`` of the station's levels, ``ev_error``: by which share the EV's resistance is off (0.1: 10 % too high),
    ``frequency_hz`` of the pulses, which an EV understands within 2 % of 1 kHz.
    """

    duty_percent: float = duty.STEADY_PERCENT
    live: bool = True
    wanted: Letter = Letter.A
    short_ohm: float = math.inf
    broken: bool = False
    diode_shorted: bool = False
    offset_v: float = 0.0
    ev_error: float = 0.0
    frequency_hz: float = duty.FREQUENCY_HZ

    @property
    def pulsed(self) -> bool:
        """Whether the station sends pulses."""
        return self.live and duty.DOWN_PERCENT < self.duty_percent < duty.STEADY_PERCENT

    def voltages(self) -> tuple[float, float | None]:
        """The upper and the lower level as the station measures them, V; a steady one has no lower level."""
        if not self.live:
            return 0.0, None
        if self.pulsed:
            return self._level_v(SOURCE_V), self._level_v(-SOURCE_V)
        return self._level_v(SOURCE_V if self.duty_percent > 0 else -SOURCE_V), None

    def state(self, before: Letter | None = None) -> Seen:
        """What the station sees. ``before``: the state so far, for voltages between two states."""
        return seen(*self.voltages(), before=before)

    def offered_a(self) -> float:
        """The current per phase that reaches the EV as an offer; 0 without one (or with a digital one)."""
        return duty.current_a(self.duty_percent) if self._arrives else 0.0

    def meaning(self) -> duty.Meaning:
        """How the EV understands what arrives."""
        return duty.meaning(self.duty_percent) if self._arrives else duty.Meaning.NOTHING

    @property
    def _arrives(self) -> bool:
        """Whether the EV sees the station's pulses: its own diode and resistor need a positive half to live on."""
        if not self.pulsed or self.broken or self.wanted is Letter.A:
            return False
        in_tune = abs(self.frequency_hz / duty.FREQUENCY_HZ - 1) <= duty.FREQUENCY_TOLERANCE + 1e-9
        return in_tune and self._level_v(SOURCE_V) > BAND_V

    def _level_v(self, source_v: float) -> float:
        ohm = math.inf if self.broken else ev_ohm(self.wanted) * (1 + self.ev_error)
        diode_v = None if self.diode_shorted else DIODE_V
        return level_v(source_v, ohm, short_ohm=self.short_ohm, diode_v=diode_v) + self.offset_v
