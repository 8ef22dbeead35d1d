"""What a dead node leaves: commands that it had in hand, and stations of which nobody has said that they are gone."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from csms_reference.events import news
from csms_reference.nodes.redis import reaching
from csms_reference.outcome import Outcome
from csms_reference.services import commands

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from csms_reference.front import Front
    from csms_reference.nodes.redis import Keys
    from csms_reference.nodes.scripts import Scripts

log = logging.getLogger(__name__)

ABNORMAL = 1006
"""The close code (RFC 6455, 7.4.1) of connections that ended without one."""


class Estate:
    """Settles what the dead leave, each thing once. ``local`` is this node without the others."""

    def __init__(self, local: Front, client: Redis, keys: Keys, scripts: Scripts) -> None:
        self._local = local
        self._client = client
        self._keys = keys
        self._scripts = scripts

    async def settle(self, name: str) -> bool:
        """A node is gone: its commands have an end, its stations are not connected any more. False if it is there.

        Its commands are looked up before it is seen to be dead: those that it takes when it comes back at this moment
        are not among them. Raises Away, StoreError.
        """
        left = await self.in_hand(name)
        with reaching():
            if await self._client.get(self._keys.node(name)) is not None:
                return False
        self.tell(await self.abandon(name, left))
        await self.part(name)
        return True

    async def part(self, name: str) -> None:
        """Tell of stations that lives of a node have left which are over. Raises Away."""
        async for station in self.reap(name):
            now_ms = self._local.now_ms()
            news.disconnected(self._local.bus, station, now_ms, code=ABNORMAL, reason=f"node {name} is gone")

    async def in_hand(self, name: str) -> list[int]:
        """The commands that a node carries out, or has left. Raises StoreError."""
        return await self._local.store.read(lambda database: commands.in_hand(database, name))

    async def abandon(self, name: str, left: Sequence[int]) -> list[Row[Any]]:
        """Nobody carries these commands out any more: those that nobody else gave up before. Raises StoreError."""
        now_ms = self._local.now_ms()
        if not left:
            return []
        failed = await self._local.store.write(lambda database: commands.abandon(database, name, now_ms, left))
        if failed:
            log.warning("node %s is gone: %d commands that it had in hand have failed", name, len(failed))
        return failed

    def tell(self, failed: Sequence[Row[Any]]) -> None:
        """Tell whoever listens that these commands have failed."""
        for row in failed:
            news.command_ended(self._local.bus, row, row.ended_ms, Outcome(row.status, error=row.error))

    async def reap(self, name: str) -> AsyncIterator[str]:
        """Take out the entries that lives of a node have left which are over; whose they were. Raises Away."""
        cursor = ""
        while cursor != "0":
            cursor, gone = await self._scripts("reap", name, cursor or "0")
            for station in gone:
                yield station
