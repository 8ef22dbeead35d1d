"""Where passwords are checked: each takes some 10 ms of a processor, which must not be those of who is connected."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from protocol.security import verify

WAITING_MOST = 8
"""Suspects whose passwords wait to be checked: more would only learn later that they have to come again."""

LEAST_PRIORITY = 19


class Crowded(Exception):
    """Too many suspects wait already."""


class Proving:
    """Checks passwords beside the event loop; those of suspects one by one, when nothing else is to be done."""

    def __init__(self, check: Callable[[str, str | None], bool] = verify) -> None:
        self._check = check
        self._lane: ThreadPoolExecutor | None = None
        self._waiting = 0

    async def proves(self, password: str, hashed: str | None, *, suspect: bool) -> bool:
        """Whether the password is the one of the hash; for no hash the answer takes as long. Raises Crowded."""
        if not suspect:
            return await asyncio.to_thread(self._check, password, hashed)
        if self._waiting >= WAITING_MOST:
            raise Crowded
        if self._lane is None:
            self._lane = ThreadPoolExecutor(1, "suspects", _yield_to_all)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._lane, self._check, password, hashed)
        finally:
            self._waiting -= 1


def _yield_to_all() -> None:
    """Linux has a priority for each thread; elsewhere it would be that of the process."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LEAST_PRIORITY)
