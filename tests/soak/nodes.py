"""Several nodes of one parent with a Redis of their own: any of them dies or stands still, and so does Redis.

Stations go to another node with every connection, as behind something that shares them out.
"""

import asyncio
import contextlib
import itertools
import shutil

import psutil

from tests.csms_reference.nodes.server import Redis
from tests.ports import free_port
from tests.soak.processes import Csms
from tests.soak.stations import Place

STILL_S = 7.0
"""A node that stands still for so long is dead to the others, and has been replaced where its stations are."""

STALLED_S = 4.0
"""A Redis that is silent for so long is away."""


class Places(Place):
    """Where the nodes listen."""

    def __init__(self):
        super().__init__()
        self._turns = itertools.count()
        self.ports = []

    def url(self, identity):
        port = self.ports[next(self._turns) % len(self.ports)]
        return f"ws://127.0.0.1:{port}/{identity}"


class Nodes(Csms):
    """Blows fall on one of the nodes, on all with their parent, or on Redis."""

    blows = ("node", "node", "node", "node that stands still", "redis", "redis that is silent")

    def __init__(self, folder, url, *, nodes, **more):
        self.redis = Redis(shutil.which("redis-server"), free_port(), folder)
        super().__init__(folder, url, each=nodes, nodes=nodes, redis=self.redis.url, **more)
        self.place = Places()
        self._still = []
        self._silent = None

    async def start(self):
        await self.mended()
        if not self.redis.runs:
            await self.redis.start()
        await super().start()
        self.place.ports = [node["ocpp"] for node in self.ports["nodes"]]

    async def strike(self, blow, chance):
        """One blow; what it takes to mend it goes on by itself, and of Redis one after the other."""
        if blow.startswith("redis"):
            if self._silent is not None:
                await self._silent
            if blow == "redis":
                await self.redis.kill()
                self._silent = asyncio.create_task(self._start_redis(chance.uniform(0, STALLED_S)))
            else:
                self.redis.stand_still()
                self._silent = asyncio.create_task(_later(chance.uniform(0.1, STALLED_S), self.redis.go_on))
        elif nodes := self.workers():  # those that died before may not be back
            node = chance.choice(sorted(nodes, key=lambda each: each.pid))
            if blow == "node":
                node.kill()
            else:
                node.suspend()
                self._still.append(asyncio.create_task(_later(chance.uniform(1.0, STILL_S), node.resume)))

    async def mended(self):
        """Wait until nothing stands still any more."""
        still, self._still, silent, self._silent = self._still, [], self._silent, None
        await asyncio.gather(*still, *filter(None, [silent]))

    async def kill(self):
        await self.mended()
        await super().kill()

    async def end(self):
        await self.mended()
        await super().end()
        await self.redis.kill()

    async def _start_redis(self, after_s):
        await asyncio.sleep(after_s)
        await self.redis.start()


async def _later(after_s, go_on):
    await asyncio.sleep(after_s)
    with contextlib.suppress(psutil.NoSuchProcess):  # it was killed meanwhile
        go_on()
