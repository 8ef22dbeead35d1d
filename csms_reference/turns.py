"""Turns: what must not be done twice at once is done one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """A lock for each key, there only while somebody has or wants it: stations are many, and few have two visitors."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @asynccontextmanager
    async def of(self, *key: Hashable) -> AsyncIterator[None]:
        """Wait until nobody who came earlier for the same key is at it."""
        lock, waiting = self._locks.get(key, (None, 0))
        lock = lock or asyncio.Lock()
        self._locks[key] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            _, waiting = self._locks[key]
            if waiting == 1:
                del self._locks[key]
            else:
                self._locks[key] = lock, waiting - 1
