"""The plain stack: what people write today with ``ocpp`` and ``websockets``, both as they are out of the box.

On asyncio's own loop, compression and keepalive on, validation in threads, one task per connection and more.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from datetime import UTC, datetime
from typing import Any

from ocpp.charge_point import camel_to_snake_case
from ocpp.routing import on
from ocpp.v201 import ChargePoint, call, call_result
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from chargebench.bench.payloads import INTERVAL_S, SUBPROTOCOL, transaction_event

AT_ONCE = 32
"""How many connect at the same time."""


def _now() -> str:
    return datetime.now(UTC).isoformat()


class _Peer(ChargePoint):  # type: ignore[misc]  # the package is not typed
    """The CSMS's end of a connection."""

    @on("BootNotification")  # type: ignore[untyped-decorator]
    def booted(self, **_: Any) -> Any:
        """Accept."""
        return call_result.BootNotification(current_time=_now(), interval=INTERVAL_S, status="Accepted")

    @on("Heartbeat")  # type: ignore[untyped-decorator]
    def beat(self) -> Any:
        """Tell the time."""
        return call_result.Heartbeat(current_time=_now())

    @on("TransactionEvent")  # type: ignore[untyped-decorator]
    def charged(self, **_: Any) -> Any:
        """Take note of nothing."""
        return call_result.TransactionEvent()


class PlainCsms:
    """Accepts and answers whoever comes."""

    fast_loop = False

    async def listen(self, cert: str | None = None, key: str | None = None) -> dict[str, Any]:
        """Open a port and say which."""
        tls = None
        if cert is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(cert, key)
        offered = [Subprotocol(SUBPROTOCOL)]
        self._server = await serve(self._serve, "127.0.0.1", 0, subprotocols=offered, ssl=tls)
        return {"port": next(iter(self._server.sockets)).getsockname()[1]}

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        with contextlib.suppress(ConnectionClosed):
            await _Peer(connection.request.path.strip("/"), connection).start()


class _Station:
    """One connected charge point and the task that reads for it."""

    def __init__(self, connection: ClientConnection, charge_point: Any) -> None:
        self.connection = connection
        self.charge_point = charge_point
        self.number = 0
        self.reading = asyncio.create_task(charge_point.start())

    def next_call(self, action: str) -> Any:
        """The next message of an action."""
        if action == "Heartbeat":
            return call.Heartbeat()
        self.number += 1
        return call.TransactionEvent(**camel_to_snake_case(transaction_event(self.number)))


class PlainStations:
    """Charge points that boot, and call when they are told to."""

    fast_loop = False

    def __init__(self) -> None:
        self._stations: list[_Station] = []
        self._url = ""
        self._tls: ssl.SSLContext | None = None
        self._dialled = 0
        self._took_s: list[float] = []

    async def aim(self, port: int, ca: str | None = None) -> None:
        """Where to connect; over TLS if the authority ``ca`` is given."""
        self._url = f"{'ws' if ca is None else 'wss'}://127.0.0.1:{port}/"
        self._tls = None if ca is None else ssl.create_default_context(cafile=ca)

    async def connect(self, number: int) -> None:
        """Connect so many more, and boot them."""
        door = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for _ in range(number):
                self._dialled += 1
                group.create_task(self._boot(f"CP-{self._dialled:06}", door))

    async def _boot(self, identity: str, door: asyncio.Semaphore) -> None:
        async with door:
            offers = [Subprotocol(SUBPROTOCOL)]
            connection = await connect(self._url + identity, subprotocols=offers, ssl=self._tls)
            station = _Station(connection, ChargePoint(identity, connection))
            charging_station = {"model": "Bench", "vendor_name": "Chargebench"}
            answer = await station.charge_point.call(call.BootNotification(charging_station, "PowerUp"))
            assert answer.status == "Accepted"
            self._stations.append(station)

    async def round_trips(self, action: str, number: int) -> None:
        """So many in all, each connection one at a time."""
        left = iter(range(number))

        async def keep_calling(station: _Station) -> None:
            for _ in left:
                begin_s = time.monotonic()
                await station.charge_point.call(station.next_call(action))
                self._took_s.append(time.monotonic() - begin_s)

        self._took_s = []
        await asyncio.gather(*map(keep_calling, self._stations))

    async def timed(self, action: str, number: int) -> dict[str, float]:
        """The same; seconds in all, and of the single ones the 50th and 99th percentile."""
        begin_s = time.monotonic()
        await self.round_trips(action, number)
        took_s = sorted(self._took_s)
        return {"s": time.monotonic() - begin_s, "p50_s": took_s[number // 2], "p99_s": took_s[number * 99 // 100]}

    async def leave(self) -> None:
        """All hang up."""
        stations, self._stations = self._stations, []
        for station in stations:
            await station.connection.close()
        await asyncio.gather(*(station.reading for station in stations), return_exceptions=True)
