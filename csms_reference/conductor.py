"""A clock that a simulation sets: the CSMS's time, and its time-outs, follow it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime


class ConductedClock:
    """Stands still until it is told the time. Time-outs run on the sum of its forward steps.

    A new simulation may begin at an earlier time than the last one ended; that wakes nobody.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._elapsed_s = 0.0
        self._alarms: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """The time last told."""
        return self._now

    def monotonic(self) -> float:
        """Seconds on an axis that never goes back."""
        return self._elapsed_s

    def call_at(self, when_s: float, fn: Callable[[], None]) -> Callable[[], None]:
        """Run ``fn`` once ``monotonic()`` reaches ``when_s``; the result cancels that."""
        alarm = (when_s, next(self._order), fn)
        heapq.heappush(self._alarms, alarm)

        def cancel() -> None:
            if alarm in self._alarms:
                self._alarms.remove(alarm)
                heapq.heapify(self._alarms)

        return cancel

    def tell(self, now: datetime) -> None:
        """It is ``now``: wake who is due, in order."""
        self._elapsed_s += max(0.0, (now - self._now).total_seconds())
        self._now = now
        while self._alarms and self._alarms[0][0] <= self._elapsed_s:
            heapq.heappop(self._alarms)[2]()
