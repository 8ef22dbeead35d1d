"""Where passwords are checked: each takes some 10 ms of a processor, which must not be those of who is connected."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from protocol.security import verify

WAITING_MOST = 8
"""Suspects whose passwords wait to be checked, in all workers together: more would only learn later that they have to
come again."""

SHARE = 0.05
"""Of a processor for suspects, in all workers together. A thread of least priority would take no less of an idle one,
and once it has the interpreter's lock, everybody waits for it to get a turn."""


class Crowded(Exception):
    """Too many suspects wait already."""


class Proving:
    """Checks passwords beside the event loop; those of suspects one by one, and with pauses."""

    def __init__(
        self,
        check: Callable[[str, str | None], bool] = verify,
        *,
        workers: int = 1,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._share = SHARE / workers
        self._waiting_most = max(1, WAITING_MOST // workers)
        self._check = check
        self._clock = clock
        self._lane: asyncio.Lock | None = None
        self._waiting = 0
        self._rested_s = 0.0
        self._checks: set[asyncio.Task[bool]] = set()

    async def proves(self, password: str, hashed: str | None, *, suspect: bool) -> bool:
        """Whether the password is the one of the hash; for no hash the answer takes as long. Raises Crowded."""
        if not suspect:
            return await asyncio.to_thread(self._check, password, hashed)
        if self._waiting >= self._waiting_most:
            raise Crowded
        self._waiting += 1
        # A check goes on when nobody waits for it any more: so does what it costs.
        checking = asyncio.get_running_loop().create_task(self._in_lane(password, hashed))
        self._checks.add(checking)
        checking.add_done_callback(self._checks.discard)
        return await asyncio.shield(checking)

    async def _in_lane(self, password: str, hashed: str | None) -> bool:
        self._lane = self._lane or asyncio.Lock()
        try:
            async with self._lane:
                return await self._at_leisure(password, hashed)
        finally:
            self._waiting -= 1

    async def _at_leisure(self, password: str, hashed: str | None) -> bool:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._rested_s - loop.time())
        right, took_s = await asyncio.to_thread(self._timed, password, hashed)
        self._rested_s = loop.time() + took_s * (1 - self._share) / self._share
        return right

    def _timed(self, password: str, hashed: str | None) -> tuple[bool, float]:
        began_s = self._clock()
        right = self._check(password, hashed)
        return right, self._clock() - began_s
