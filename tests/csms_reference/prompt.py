"""Redis that has answered before the event loop goes on, so that a bench knows when nothing is on its way any more.

The server is a real one, with the streams and scripts that nodes use; it is asked as a function is called. Who reads a
stream with ``block`` waits for somebody of this process to write, as nobody else knows the keys.
"""

import asyncio
import os

import redis
from redis.commands.core import Script

REDIS = os.environ.get("CHARGEBENCH_REDIS", "redis://127.0.0.1:6379")
ASIDE = frozenset({"xread", "xrange", "xrevrange", "get", "info", "ping"})
"""What changes nothing, so that nobody who reads has to look again."""


class Line:
    """The server as the nodes of one bench share it. ``asked`` counts what it was asked."""

    def __init__(self, busy):
        self.server = redis.Redis.from_url(REDIS, decode_responses=True, single_connection_client=True)
        self.busy = busy
        self.asked = 0
        self._blocked = set()

    def ask(self, name, *given, **more):
        """Have a command carried out."""
        self.asked += 1
        said = getattr(self.server, name)(*given, **more)
        if name not in ASIDE:
            self.wake()
        return said

    def wake(self):
        """Somebody has written: whoever reads looks again, and counts as busy until it waits once more."""
        for reader in self._blocked:
            if not reader.done():
                self.busy.begin()
                reader.set_result(None)

    async def wait(self):
        """Wait for somebody to write."""
        reader = asyncio.get_running_loop().create_future()
        self._blocked.add(reader)
        try:
            await reader
        finally:
            self._blocked.discard(reader)
            if reader.done() and not reader.cancelled():
                self.busy.end()

    def close(self, *keys):
        """Delete what the nodes have left, and hang up."""
        self.server.delete(*keys)
        self.server.close()


class Prompt:
    """One node's client: what the nodes use of ``redis.asyncio.Redis``."""

    def __init__(self, line):
        self._line = line

    def __getattr__(self, name):
        async def ask(*given, **more):
            return self._line.ask(name, *given, **more)

        return ask

    def register_script(self, source):
        """A script, which is a coroutine function."""
        script = Script(self._line.server, source)

        async def carry_out(keys, args):
            self._line.asked += 1
            said = script(keys=keys, args=args)
            self._line.wake()
            return said

        return carry_out

    async def xread(self, streams, count=None, block=None):
        """Entries, once there are any. Nobody waits in the server."""
        while not (found := self._line.ask("xread", streams, count=count)) and block is not None:
            await self._line.wait()
        return found

    def pipeline(self, transaction=True):
        """Commands that are carried out together."""
        return _Pipeline(self._line, transaction)

    async def aclose(self):
        """The line stays, as it is everybody's."""


class _Pipeline:
    def __init__(self, line, transaction):
        self._line = line
        self._gathered = line.server.pipeline(transaction=transaction)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self._gathered.reset()

    def xadd(self, *given, **more):
        self._gathered.xadd(*given, **more)

    async def execute(self):
        self._line.asked += 1
        self._gathered.execute()
        self._line.wake()
