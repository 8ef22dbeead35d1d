"""What gives way, and in which order, when more work arrives than the database takes."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """How far things have come; each level includes those below it."""

    CALM = 0
    BOOTS = 1  # BootNotification is answered Pending, with an interval, and not stored
    DOORS = 2  # nobody is let in: 503 with Retry-After
    SOCKETS = 3  # who has work in hand here is not read any more until that is done


class Pressure:
    """The level that a backlog stands for. It rises at a threshold and falls at half of it, so that it does not flap.

    The first threshold is ``deferring`` pieces of work, each further one is twice the one before; 0 keeps calm always.
    """

    def __init__(self, deferring: int) -> None:
        self._thresholds = [deferring * 2**step for step in range(Level.SOCKETS)] if deferring > 0 else []
        self.level = Level.CALM
        self.highest = Level.CALM

    def feel(self, backlog: int) -> Level:
        """Take note of the backlog; the level now."""
        level = self.level
        while level < len(self._thresholds) and backlog >= self._thresholds[level]:
            level = Level(level + 1)
        while level > Level.CALM and backlog < self._thresholds[level - 1] // 2:
            level = Level(level - 1)
        self.level = level
        self.highest = max(self.highest, level)
        return level
