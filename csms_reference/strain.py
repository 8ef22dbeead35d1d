"""How far the event loop is behind and how busy the process, and by how much those are slowed who talk most then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

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
"""So many times slower the pace becomes at most while the loop is late: five messages a second with the default, since
stations may be run in fast motion."""

BUSY, IDLE = 0.3, 0.2
"""Parts of a processor: from the first on, what the process does for those who talk most makes others wait for
processors, however few of it waits for the loop; below the second nobody suffers."""

SLOWEST_BUSY = 8.0
"""The same as ``SLOWEST`` while the process is busy."""

MOST_OF_MEAN = 4.0
"""Nobody talks too much for a busy process who says no more than so many times what its stations say in the mean: one
that is busy with a fleet of equals, such as a load test's, slows none of them."""

Crowd = Callable[[], tuple[int, int]]
"""How many messages were handled since the start, and how many stations are connected."""


class Strain:
    """Looks how late the loop comes to its timers and how busy the process is, and sets ``pace.slowed`` by that."""

    def __init__(
        self,
        pace: Pace,
        crowd: Crowd,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        self._pace = pace
        self._crowd = crowd
        self._monotonic = monotonic
        self._processor = processor
        self._mean_s = 0.0
        self._looks = 0
        self._due_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._since = self._sums()

    def begin(self) -> None:
        """Look from now on."""
        self._due_s = self._monotonic() + EVERY_S
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
        busy, fair = self._measured()
        most, least = self._bounds(busy, fair)
        slowed = self._pace.slowed
        if slowed < most:
            self._pace.slowed = min(most, slowed * 2)
        elif slowed > least:
            self._pace.slowed = max(least, slowed / 1.25)

    def _bounds(self, busy: float, fair: float) -> tuple[float, float]:
        """How slow the pace should become, and how slow it may stay if it is so already."""
        most = SLOWEST if self._mean_s > BEHIND_S else 1.0
        if busy > BUSY:
            most = max(most, min(SLOWEST_BUSY, fair))
        if self._mean_s >= AT_EASE_S:
            return most, max(SLOWEST, fair)
        return most, 1.0 if busy < IDLE else max(1.0, fair)

    def _measured(self) -> tuple[float, float]:
        """Since the last time: the part of a processor that was taken, and how many times slower the pace may become
        before it slows somebody who is not above ``MOST_OF_MEAN``."""
        before, self._since = self._since, self._sums()
        wall_s, processor_s, messages = (now - then for now, then in zip(self._since, before, strict=True))
        stations = self._crowd()[1]
        if wall_s <= 0:
            return 0.0, 1.0
        mean_per_s = messages / wall_s / max(1, stations)
        fair = self._pace.per_s / (MOST_OF_MEAN * mean_per_s) if mean_per_s > 0 else SLOWEST_BUSY
        return processor_s / wall_s, fair

    def _sums(self) -> tuple[float, float, int]:
        return self._monotonic(), self._processor(), self._crowd()[0]

    def _look(self) -> None:
        self.late(max(0.0, self._monotonic() - self._due_s))
        self.begin()
