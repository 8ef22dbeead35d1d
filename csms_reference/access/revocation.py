"""What counts no more before its time: access tokens are checked without a look at the database, but for these.

Whatever a token came of has a mark: the client, the user, the login, the key that signed it, and the token itself. Who
revokes enters a mark; a token with one that is entered is refused. Accounts get another mark then, so that neither
clocks nor the order of commits matter: a token has the mark that its issuer read, and no later one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from hashlib import sha256

from sqlalchemy import Connection, delete, func, insert, select

from csms_reference.store import Store, StoreError
from csms_reference.store.access_tables import revocations

log = logging.getLogger(__name__)

KEPT_MS = 15 * 60 * 1000
"""How long a mark is kept: longer than any access token lasts that has it."""

AGAIN_S = 0.5
"""How old what a process knows may be: so long at most a revoked token still counts there."""


def revoke(connection: Connection, now_ms: int, *marks: str, since_ms: int | None = None) -> None:
    """Have what has one of these marks count no more; with ``since_ms`` from then on."""
    connection.execute(delete(revocations).where(revocations.c.expires_ms <= now_ms))
    from_ms = now_ms if since_ms is None else since_ms
    rows = [{"mark": mark, "since_ms": from_ms, "expires_ms": max(now_ms, from_ms) + KEPT_MS} for mark in marks]
    if rows:
        connection.execute(insert(revocations), rows)


def revoked(connection: Connection) -> dict[str, int]:
    """Since when which marks count no more."""
    chosen = select(revocations.c.mark, func.min(revocations.c.since_ms).label("since")).group_by(revocations.c.mark)
    return {row.mark: row.since for row in connection.execute(chosen)}


def is_revoked(connection: Connection, now_ms: int, marks: Iterable[str]) -> bool:
    """Whether one of these marks counts no more, as the database has it now."""
    chosen = select(revocations.c.mark).where(revocations.c.mark.in_(list(marks)), revocations.c.since_ms <= now_ms)
    return connection.execute(chosen.limit(1)).first() is not None


def next_mark(mark: str) -> str:
    """The mark that an account has after this one."""
    return sha256(mark.encode("utf-8", "surrogatepass")).hexdigest()


class Revoked:
    """What one process knows of what is revoked: it looks when it is asked, at most every ``AGAIN_S``.

    All nodes have the same database, and what is entered there on the command line needs nobody to tell of it. While
    the database is away, what is known goes on to count.
    """

    def __init__(self, store: Store, now_ms: Callable[[], int], clock: Callable[[], float] | None = None) -> None:
        self.version = 0
        """Grows when something was revoked: who listens for long is looked at anew then."""
        self._store = store
        self._now_ms = now_ms
        self._clock = clock or _loop_time
        self._known: dict[str, int] | None = None
        self._in_force: frozenset[str] = frozenset()
        self._asked_s = 0.0
        self._asking = asyncio.Lock()

    async def has(self, marks: Iterable[str]) -> bool:
        """Whether one of these is revoked. Raises StoreError where that could never be found out."""
        await self.look()
        return not self._in_force.isdisjoint(marks)

    async def look(self, *, at_once: bool = False) -> None:
        """See what is revoked, if that is due. Raises StoreError where it was never seen."""
        if at_once or self._due():
            async with self._asking:
                if at_once or self._due():  # others may have asked meanwhile
                    await self._ask()
        now_ms, known = self._now_ms(), self._known or {}
        in_force = frozenset(mark for mark, since_ms in known.items() if since_ms <= now_ms)
        if not in_force <= self._in_force:
            self.version += 1
        self._in_force = in_force

    def _due(self) -> bool:
        return self._known is None or self._clock() - self._asked_s >= AGAIN_S

    async def _ask(self) -> None:
        self._asked_s = self._clock()
        try:
            self._known = await self._store.glance(revoked)
        except StoreError as problem:
            if self._known is None:
                raise
            log.warning("what is revoked is not known now, but what was: %s", problem)


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
