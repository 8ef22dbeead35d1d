"""Ours without the rest: a Session at both ends of the load engine's transport, everything validated both ways.

The CSMS keeps nothing and the station is nothing but its Session, as with the plain stack.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from chargebench.bench.payloads import BOOT, INTERVAL_S, SUBPROTOCOL, transaction_event, transaction_start
from chargebench.bench.transport import make_dialer, serve
from protocol.link import Admitted, Knock, Link, Lost, Target
from protocol.security import client_tls, server_tls
from protocol.session import Answered, Called, Session
from protocol.stamps import stamp
from protocol.versions import V201, Side

AT_ONCE = 32
"""How many connect at the same time."""


def _answer(called: Called) -> dict[str, Any]:
    if called.action == "TransactionEvent":
        return {}
    now = {"currentTime": stamp(datetime.now(UTC))}
    return now if called.action == "Heartbeat" else now | {"interval": INTERVAL_S, "status": "Accepted"}


class _Peer:
    """The CSMS's end of a connection."""

    __slots__ = ("_link", "_loop", "_session")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._session = Session(V201, Side.CSMS, ids=lambda: "none")

    def opened(self, link: Link, subprotocol: str) -> None:
        del subprotocol
        self._link = link

    def received(self, data: str | bytes) -> None:
        session = self._session
        for event in session.receive(data, self._loop.time()):
            if isinstance(event, Called):
                session.answer(event.message_id, _answer(event))
        while session.outbox:
            self._link.send(session.outbox.popleft())

    def lost(self, why: Lost) -> None:
        del why


class SessionCsms:
    """Accepts and answers whoever comes."""

    fast_loop = True

    async def listen(self, cert: str | None = None, key: str | None = None) -> dict[str, Any]:
        """Open a port and say which."""
        tls = server_tls(cert, key) if cert is not None and key is not None else None
        self._server = await serve(self, "127.0.0.1", 0, tls=tls)
        return {"port": self._server.port}

    async def admit(self, knock: Knock) -> Admitted:
        """Whoever knocks."""
        del knock
        return Admitted(SUBPROTOCOL, _Peer(asyncio.get_running_loop()))


class _Station:
    """A Session on a link, and nothing around it."""

    __slots__ = ("_owner", "_session", "events", "identity", "link", "since_s")

    def __init__(self, owner: SessionStations, identity: str) -> None:
        self._owner = owner
        self.identity = identity
        self.since_s = 0.0
        self.events = 0
        self.link: Link | None = None
        numbers = count(1)
        self._session = Session(V201, Side.STATION, ids=lambda: f"{identity}-{next(numbers):06}")

    def opened(self, link: Link, subprotocol: str) -> None:
        assert subprotocol == SUBPROTOCOL
        self.link = link
        self.call("BootNotification", BOOT)

    def received(self, data: str | bytes) -> None:
        for event in self._session.receive(data, self._owner.now()):
            if not isinstance(event, Answered):
                raise TypeError(f"expected an answer, got {event}")
            self._owner.answered(self, event)

    def lost(self, why: Lost) -> None:
        self._owner.lost(self, why)

    def call(self, action: str, payload: dict[str, Any]) -> None:
        """Send a CALL."""
        self._session.call(action, payload, self._owner.now())
        assert self.link is not None
        while self._session.outbox:
            self.link.send(self._session.outbox.popleft())

    def next_call(self, action: str) -> None:
        """Send the next message of an action."""
        if action == "Heartbeat":
            self.call(action, {})
        elif self.events:
            self.events += 1
            self.call(action, transaction_event(self.events, f"{self.identity}-tx"))
        else:
            self.events = 1
            self.call(action, transaction_start(f"{self.identity}-tx"))


class SessionStations:
    """Stations that boot, and call when they are told to."""

    fast_loop = True

    def __init__(self) -> None:
        self._stations: set[_Station] = set()
        self._dialer = make_dialer()
        self._urls = [""]
        self._took_s: list[float] | None = None
        self._tls: ssl.SSLContext | None = None
        self._dialled = 0
        self._leaving = False

    async def aim(self, port: int = 0, ca: str | None = None, urls: Sequence[str] = ()) -> None:
        """Where to connect, or where in turn; over TLS if the authority ``ca`` is given."""
        self._urls = list(urls) or [f"{'ws' if ca is None else 'wss'}://127.0.0.1:{port}/"]
        self._tls = None if ca is None else client_tls(ca)
        self.now = asyncio.get_running_loop().time

    async def connect(self, number: int) -> None:
        """Connect so many more, and boot them."""
        self._leaving = False
        self._begin("", number)
        for _ in range(min(AT_ONCE, number)):
            self._dial()
        await self._done

    async def round_trips(self, action: str, number: int) -> None:
        """So many in all, each connection one at a time."""
        self._begin(action, number)
        for station in list(self._stations)[:number]:
            self._next(station)
        await self._done

    async def timed(self, action: str, number: int) -> dict[str, float]:
        """The same; seconds in all, and of the single ones the 50th and 99th percentile."""
        self._took_s, begin_s = [], time.monotonic()
        await self.round_trips(action, number)
        took_s, self._took_s = sorted(self._took_s), None
        return {"s": time.monotonic() - begin_s, "p50_s": took_s[number // 2], "p99_s": took_s[number * 99 // 100]}

    async def leave(self) -> None:
        """All hang up."""
        self._leaving = True
        self._begin("", len(self._stations))
        for station in list(self._stations):
            assert station.link is not None
            station.link.close()
        if self._stations:
            await self._done

    def answered(self, station: _Station, event: Answered) -> None:
        """One round trip is over."""
        if event.action == "BootNotification":
            assert event.payload["status"] == "Accepted"
            self._stations.add(station)
        if self._took_s is not None:
            self._took_s.append(time.monotonic() - station.since_s)
        self._to_come -= 1
        if not self._to_come:
            self._done.set_result(None)
        elif self._to_send:
            self._next(station) if self._action else self._dial()

    def lost(self, station: _Station, why: Lost) -> None:
        """A link is gone, as it should or not."""
        self._stations.discard(station)
        if not self._leaving:
            if not self._done.done():
                self._done.set_exception(ConnectionError(f"{station.identity}: {why}"))
            return
        self._to_come -= 1
        if not self._to_come:
            self._done.set_result(None)

    def _begin(self, action: str, number: int) -> None:
        self._action = action
        self._to_send = self._to_come = number
        self._done = asyncio.get_running_loop().create_future()

    def _next(self, station: _Station) -> None:
        self._to_send -= 1
        if self._took_s is not None:
            station.since_s = time.monotonic()  # the loop's own time counts in milliseconds
        station.next_call(self._action)

    def _dial(self) -> None:
        self._to_send -= 1
        self._dialled += 1
        station = _Station(self, f"CP-{self._dialled:06}")
        url = self._urls[self._dialled % len(self._urls)]
        self._dialer.dial(Target(url, station.identity, (SUBPROTOCOL,), tls=self._tls), station)
