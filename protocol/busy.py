"""Counts work under way, so that a simulation's clock can wait until nothing is in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Busy:
    """A counter with a way to wait for zero. Not thread-safe: one event loop owns it."""

    __slots__ = ("_count", "_forgiven", "_waiters", "on_idle")

    def __init__(self) -> None:
        self._count = 0
        self._forgiven = 0
        self.on_idle: Callable[[], None] | None = None
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def count(self) -> int:
        """How many pieces of work are under way and still waited for."""
        return self._count - self._forgiven

    def begin(self) -> None:
        """One more piece of work is under way."""
        self._count += 1

    def end(self) -> None:
        """One piece of work is done. Raises RuntimeError when none was under way."""
        if self._count == 0:
            raise RuntimeError("end() without begin()")
        self._count -= 1
        self._forgiven = min(self._forgiven, self._count)
        if self.count == 0:
            self._tell()

    def __enter__(self) -> None:
        """A piece of work is under way until the end of the block."""
        self.begin()

    def __exit__(self, *_: object) -> None:
        self.end()

    def forgive(self) -> None:
        """Stop to wait for what is under way now (a peer that never answers); its ``end`` may still come."""
        self._forgiven = self._count
        self._tell()

    def _tell(self) -> None:
        if self.on_idle is not None:
            self.on_idle()
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def idle(self, within_s: float | None = None) -> bool:
        """Wait until nothing is under way; False if that took longer than ``within_s`` wall seconds."""
        loop = asyncio.get_running_loop()
        give_up = None if within_s is None else loop.time() + within_s
        while self.count:
            left = None if give_up is None else give_up - loop.time()
            if left is not None and left <= 0:
                return False
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiters.append(waiter)
            try:
                await asyncio.wait([waiter], timeout=left)
            finally:
                # Timed out or cancelled: end() has not taken this waiter off the list.
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
        return True
