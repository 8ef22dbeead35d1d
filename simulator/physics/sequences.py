"""Who must do what, and how soon, when the control pilot changes (IEC 61851-1:2017, annex A, table A.6).

Nothing here acts: whoever holds a clock looks up the sequence that a change of state is, and sets a timer by it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from simulator.physics import duty
from simulator.physics.pilot import Letter, Seen


class Actor(StrEnum):
    """Whose move it is."""

    STATION = "station"
    EV = "EV"


@dataclass(frozen=True, slots=True)
class Sequence:
    """One row: after the change, ``actor`` does ``what`` no sooner than ``least_s`` and no later than ``most_s``."""

    id: str
    changes: tuple[tuple[str, str], ...]
    actor: Actor
    what: str
    least_s: float = 0.0
    most_s: float = math.inf


CLOSE_S = 3.0
"""Sequences 3.2 and 4: from ready on both sides to voltage at the EV."""
ADJUST_S = 10.0
"""Sequence 6: a station turns another limit from outside into another duty cycle within it."""
FOLLOW_S = 5.0
"""Sequence 6: an EV's current is at or below a changed duty cycle's within it."""
OPEN_S = 0.1
"""Sequences 2.2, 8.1, 8.2: an EV that left or is no longer ready has no voltage after it."""
EV_STOPS_S = 3.0
"""Sequence 10.1: an EV draws less than 1 A and opens S2 within it when the pulses have stopped."""
UNDER_LOAD_S = 6.0
"""Sequence 10.2: a station opens under load no sooner than this where the EV does not stop."""
ERROR_S = 3.0
"""Sequence 12: the station has opened its contactor within it after state E or F, or an error."""
STOPPED_A = 1.0
"""An EV that draws less has stopped."""

_READY, _STEADY = ("C2", "D2"), ("C1", "D1")
_ALL = ("A1", "A2", "B1", "B2", *_STEADY, *_READY)

SEQUENCES: dict[str, Sequence] = {
    row.id: row
    for row in (
        Sequence("1.1", (("A1", "B1"), ("A2", "B2")), Actor.STATION, "sees an EV"),
        Sequence("1.2", (("A1", "C1"), ("A2", "C2"), ("A1", "D1"), ("A2", "D2")), Actor.STATION, "sees one without S2"),
        Sequence("2.1", (("B1", "A1"), ("B2", "A2")), Actor.STATION, "lets go of the plug"),
        Sequence(
            "2.2",
            (("C1", "A1"), ("D1", "A1"), *((ready, "A2") for ready in _READY)),
            Actor.STATION,
            "opens the contactor",
            most_s=OPEN_S,
        ),
        Sequence("3.1", (("B1", "B2"),), Actor.EV, "closes S2 when it wants energy"),
        Sequence("3.2", (("C1", "C2"), ("D1", "D2")), Actor.STATION, "closes the contactor", most_s=CLOSE_S),
        Sequence("4", (("B2", "C2"), ("B2", "D2")), Actor.STATION, "closes the contactor", most_s=CLOSE_S),
        Sequence("8.1", (("C2", "B2"), ("D2", "B2")), Actor.STATION, "opens the contactor", most_s=OPEN_S),
        Sequence("8.2", (("C1", "B1"), ("D1", "B1")), Actor.STATION, "opens the contactor", most_s=OPEN_S),
        Sequence("9.2", (("B2", "B1"),), Actor.STATION, "has stopped the pulses"),
        Sequence("9.3", (("A2", "A1"),), Actor.STATION, "has stopped the pulses"),
        Sequence("10.1", (("C2", "C1"), ("D2", "D1")), Actor.EV, "stops and opens S2", most_s=EV_STOPS_S),
        Sequence(
            "12",
            tuple((state, error) for state in _ALL for error in ("E", "F")),
            Actor.STATION,
            "opens the contactor",
            most_s=ERROR_S,
        ),
    )
}
"""Every sequence that begins with a change of state; 5 and 7 (the EV starts and stops) and 6 (another duty cycle, see
``ADJUST_S`` and ``FOLLOW_S``) change none, and 10.2 is what follows 10.1 where the EV does not (``UNDER_LOAD_S``)."""

_BY_CHANGE = {change: row for row in SEQUENCES.values() for change in row.changes}


def sequence(before: str, after: str) -> Sequence | None:
    """The sequence that begins when the state changes, by the states' names; None where the standard has none."""
    return _BY_CHANGE.get((before, after))


def open_within_s(now: Seen, ventilated: bool = False) -> float | None:
    """How soon a closed contactor has to open when the pilot is seen so; None: it may stay closed.

    An EV that is still ready when the pulses have stopped is given the time to stop by itself (10.1, 10.2).
    """
    if now.may_close(ventilated):
        return None
    if now.wrong is not None or now.letter in (None, Letter.E, Letter.F):
        return ERROR_S
    if now.letter in (Letter.C, Letter.D):
        return ERROR_S if now.pulsed else UNDER_LOAD_S
    return OPEN_S


@dataclass(frozen=True, slots=True)
class Step:
    """A duty cycle that a station shows for a while."""

    duty_percent: float
    for_s: float


WAKE_BY_F = (Step(duty.DOWN_PERCENT, 4.0),)
"""Unplugging feigned: state F for T_step_EF, then pulses again (ISO 15118-3, table of timing; IEC 61851-1 annex A)."""
WAKE_BY_STEADY = (Step(duty.STEADY_PERCENT, 3.0),)
"""Pulses withheld for T_step_X1, then again: B2 to B1 to B2 (ISO 15118-3, table of timing)."""


def wake_s(steps: tuple[Step, ...]) -> float:
    """How long an attempt to wake an EV takes until the pulses are there again."""
    return math.fsum(step.for_s for step in steps)
