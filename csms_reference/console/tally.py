"""Figures of a fleet that many look at: counted once a second for each owner, whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")

KEPT_S = 1.0
"""So old figures are at most when they are shown."""


class Tally(Generic[T]):
    """What was counted last. Those who ask meanwhile wait for the same count; one that failed is nobody's twice."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._counts: dict[str | None, tuple[float, asyncio.Task[T]]] = {}

    async def of(self, owner: str | None, count: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The figures of an owner (None: of everybody), no older than a second. Raises what ``count`` raises."""
        now_s = self._clock()
        self._counts = {name: kept for name, kept in self._counts.items() if not _is_over(kept, now_s)}
        if owner not in self._counts:
            self._counts[owner] = now_s, asyncio.get_running_loop().create_task(count())
        return await asyncio.shield(self._counts[owner][1])


def _is_over(kept: tuple[float, asyncio.Task[Any]], now_s: float) -> bool:
    since_s, task = kept
    return task.done() and (now_s - since_s >= KEPT_S or task.cancelled() or task.exception() is not None)
