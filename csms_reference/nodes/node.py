"""A CSMS as one of several nodes: all that it takes to be one, put together."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from csms_reference.dispatch import node_of
from csms_reference.events.across import Across
from csms_reference.front import Front
from csms_reference.nodes.answers import Answers
from csms_reference.nodes.estate import Estate
from csms_reference.nodes.front import NodeFront
from csms_reference.nodes.holdings import Holder, Holdings
from csms_reference.nodes.membership import Membership, Namesake, Peer, Watch
from csms_reference.nodes.post import Post
from csms_reference.nodes.redis import Away, keys_of, open_redis
from csms_reference.nodes.scripts import Scripts
from csms_reference.process import fresh_id
from csms_reference.services import rounds
from csms_reference.settings import Settings
from csms_reference.store import StoreError
from csms_reference.tasks import end_tasks

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)


@asynccontextmanager
async def joined(settings: Settings, local: Front, holder: object) -> AsyncIterator[tuple[Front, list[Node]]]:
    """Join the other nodes before the stations come, which is what follows; leave them when that fails.

    Yields the front of all, and what is to be closed last. Without ``redis`` those are the local one and nothing.
    Raises SettingsError.
    """
    if settings.redis is None:
        yield local, []
        return
    assert isinstance(holder, Holder)
    node = Node(settings, local, holder)
    try:
        await node.open()
        yield node.front, [node]
    except BaseException:
        await node.close()
        raise


class Node:
    """One node: ``front`` is the whole CSMS, as it is seen from here. Without a ``client`` it opens one of its own."""

    def __init__(self, settings: Settings, local: Front, holder: Holder, client: Redis | None = None) -> None:
        assert settings.redis is not None
        self.name = node_of(local.settings)
        self.keys = keys_of(settings)
        self.client: Redis = client or open_redis(settings.redis)
        self.local = local
        self._store = local.store
        self._scripts = Scripts(self.client, self.keys)
        watch = Watch(begun=self._begun, over=self._over, beat=self._beat)
        self.membership = Membership(self.client, self._scripts, self._about, fresh_id, watch)
        self.holdings = Holdings(self.name, holder, self._scripts, self.membership, local.now_ms)
        self.post = Post(
            self.client,
            self._scripts,
            self.keys,
            name=self.name,
            membership=self.membership,
            answers=Answers(local, self.holdings),
            displaced=self.holdings.displaced,
        )
        self.front = NodeFront(local, self.membership, self.holdings, self.post)
        self._events = Across(local.bus, self.client, self.keys.events, self.name)
        self.estate = Estate(local, self.client, self.keys, self._scripts)
        self._left: list[int] = []  # commands of a process before this one
        self._former = False  # whether lives before this one may have left stations
        self._lives = 0
        self._begun_s = 0.0
        self._living: asyncio.Task[None] | None = None
        self._tidying: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Be there for the others. Raises SettingsError when another process has the name."""
        self._left = await self.estate.in_hand(self.name)
        await self.membership.join()
        if self.membership.away:  # nobody can be asked whether somebody else has the name, nor be told
            await self.estate.abandon(self.name, self._left)
            self._left = []
        await self._events.open()
        self._living = asyncio.get_running_loop().create_task(self._live())

    async def close(self) -> None:
        """Be there no more. What others have asked ends for them at once."""
        await self._events.close()
        await end_tasks(self._living, self._tidying)
        try:
            if not self.membership.away:
                await self.holdings.told()
                await self.membership.leave()
        except Away as problem:
            log.warning("Redis did not hear that this node ends: %s", problem)
        await self.post.close()
        await self.client.aclose()

    # -- inside -------------------------------------------------------------------------------------------------

    def _about(self) -> Peer:
        life = self.membership.life or ""
        (own,) = self.local.members()
        return Peer(self.name, life, own.host, own.pid, own.connected, own.api, own.since_ms, own.version)

    async def _live(self) -> None:
        try:
            await self.membership.run()
        except Namesake as problem:
            log.critical("this node ends, because another has its name: %s", problem)
            os.kill(os.getpid(), signal.SIGTERM)

    async def _begun(self, life: str) -> None:
        self._lives += 1
        self._former, self._begun_s = True, asyncio.get_running_loop().time()
        self.post.begin(life)
        self.holdings.again()
        await self.holdings.told()

    def _over(self, why: str) -> None:
        self.post.over(why)

    def _beat(self) -> None:
        """All is well: make good what could not be done before, and clean up after the dead."""
        self.holdings.tell()
        self.post.mourn()
        if self._tidying is None or self._tidying.done():
            self._tidying = asyncio.get_running_loop().create_task(self._tidy())

    async def _tidy(self) -> None:
        try:
            await self.front.catch_up()
            if self.membership.others.at_s > self._begun_s:  # the others have had a second to say what they listen to
                await self._settle_own()
            if self.membership.experienced:
                for name in self.membership.others.absent:
                    await self._sweep(name)
        except (StoreError, Away) as problem:
            log.warning("what dead nodes have left is swept later: %s", problem)

    async def _settle_own(self) -> None:
        """What this node's earlier lives have left. The stations of this process's own are told of already."""
        if self._left:
            self.estate.tell(await self.estate.abandon(self.name, self._left))
            self._left = []
        if self._former:
            if self._lives == 1:
                await self.estate.part(self.name)
            else:
                async for station in self.estate.reap(self.name):
                    log.debug("%s left while this node was thought dead", station)
            self._former = False

    async def _sweep(self, name: str) -> None:
        if not await self.estate.settle(name):
            return
        await self._store.write(lambda database: rounds.release(database, name))
        await self._scripts("forget", name)
