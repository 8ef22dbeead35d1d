"""Functions that wait for a batch: light ones as they come, and of heavy ones a few, now and then."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from sqlalchemy import Connection

BATCH_MAX = 512
"""Functions in one transaction: enough to make the fsync cheap, few enough that the first does not wait long."""

LIGHT_ROWS = 32
"""Who writes more rows is heavy. Stations that tell years of meter values wait for each other, and hardly anybody for
them."""

HEAVY_ROWS = 256
"""So many rows of heavy functions get into one batch; one function always does."""

PAUSE = 24
"""After a batch with heavy functions so many times what it took passes until the next, while light ones come: they
have 4 % of the time. With a tenth, in each of two processes, a light one met one of them in every fourth case."""

LIGHT_S = 1.0
"""So long after a light function others are expected."""

PAUSE_MOST_S = 1.0
"""A batch that took long may have waited for another process all the time."""

PATIENCE_S = 15.0
"""The pause shrinks as the first heavy function waits, slowly at first, to nothing after so long: stations repeat
themselves after half a minute."""


class Job(NamedTuple):
    """A function, who waits for it and where, and about how many rows it writes."""

    fn: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    rows: int = 1


class Line:
    """Where jobs of many threads queue for one."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._heavy: deque[tuple[Job, float]] = deque()  # and since when
        self._room = HEAVY_ROWS
        self._monotonic = monotonic
        self._taken_s = 0.0  # when the last batch was
        self._light_s = -LIGHT_S  # when there was a light one last
        self._pause_s = 0.0  # and how long heavy ones have to wait after their last batch, which ended then
        self._ended_s = 0.0
        self._ended = False

    @property
    def over(self) -> bool:
        """Whether there is nothing left and will be nothing more."""
        return self._ended and not self._heavy

    @property
    def lags(self) -> bool:
        """Whether heavy jobs wait for another batch."""
        return bool(self._heavy)

    def put(self, job: Job) -> None:
        """Queue one."""
        self._jobs.put(job)

    def end(self) -> None:
        """Nothing more will come."""
        self._jobs.put(None)

    def take(self) -> list[Job]:
        """A new batch of what is there, waiting for the first; empty at the end."""
        batch: list[Job] = []
        now_s = self._monotonic()
        if self._room < HEAVY_ROWS:  # the last one had heavy ones
            self._pause_s, self._ended_s = min(PAUSE * (now_s - self._taken_s), PAUSE_MOST_S), now_s
            self._room = HEAVY_ROWS
        wait_s = self._wait_s(now_s)
        if wait_s is None or wait_s > 0:
            with suppress(Empty):
                self._sort(self._jobs.get(timeout=wait_s), batch)
        self._taken_s = self._monotonic()
        self.gather(batch)
        return batch

    def gather(self, batch: list[Job]) -> None:
        """Add to the batch what is there by now."""
        with suppress(Empty):
            while len(batch) < BATCH_MAX and not self._ended:
                self._sort(self._jobs.get_nowait(), batch)
        if self._heavy and self._wait_s(self._monotonic()) == 0:
            while self._heavy and (self._room == HEAVY_ROWS or self._heavy[0][0].rows <= self._room):
                job, _ = self._heavy.popleft()
                self._room -= job.rows
                batch.append(job)

    def _sort(self, job: Job | None, batch: list[Job]) -> None:
        if job is None:
            self._ended = True
        elif job.rows > LIGHT_ROWS:
            self._heavy.append((job, self._monotonic()))
        else:
            self._light_s = self._monotonic()
            batch.append(job)

    def _wait_s(self, now_s: float) -> float | None:
        """How long nothing but light ones may come; None where there is no heavy one."""
        if self._ended:
            return 0.0
        if not self._heavy:
            return None
        impatience = min(1.0, (now_s - self._heavy[0][1]) / PATIENCE_S)
        pause_s = self._ended_s + self._pause_s * (1.0 - impatience**2) - now_s
        return max(0.0, min(pause_s, self._light_s + LIGHT_S - now_s))
