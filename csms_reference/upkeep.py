"""Looks after the database beside the stations: what counts as over, and what is not kept any longer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy import Connection, text

from csms_reference.events import news
from csms_reference.front import Front
from csms_reference.services import abandonment, transactions
from csms_reference.services.abandonment import Abandoned, Patience
from csms_reference.services.expiry import KEPT_FOR, Page
from csms_reference.settings import Settings
from csms_reference.store import StoreError
from csms_reference.tasks import end_tasks

log = logging.getLogger(__name__)

EVERY_S = 60.0
PAUSE_S = 0.1
"""Between two pages: the database is the stations' meanwhile."""

JUDGED_AT_ONCE = 100
DAY_MS = 86_400_000
LOCK = 0x0CBA  # of the upkeep, see store.database.MIGRATION_LOCK


class Upkeep:
    """Rounds through the database, one a minute. ``over`` is told when transactions have been abandoned."""

    def __init__(self, front: Front, over: Callable[[], object] = lambda: None) -> None:
        self._front = front
        self._over = over
        self._patience = patience_of(front.settings)
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """End; a page that is under way ends first."""
        await end_tasks(self._task)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.round()
            except StoreError as problem:
                log.warning("upkeep waits for the database: %s", problem)
            except Exception:  # a shell: what fails in one round must not end the next ones
                log.exception("a round of upkeep failed")

    async def round(self) -> None:
        """Judge running transactions, then delete what is old."""
        await self._judge()
        for name, pages in KEPT_FOR.items():
            if (days := getattr(self._front.settings, name)) > 0:
                gone = sum([await self._expire(page, int(days * DAY_MS)) for page in pages])
                if gone:
                    log.info("%s: %d rows are not kept any longer", name, gone)

    async def _judge(self) -> None:
        after, front = 0, self._front
        while True:

            def page(database: Connection, after: int = after) -> tuple[list[Abandoned], int]:
                now_ms = front.now_ms()
                return abandonment.page(database, now_ms, self._patience, after, JUDGED_AT_ONCE)

            found, after = await front.store.write(page)
            for each in found:
                log.info("%s: transaction %s has no end: %s", each.station, each.transaction_id, each.why)
                await self._tell(each)
            if found:
                self._over()
            if not after:
                return
            await asyncio.sleep(PAUSE_S)

    async def _tell(self, each: Abandoned) -> None:
        found = await self._front.store.read(
            lambda database: transactions.find(database, each.station, each.transaction_id)
        )
        if found is not None:
            news.transaction(self._front.bus, "Updated", found, self._front.now_ms(), ())

    async def _expire(self, page: Page, kept_ms: int) -> int:
        before_ms, after, total = self._front.now_ms() - kept_ms, 0, 0
        while True:

            def delete(database: Connection, after: int = after) -> tuple[int, int]:
                return page(database, before_ms, after) if _alone(database) else (0, 0)

            gone, after = await self._front.store.write(delete)
            total += gone
            if not after:
                return total
            await asyncio.sleep(PAUSE_S)


def patience_of(settings: Settings) -> Patience:
    """For how long transactions may be silent."""
    return Patience(int(settings.abandoned_after_s * 1000), int(settings.abandoned_silent_days * DAY_MS))


def _alone(database: Connection) -> bool:
    """Whether no other node deletes at this moment: two that lock the same rows could wait for each other."""
    if database.dialect.name != "postgresql":
        return True
    return bool(database.execute(text("select pg_try_advisory_xact_lock(:key)"), {"key": LOCK}).scalar())
