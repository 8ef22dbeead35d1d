"""A contactor: contacts that follow the coil a little later, wear, and weld, which the voltage behind them gives away.

Sources: IEC 60947-4-1 (utilization categories; annex F, mirror contact), IEC 61851-1:2017 (detecting welded ones).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from simulator.physics.trace import INSTANT_S, NEVER


class Finding(StrEnum):
    """What coil, supply and the voltage behind the contactor say together."""

    SOUND = "sound"
    WELDED = "welded"
    DOES_NOT_CLOSE = "does not close"
    UNKNOWN = "unknown"
    """Without supply nothing can be measured, and while the contacts move nothing may be concluded."""


@dataclass(frozen=True, slots=True)
class ContactorKind:
    """A contactor's data sheet.

    ``close_s`` and ``open_s``: from the coil to the contacts. ``mechanical_life``: operations without current;
    ``electrical_life``: openings of ``rated_a`` (AC-1), of other currents in proportion to (I/Ie)^-``erosion``, the
    straight line of makers' durability diagrams. ``weld_a2s``: the ∫i²dt while closing that joins them for good.
    ``present_v``: from which voltage on a measurement says that there is one.
    """

    rated_a: float = 40.0
    close_s: float = 0.020
    open_s: float = 0.015
    mechanical_life: float = 1_000_000
    electrical_life: float = 100_000
    erosion: float = 1.6
    weld_a2s: float = 5_000.0
    resistance_ohm: float = 0.001
    worn_times: float = 3.0
    present_v: float = 50.0

    def resistance_at(self, wear: float) -> float:
        """The resistance of one pole, ohm: new at wear 0, ``worn_times`` as much at 1."""
        return self.resistance_ohm * (1 + (self.worn_times - 1) * wear)


@dataclass(slots=True)
class Contactor:
    """One contactor's state, all poles together.

    Set ``welded`` or ``stuck_open`` at any time: what is closed and welded stays closed, what is stuck open does not
    close. After ``command`` the contacts move at ``moves_at``; call ``settle`` then.
    """

    kind: ContactorKind
    coil: bool = False
    closed: bool = False
    welded: bool = False
    stuck_open: bool = False
    operations: int = 0
    erosion: float = 0.0
    moves_at: float = NEVER

    @property
    def mirror(self) -> bool:
        """The mirror contact: closed only while every main contact is open (IEC 60947-4-1, annex F)."""
        return not self.closed

    @property
    def wear(self) -> float:
        """How much of its life is used: 0 new, 1 spent."""
        return min(1.0, self.erosion + self.operations / self.kind.mechanical_life)

    @property
    def resistance_ohm(self) -> float:
        """The resistance of one closed pole now."""
        return self.kind.resistance_at(self.wear)

    def command(self, close: bool, now: float) -> float:
        """Energize the coil or let it go; the instant at which the contacts will have moved, infinity if they won't."""
        if close is not self.coil:
            self.coil = close
            self.moves_at = now + (self.kind.close_s if close else self.kind.open_s)
        if self._goal() is self.closed:
            self.moves_at = NEVER
        return self.moves_at

    def settle(self, now: float, current_a: float = 0.0, rush_a2s: float = 0.0) -> bool:
        """Let the contacts move if it is time; whether they did. Nothing happens when it is not.

        ``current_a``: what they break. ``rush_a2s``: what they make, which may weld them.
        """
        if now < self.moves_at - INSTANT_S:
            return False
        self.moves_at = NEVER
        if self._goal() is self.closed:
            return False
        self.closed = not self.closed
        if self.closed:
            self.operations += 1
            self.welded = self.welded or rush_a2s >= self.kind.weld_a2s
        else:
            self.erosion += math.pow(abs(current_a) / self.kind.rated_a, self.kind.erosion) / self.kind.electrical_life
        return True

    def freed(self, now: float) -> float:
        """A fault field was cleared: the contacts follow the coil again; the instant at which they will have moved."""
        if self._goal() is self.closed:
            self.moves_at = NEVER
        elif self.moves_at == NEVER:
            self.moves_at = now + (self.kind.close_s if self.coil else self.kind.open_s)
        return self.moves_at

    def behind_v(self, supply_v: float, fed_back_v: float = 0.0) -> float:
        """The voltage between the contactor and the EV: the supply's if closed, else what is fed from behind."""
        return supply_v if self.closed else fed_back_v

    def finding(self, supply_v: float, behind_v: float) -> Finding:
        """What a measurement behind the contactor shows, V."""
        if supply_v < self.kind.present_v or self.moves_at != NEVER:
            return Finding.UNKNOWN
        if behind_v >= self.kind.present_v:
            return Finding.SOUND if self.coil else Finding.WELDED
        return Finding.DOES_NOT_CLOSE if self.coil else Finding.SOUND

    def _goal(self) -> bool:
        if self.closed:
            return self.coil or self.welded
        return self.coil and not self.stuck_open
