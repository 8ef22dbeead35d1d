"""Nodes in one process: each a CSMS on a network of its own, over one store and one Redis."""

import asyncio
import itertools
import os
import uuid
from datetime import UTC, datetime

import pytest

from csms_reference.front import Alone
from csms_reference.nodes.node import Node
from csms_reference.nodes.redis import open_redis
from csms_reference.observed import ObservedCsms
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.busy import Busy
from protocol.link import Target
from protocol.transports.memory import MemoryNetwork
from tests.csms_reference.conftest import SUBPROTOCOLS, FakeStation

REDIS = os.environ.get("CHARGEBENCH_REDIS", "redis://127.0.0.1:6379")


class OneNode:
    """A node, its network and its stations."""

    def __init__(self, name, store, url, cluster, **settings):
        numbers = itertools.count(1)
        self.busy = Busy()
        given = Settings(node_name=name, redis=url, cluster=cluster, **settings)
        self.csms = ObservedCsms(
            store, now=lambda: datetime.now(UTC), busy=self.busy, settings=given, ids=lambda: f"{name}-{next(numbers)}"
        )
        self.network = MemoryNetwork(lambda fn: asyncio.get_running_loop().call_soon(fn), self.busy)
        self.network.serve(self.csms)
        self.node = Node(given, Alone(self.csms), self.csms)
        self.front = self.node.front

    async def station(self, identity="CP-1", answers=True):
        """Dial and boot; one that does not answer lets commands wait."""
        station = FakeStation(f"{identity}-")
        station.bench = self
        if answers:
            station.replies = {"ClearCache": {"status": "Accepted"}}
        self.network.dialer().dial(Target("ws://csms/", identity, (SUBPROTOCOLS["2.0.1"],)), station)
        await station.until(lambda: station.link or station.ended)
        await station.boot()
        return station

    async def told(self):
        """Redis knows what has happened here."""
        await self.node.holdings.told()


@pytest.fixture
async def redis(require_service):
    """A client of the Redis of this machine."""
    require_service("redis")
    client = open_redis(REDIS)
    yield client
    await client.aclose()


@pytest.fixture
async def nodes(redis):
    """Makes nodes of one cluster, which are closed in the end."""
    cluster = f"test-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    store = Store.open(inline=True)
    made = []

    async def make(name, url=REDIS, **settings):
        one = OneNode(name, store, url, cluster, **settings)
        made.append(one)
        await one.node.open()
        return one

    yield make
    for one in made:
        one.network.serve(None)
        await one.node.close()
        await one.csms.close()
    store.close()
    keys = [key async for key in redis.scan_iter(f"{{csms:{cluster}}}*")]
    if keys:
        await redis.delete(*keys)


@pytest.fixture
async def two(nodes):
    """Nodes a and b."""
    return await nodes("a"), await nodes("b")
