"""The same tests with several nodes (CHARGEBENCH_TEST_NODES=3): what takes itself for one CSMS is a cluster.

Stations come to the nodes in turn, beginning with the second; the API is that of the first. So most of what tests ask
of a station, and hear of it, goes from one node to another.
"""

import asyncio
import itertools
import math
import os
import uuid
from collections import ChainMap
from dataclasses import replace

from csms_reference.front import Alone
from csms_reference.nodes.node import Node
from csms_reference.observed import ObservedCsms
from tests.csms_reference.prompt import REDIS, Line, Prompt

COUNT = int(os.environ.get("CHARGEBENCH_TEST_NODES") or 1)
ALONE = {
    "test_admission.py": "callers and their vain attempts are counted by each node",
    "test_proving.py": "as admission",
    "test_doors.py": "rates are each node's own",
    "test_overload.py": "rates and pressure are each node's own",
    "test_front.py": "about the front of a single process",
    "test_figures.py": "figures are those of the node that is asked",
    "test_measures.py": "as figures",
    "test_prometheus.py": "as figures",
    "test_scope.py": "writes to the store's own connection, where nodes write as well",
    "test_balance.py": "site_limit_w needs a single node",
    "test_rounds.py": "each node makes the rounds of its own stations, and looks every 5 s what others were asked for",
    "test_tokenchanges.py": "as rounds",
}
"""Modules of tests that stay with one node, whatever is chosen, and why."""

TURNS = 10
"""So many turns of the loop without a word to Redis, and nothing is under way any more."""


class Cluster:
    """Nodes of one process over one store, which to a test is a ``Csms``: a gate, and commands."""

    def __init__(self, store, count, *, settings, busy, **same):
        self.name = f"bench-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.line = Line(busy)
        self.members = []
        settings = replace(settings, redis=REDIS, cluster=self.name, api_url=settings.api_url or settings.api_base)
        for number in range(1, count + 1):
            own = replace(settings, node_name=f"node-{number}")
            csms = ObservedCsms(store, settings=own, busy=busy, **same)
            self.members.append((csms, Node(own, Alone(csms), csms, Prompt(self.line))))
        self.first = self.members[0][0]
        self.connections = ChainMap(*(csms.connections for csms, _ in self.members))
        self._turns = itertools.cycle((*self.members[1:], self.members[0]))

    def __getattr__(self, name):
        """What is the same for all of them, or of a node itself."""
        return getattr(self.first, name)

    @property
    def front(self):
        """Where clients of the API ask: the first node."""
        return self.members[0][1].front

    def open(self, loop):
        """Have the nodes find one another, as if they had long been there; their clients wait for nothing, so that this
        does not either."""
        for _, node in self.members:
            if not self.first.store.inline:
                node.estate.in_hand = nothing
            if loop.is_running():
                promptly(node.open())
            else:
                loop.run_until_complete(node.open())
            node.membership._since_s = -math.inf

    async def admit(self, knock):
        """Let each station in at the next node."""
        return await next(self._turns)[0].admit(knock)

    async def command(self, station_id, /, *given, **fields):
        return await self._elsewhere("command", station_id, *given, **fields)

    async def call(self, station_id, /, *given, **more):
        return await self._elsewhere("call", station_id, *given, **more)

    async def register(self, station_id, **columns):
        return await self._elsewhere("register", station_id, **columns)

    async def remove(self, station_id, **more):
        return await self._elsewhere("remove", station_id, **more)

    def figures(self):
        """Those of all nodes."""
        each = [csms.figures() for csms, _ in self.members]
        return {name: sum(figures[name] for figures in each) for name in each[0]}

    async def settled(self):
        """Wait until nothing is on its way between nodes."""
        still = 0
        while still < TURNS:
            asked = self.line.asked
            assert await self.line.busy.idle(10)
            await asyncio.sleep(0)
            still = still + 1 if asked == self.line.asked else 0

    async def close(self, *why):
        """Close the nodes, one after the other."""
        for csms, node in self.members:
            await csms.close(*why)
            await node.close()

    async def discard(self):
        """Close what is still open, and leave nothing in Redis."""
        for _, node in self.members:
            await node.close()
        keys = self.members[0][1].keys
        names = (csms.settings.node_name for csms, _ in self.members)
        self.line.close(keys.nodes, keys.stations, keys.events, f"{keys.prefix}:fence", *map(keys.node, names))

    async def _elsewhere(self, what, station, /, *given, **more):
        """Ask a node that does not hold the station, and wait until every node knows what came of it."""
        front = next(node.front for csms, node in self.members if station not in csms.connections)
        found = await getattr(front, what)(station, *given, **more)
        await self.settled()
        return found


async def nothing(_node):
    """The cluster is new: there is nothing left of another."""
    return []


def promptly(work):
    """Run a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    work.close()
    raise AssertionError("it waits")
