"""Functions that wait for a batch: light ones as they come, and of heavy ones a few at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
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


class Job(NamedTuple):
    """A function, who waits for it and where, and about how many rows it writes."""

    fn: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    rows: int = 1


class Line:
    """Where jobs of many threads queue for one."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._heavy: deque[Job] = deque()
        self._room = HEAVY_ROWS
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
        self._room = HEAVY_ROWS
        if not self._heavy and not self._ended:
            self._sort(self._jobs.get(), batch)
        self.gather(batch)
        return batch

    def gather(self, batch: list[Job]) -> None:
        """Add to the batch what is there by now."""
        try:
            while len(batch) < BATCH_MAX and not self._ended:
                self._sort(self._jobs.get_nowait(), batch)
        except Empty:
            pass
        while self._heavy and (self._room == HEAVY_ROWS or self._heavy[0].rows <= self._room):
            self._room -= self._heavy[0].rows
            batch.append(self._heavy.popleft())

    def _sort(self, job: Job | None, batch: list[Job]) -> None:
        if job is None:
            self._ended = True
        elif job.rows > LIGHT_ROWS:
            self._heavy.append(job)
        else:
            batch.append(job)
