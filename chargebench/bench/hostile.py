"""Hostile and broken stations, of each kind some: what a CSMS must not let its good ones suffer from.

Each is a coroutine on a bare socket, so that nothing keeps it from breaking the rules. When its link ends it comes
again after a second, whatever it was told; one that comes and goes on purpose after a tenth of that.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from base64 import b64encode
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chargebench.bench.payloads import SUBPROTOCOL

AGAIN_S = 1.0
STORMING_S = 0.1
TEXT, BINARY = 0x81, 0x82
COUNTED = ("connections", "refused", "ended")
SMALL_BUFFER = 4096
LEAST = 19
AUTOGROUP = Path("/proc/self/autogroup")
NONSENSE = (b"[2,", b"[" * 5000, b'{"a":1}', b'[2,"x","Boot",{}]', b'[3,"nobody",{}]', b"")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Attacker:
    """One of them: where it connects, as whom, and how to count what becomes of it."""

    host: str
    port: int
    source: str
    identity: str
    counts: Counter[str]
    writer: asyncio.StreamWriter | None = None

    async def connect(self, buffer_bytes: int | None = None) -> Streams:
        """A TCP connection."""
        sock = socket.socket()
        sock.setblocking(False)
        if buffer_bytes is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        try:
            sock.bind((self.source, 0))
            await asyncio.get_running_loop().sock_connect(sock, (self.host, self.port))
            streams = await asyncio.open_connection(sock=sock, limit=2**16)
        except BaseException:
            sock.close()
            raise
        self.counts["connections"] += 1
        self.hang_up()
        self.writer = streams[1]
        return streams

    def hang_up(self) -> None:
        """Be gone without a word."""
        if self.writer is not None:
            self.writer.transport.abort()
            self.writer = None

    async def enter(self, password: str | None = None, buffer_bytes: int | None = None) -> Streams:
        """A WebSocket connection. Raises ConnectionError where it is refused."""
        reader, writer = await self.connect(buffer_bytes)
        proof = "" if password is None else f"Authorization: Basic {_basic(self.identity, password)}\r\n"
        writer.write(
            f"GET /{self.identity} HTTP/1.1\r\nHost: {self.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n{proof}\r\n".encode()
        )
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 101"):
            self.counts["refused"] += 1
            raise ConnectionRefusedError(answer[:12])
        return reader, writer

    async def boot(self, buffer_bytes: int | None = None) -> Streams:
        """The same, and registered."""
        reader, writer = await self.enter(buffer_bytes=buffer_bytes)
        made = {"chargingStation": {"model": "X", "vendorName": "X"}, "reason": "PowerUp"}
        writer.write(frame(_call("boot", "BootNotification", made)))
        await reader.read(4096)
        return reader, writer


Behaviour = Callable[[Attacker], Awaitable[None]]
KINDS: dict[str, Behaviour] = {}


def kind(behave: Behaviour) -> Behaviour:
    """Enter a kind under its function's name. It lives until its link ends."""
    KINDS[behave.__name__] = behave
    return behave


@kind
async def slow_reader(attacker: Attacker) -> None:
    """Asks and asks, and reads no answer: its window is full after some (SEC-25)."""
    _, writer = await attacker.boot(SMALL_BUFFER)
    for number in count():
        writer.write(frame(_call(number, "Heartbeat", {})))
        await writer.drain()
        await asyncio.sleep(0.05)


@kind
async def flood(attacker: Attacker) -> None:
    """A hundred CALLs at once, without waiting, and again."""
    reader, writer = await attacker.boot()
    for number in count():
        first = 100 * number
        writer.write(b"".join([frame(b'[2,"h%d","Heartbeat",{}]' % (first + each)) for each in range(100)]))
        await writer.drain()
        await _taken(reader, 0.1)


@kind
async def garbage(attacker: Attacker) -> None:
    """Text that is no JSON, JSON that is no message, bytes, bad UTF-8 (RPC-01 to RPC-04, SEC-23, SEC-24)."""
    reader, writer = await attacker.enter()
    for number in count():
        for data in (*NONSENSE, _call(number, "Nope", {})):
            writer.write(frame(data))
        writer.write(frame(os.urandom(64), BINARY))
        if number % 10 == 9:
            writer.write(frame(b"\xff\xfe"))
        await writer.drain()
        await _taken(reader, 0.2)


@kind
async def mute(attacker: Attacker) -> None:
    """Boots, and then neither answers nor says anything, not even to pings."""
    reader, _ = await attacker.boot()
    while await reader.read(4096):
        pass


@kind
async def storm(attacker: Attacker) -> None:
    """Connects and is gone again at once."""
    await attacker.enter()


