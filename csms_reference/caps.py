"""Ends charging sessions that have reached their limit, whatever their stations know of it."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from csms_reference.front import Front
from csms_reference.services import caps
from csms_reference.sessions import end_transaction
from csms_reference.store import StoreError
from csms_reference.tasks import end_tasks

log = logging.getLogger(__name__)

EVERY_S = 5.0
"""At 50 kW that is 70 Wh."""

AT_ONCE = 100
SUBJECT = "limit"
"""Who asks stations to end them, as ``client`` of the commands."""


class Caps:
    """Looks at sessions with a limit every few seconds; several nodes may, and one of them stops each."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """End; a look that is under way ends first."""
        await end_tasks(self._task)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await look(self._front)
            except StoreError as problem:
                log.warning("limits of charging sessions wait for the database: %s", problem)
            except Exception:  # a shell: what fails once must not end the next looks
                log.exception("limits of charging sessions were not looked at")


async def look(front: Front) -> int:
    """Have those stopped that have reached their limit; how many there were. Raises StoreError."""
    after, total = 0, 0
    if not await front.store.read(caps.any_capped):
        return 0
    while True:
        page = partial(caps.reached, now_ms=front.now_ms(), after=after, limit=AT_ONCE)
        found, after = await front.store.write(page)
        for row in found:
            log.info("%s: charging session a%d has reached its limit", row.station, row.id)
            await end_transaction(front, row.station, row.transaction_id, SUBJECT)
        total += len(found)
        if not after:
            return total
