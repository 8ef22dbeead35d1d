"""What stands before the nodes of a CSMS: each connection goes to the next of them."""

import asyncio
import contextlib
import itertools


class Sharing:
    """A TCP relay at ``port``, beginning with the second of ``ports``: the API that is asked is the first's."""

    def __init__(self, ports):
        self._turns = itertools.cycle((*ports[1:], ports[0]))
        self._server = None
        self._tasks = set()
        self.port = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            with contextlib.suppress(OSError):
                there, away = await asyncio.open_connection("127.0.0.1", next(self._turns))
                try:
                    async with asyncio.TaskGroup() as both:
                        both.create_task(_pump(reader, away))
                        both.create_task(_pump(there, writer))
                finally:
                    away.transport.abort()
        finally:
            writer.transport.abort()


async def _pump(reader, writer):
    """Hand on what comes, and the end of it: whoever closes first closes both."""
    try:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
    except BaseException:
        writer.transport.abort()
        raise
