"""Stations that call at a fixed rate, whether or not they were answered: what they wait for counts in full."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from itertools import count
from typing import Any

from chargebench.bench.payloads import BOOT, SUBPROTOCOL, transaction_event, transaction_start
from protocol.link import Link, Lost, Target
from protocol.session import Answered, Session
from protocol.transports.lean import LeanDialer
from protocol.versions import V201, Side

AGAIN_S = 1.0
"""When to dial again, if there is no Retry-After."""

LAST_S = 30.0
"""How long the last answers may take; what has none by then took as long as that."""


class _Station:
    """A Session on a link; ``due`` are the instants at which its unanswered CALLs were to leave."""

    __slots__ = ("_owner", "due", "events", "identity", "link", "session", "transaction")

    def __init__(self, owner: PacedStations, identity: str) -> None:
        self._owner = owner
        self.identity = identity
        self.transaction = f"{identity}-tx"
        self.link: Link | None = None
        self.events = 0
        self.due: deque[float] = deque()

    def opened(self, link: Link, subprotocol: str) -> None:
        assert subprotocol == SUBPROTOCOL
        self.link = link
        numbers = count(1)
        self.session = Session(V201, Side.STATION, ids=lambda: f"{self.identity}-{next(numbers)}")
        self.call("BootNotification", BOOT)

    def received(self, data: str | bytes) -> None:
        for event in self.session.receive(data, self._owner.now()):
            if isinstance(event, Answered):
                self._owner.answered(self, event)
        self._flush()

    def lost(self, why: Lost) -> None:
        self.link = None
        self._owner.lost(self, why)

    def call(self, action: str, payload: dict[str, Any]) -> None:
        """Send a CALL, or have it wait for the answer to the one before."""
        self.session.call(action, payload, self._owner.now())
        self._flush()

    def charge(self) -> None:
        """Send the next event of its transaction."""
        number, self.events = self.events, self.events + 1
        name = self.transaction
        self.call("TransactionEvent", transaction_event(number, name) if number else transaction_start(name))

    def _flush(self) -> None:
        while self.session.outbox and self.link is not None:
            self.link.send(self.session.outbox.popleft())


class PacedStations:
    """Good stations: they boot, wait for answers, and come back as they are told to."""

    fast_loop = True

    async def aim(self, url: str, name: str, source: str) -> None:
        """Where to connect, from which address, and how identities begin."""
        self._url, self._name = url, name
        self._dialer = LeanDialer(sources=[source])
        self._stations: list[_Station] = []
        self._booted: set[str] = set()
        self._changed = asyncio.Condition()
        self._took_s: list[float] = []
        self._open = self._lost = 0
        self._told: set[asyncio.Task[None]] = set()
        self.now = asyncio.get_running_loop().time

    async def arrive(self, number: int, per_s: float) -> None:
        """Connect so many more, and boot them; whoever is turned away comes again."""
        begin_s = time.monotonic()
        for index in range(number):
            await _until(begin_s + index / per_s)
            station = _Station(self, f"{self._name}-{len(self._stations):05}")
            self._stations.append(station)
            self._dial(station)
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._booted) == len(self._stations))

    async def paced(self, per_s: float, for_s: float, events_share: float) -> dict[str, Any]:
        """So many CALLs a second in turn, one in ``1 / events_share`` a TransactionEvent, the others Heartbeats.

        ``took_us``: of each, from when it was to leave to its answer; ``lost``: links that ended meanwhile.
        """
        self._took_s, self._lost = [], 0
        begin_s, every = time.monotonic(), max(1, round(1 / events_share))
        for number in range(int(per_s * for_s)):
            due_s = begin_s + number / per_s
            await _until(due_s)
            station = self._stations[number % len(self._stations)]
            self._open += 1
            station.due.append(due_s)
            if station.link is not None:
                station.call("Heartbeat", {}) if (number + 1) % every else station.charge()
        with contextlib.suppress(TimeoutError):  # what has no answer by then counts as LAST_S
            async with asyncio.timeout(LAST_S), self._changed:
                await self._changed.wait_for(lambda: not self._open)
        self._took_s += [LAST_S] * self._open
        self._open = 0
        for station in self._stations:
            station.due.clear()
        return {"took_us": [round(one * 1e6) for one in self._took_s], "lost": self._lost}

    def answered(self, station: _Station, event: Answered) -> None:
        """One CALL is over."""
        if event.action == "BootNotification":
            assert event.payload["status"] == "Accepted"
            self._booted.add(station.identity)
            self._tell()
        elif station.due:
            self._took_s.append(time.monotonic() - station.due.popleft())
            self._open -= 1
            if not self._open:
                self._tell()

    def lost(self, station: _Station, why: Lost) -> None:
        """A link is gone or could not be made: the station comes again."""
        if station.identity in self._booted:
            self._booted.discard(station.identity)
            self._lost += 1
        asyncio.get_running_loop().call_later(why.retry_after_s or AGAIN_S, self._dial, station)

    def _dial(self, station: _Station) -> None:
        self._dialer.dial(Target(self._url, station.identity, (SUBPROTOCOL,)), station)

    def _tell(self) -> None:
        task = asyncio.get_running_loop().create_task(self._notify())
        self._told.add(task)
        task.add_done_callback(self._told.discard)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def _until(when_s: float) -> None:
    if (early_s := when_s - time.monotonic()) > 0:
        await asyncio.sleep(early_s)