@kind
async def oversized(attacker: Attacker) -> None:
    """Announces far too much, or sends a little too much in pieces (SEC-20, SEC-22)."""
    reader, writer = await attacker.enter()
    writer.write(bytes((TEXT, 0xFF)) + (2**62).to_bytes(8) + b"\0\0\0\0" + b"x" * 1000)
    await _taken(reader, 5.0)
    reader, writer = await attacker.enter()
    writer.write(frame(b"x" * 60_000, 0x01))
    for _ in range(20):
        writer.write(frame(b"x" * 60_000, 0x00))
        await writer.drain()
    await _taken(reader, 5.0)


@kind
async def half_open(attacker: Attacker) -> None:
    """Says its request a byte a second (SEC-18)."""
    reader, writer = await attacker.connect()
    for byte in b"GET /nobody HTTP/1.1\r\nHost: somewhere\r\nUpgrade: websocket\r\n":
        writer.write(bytes((byte,)))
        await writer.drain()
        await _taken(reader, 1.0)


@kind
async def wrong_password(attacker: Attacker) -> None:
    """Guesses the password of a station that has one (SEC-02, SEC-05)."""
    attacker.identity = f"VICTIM-{int(attacker.identity.rpartition('-')[2]) % VICTIMS}"
    await attacker.enter(password=os.urandom(10).hex())


@kind
async def histories(attacker: Attacker) -> None:
    """Tells years of meter values, hundreds to a message, as fast as they are acknowledged."""
    reader, writer = await attacker.boot()
    sampled = [{"value": 1.5, "measurand": "Voltage", "phase": f"L{1 + each % 3}"} for each in range(40)]
    for number in count():
        stamps = [f"20{number % 90 + 10}-01-01T00:{number % 60:02}:{each:02}Z" for each in range(10)]
        values = [{"timestamp": stamp, "sampledValue": sampled} for stamp in stamps]
        writer.write(frame(_call(number, "MeterValues", {"evseId": 1, "meterValue": values})))
        await writer.drain()
        if not await reader.read(65536):
            return


VICTIMS = 8
"""Stations with a password, which somebody has to register: ``VICTIM-0`` and so on."""


class HostileStations:
    """Of each kind as many as of every other."""

    fast_loop = True

    async def aim(self, url: str, name: str, source: str, kinds: list[str] | None = None) -> None:
        """Where to connect, from which address, as whom, and which kinds there are (None: all)."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._where = parts.hostname, parts.port, source
        self._name, self._kinds = name, kinds or list(KINDS)
        self._tasks: list[asyncio.Task[None]] = []
        self._counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        _step_back()

    async def begin(self, number: int) -> None:
        """Let so many loose."""
        loop = asyncio.get_running_loop()
        for index in range(number):
            name = self._kinds[index % len(self._kinds)]
            attacker = Attacker(*self._where, f"{self._name}-{name}-{index}", self._counts)
            self._tasks.append(loop.create_task(self._live(KINDS[name], attacker, index / number)))

    async def end(self) -> dict[str, int]:
        """Have them all gone; what became of them (``COUNTED``)."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        counts = dict(self._counts)
        self._counts = Counter(dict.fromkeys(COUNTED, 0))
        return counts

    async def _live(self, behave: Behaviour, attacker: Attacker, after_s: float) -> None:
        await asyncio.sleep(after_s)
        while True:
            try:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                    await behave(attacker)
            finally:
                attacker.hang_up()
            attacker.counts["ended"] += 1
            await asyncio.sleep(STORMING_S if behave is storm else AGAIN_S)


def _step_back() -> None:
    """Take least priority: what they cost their own machine is not what they cost the CSMS.

    Where Linux puts processes into autogroups, priorities count only within a group, so they need one of their own.
    """
    os.nice(LEAST)
    with contextlib.suppress(OSError):  # where there are no such groups, or no new session
        os.setsid()
        AUTOGROUP.write_text(str(LEAST))


def frame(data: bytes, first: int = TEXT) -> bytes:
    """A masked frame; the mask is zero."""
    size = len(data)
    head = bytes((first, 0x80 | size)) if size < 126 else bytes((first, 0xFE)) + size.to_bytes(2)
    return head + b"\0\0\0\0" + data


def _call(number: object, action: str, payload: dict[str, Any]) -> bytes:
    return json.dumps([2, f"h{number}", action, payload]).encode()


def _basic(user: str, password: str) -> str:
    return b64encode(f"{user}:{password}".encode()).decode()


async def _taken(reader: asyncio.StreamReader, for_s: float) -> None:
    """Read for so long, and throw it away. Raises ConnectionError when the link ends."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(for_s):
            while await reader.read(65536):
                pass
            raise ConnectionResetError
