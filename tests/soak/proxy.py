"""A TCP proxy that can be cut, or go silent as a lost network does."""

import asyncio
import contextlib
from enum import StrEnum


class Mode(StrEnum):
    """What becomes of connections."""

    PASSING = "passing"
    REFUSING = "refusing"  # those there are end, new ones too
    SILENT = "silent"  # everybody may connect, nobody hears anything, and nothing is ever made up for


class Proxy:
    """Stands before a server, at ``port``."""

    def __init__(self, host, port):
        self._upstream = host, port
        self._mode = Mode.PASSING
        self._server = None
        self._tasks = set()
        self._ends = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        self._cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def become(self, mode):
        """From now on. What was connected to a server that went silent never comes back; only new ones do."""
        if mode is Mode.REFUSING:
            self._cut()
        self._mode = mode

    def _cut(self):
        for end in self._ends:
            end.transport.abort()

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        ends = [writer]
        self._ends.add(writer)
        try:
            if self._mode is Mode.REFUSING:
                return
            silent = self._mode is Mode.SILENT
            if silent:
                await reader.read()
                return
            upstream, onward = await asyncio.open_connection(*self._upstream)
            ends.append(onward)
            self._ends.add(onward)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, onward))
                both.create_task(self._pump(upstream, writer))
        except OSError:
            pass  # one of both ends is gone, and so is the other
        finally:
            for end in ends:
                end.transport.abort()
            self._ends.difference_update(ends)
            self._tasks.discard(task)

    async def _pump(self, reader, writer):
        lost = False
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                lost = lost or self._mode is Mode.SILENT
                if not lost:
                    writer.write(data)
                    await writer.drain()
        if not lost:  # the other end of a silent line is told nothing, not even this
            writer.transport.abort()
