"""The floor: the bytes of a CALL over a bare socket of the same loop, and the same bytes back.

No WebSocket, no JSON, no OCPP: what a round trip costs that nobody answers with any thought.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from chargebench.bench.payloads import transaction_event
from protocol import frames

TEXTS = {
    "Heartbeat": frames.call("CP-000001-000001", "Heartbeat", {}).encode(),
    "TransactionEvent": frames.call("CP-000001-000001", "TransactionEvent", transaction_event()).encode(),
}


class _Mirror(asyncio.Protocol):
    """Sends back what it gets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


class EchoCsms:
    """Listens and echoes."""

    fast_loop = True

    async def listen(self) -> dict[str, Any]:
        """Open a port and say which."""
        self._server = await asyncio.get_running_loop().create_server(_Mirror, "127.0.0.1", 0)
        return {"port": self._server.sockets[0].getsockname()[1]}


class _Shout(asyncio.Protocol):
    """Sends a text again as soon as it is back whole, for as long as its owner has round trips left."""

    def __init__(self, owner: EchoStations) -> None:
        self._owner = owner
        self._back = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._back += len(data)
        if self._back == len(self._owner.text):
            self._back = 0
            self._owner.came_back(self)

    def shout(self) -> None:
        """Once more."""
        self._transport.write(self._owner.text)


class EchoStations:
    """Many of those."""

    fast_loop = True

    def __init__(self) -> None:
        self.text = b""
        self._ends: list[_Shout] = []
        self._port = 0
        self._to_send = 0
        self._to_come = 0

    async def aim(self, port: int) -> None:
        """Where to connect."""
        self._port = port

    async def connect(self, number: int) -> None:
        """Connect so many more."""
        loop = asyncio.get_running_loop()
        for _ in range(number):
            _, end = await loop.create_connection(lambda: _Shout(self), "127.0.0.1", self._port)
            self._ends.append(end)

    async def round_trips(self, action: str, number: int) -> None:
        """So many in all, each connection one at a time."""
        self.text = TEXTS[action]
        self._to_send = self._to_come = number
        self._done = asyncio.get_running_loop().create_future()
        for end in self._ends[:number]:
            self._send(end)
        await self._done

    def came_back(self, end: _Shout) -> None:
        """One is over."""
        self._to_come -= 1
        if not self._to_come:
            self._done.set_result(None)
        elif self._to_send:
            self._send(end)

    def _send(self, end: _Shout) -> None:
        self._to_send -= 1
        end.shout()
