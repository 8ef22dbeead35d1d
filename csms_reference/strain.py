"""How far the event loop is behind, and by how much those are slowed down who talk most while it is."""

from __future__ import annotations

import asyncio
import time

from csms_reference.pace import Pace

EVERY_S = 0.05
WEIGHT = 0.1
"""Of the newest look in the mean: what counts is the last half second."""

JUDGED_EVERY = 10
"""After so many looks the pace changes, at most: what it changed shows by then."""

BEHIND_S, AT_EASE_S = 0.0015, 0.0009
"""By so much the loop is late where everybody waits noticeably, and where nobody does."""

LATE_MOST_S = 0.02
"""A single look counts for no more: a process that was stopped for a while is not behind."""

SLOWEST = 4.0
"""So many times slower the pace becomes at most: five messages a second with the default, since stations may be run in
fast motion."""


class Strain:
    """Looks how late the loop comes to its timers, and sets ``pace.slowed`` by that."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._mean_s = 0.0
        self._looks = 0
        self._due_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Look from now on."""
        self._due_s = time.monotonic() + EVERY_S
        self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._look)

    def end(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def late(self, by_s: float) -> None:
        """Take note of one look."""
        self._mean_s += WEIGHT * (min(by_s, LATE_MOST_S) - self._mean_s)
        self._looks += 1
        if self._looks >= JUDGED_EVERY:
            self._looks = 0
            self._judge()

    def _judge(self) -> None:
        if self._mean_s > BEHIND_S:
            self._pace.slowed = min(SLOWEST, self._pace.slowed * 2)
        elif self._mean_s < AT_EASE_S:
            self._pace.slowed = max(1.0, self._pace.slowed / 1.25)

    def _look(self) -> None:
        self.late(max(0.0, time.monotonic() - self._due_s))
        self.begin()
