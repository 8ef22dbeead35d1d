"""Whether a CSMS can do its work just now."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection, text

from csms_reference.front import Front
from csms_reference.store import StoreError
from csms_reference.store.database import VERSION_TABLE, newest

PATIENCE_S = 2.0
"""How long database and workers may take to answer: less than those wait who ask."""


class Readiness:
    """Looks at what a CSMS needs. While one look is under way, whoever asks gets its result."""

    def __init__(self, front: Front, patience_s: float = PATIENCE_S) -> None:
        self._front = front
        self._patience_s = patience_s
        self._look: asyncio.Task[dict[str, str]] | None = None

    async def faults(self) -> dict[str, str]:
        """What is not as it should be: ``database``, ``migrations``, ``workers``, ``serving``. Empty when ready."""
        found = {"serving": "going down"} if self._front.draining else {}
        database, workers = await asyncio.gather(self._database(), self._workers())
        return {**found, **database, **workers}

    async def _database(self) -> dict[str, str]:
        """A look that takes longer goes on, so that a database that hangs has one question to answer, not many."""
        if self._look is None or self._look.done():
            self._look = asyncio.get_running_loop().create_task(self._migrated())
        done, _ = await asyncio.wait({self._look}, timeout=self._patience_s)
        return self._look.result() if done else {"database": f"no answer within {self._patience_s:g} s"}

    async def _migrated(self) -> dict[str, str]:
        try:
            found = await self._front.store.read(_revision)
        except StoreError:
            return {"database": "does not answer"}
        return {} if found == newest() else {"migrations": f"the database is at revision {found}, not {newest()}"}

    async def _workers(self) -> dict[str, str]:
        try:
            async with asyncio.timeout(self._patience_s):
                processes = await self._front.processes()
        except TimeoutError:
            return {"workers": f"no answer within {self._patience_s:g} s"}
        lacking = [f"{process.number} is {process.state}" for process in processes if process.state != "serving"]
        return {"workers": ", ".join(lacking)} if lacking else {}


def _revision(connection: Connection) -> str | None:
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 -- a constant
    return None if found is None else str(found)
