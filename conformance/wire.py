"""Attacks on a CSMS below OCPP: a bare WebSocket client that may do everything wrong (RFC 6455, OCPP-J part 4 §3).

Written on sockets alone, so that nothing between the case and the wire mends what is wrong on purpose. Each attack
dials, does its worst, and tells what came of it; it takes a few seconds at most.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from protocol.link import Target
from protocol.security import basic

TEXT, BINARY, CLOSE, PING, PONG, MORE = 0x1, 0x2, 0x8, 0x9, 0xA, 0x0
FIN, COMPRESSED = 0x80, 0x40
PATIENCE_S = 5.0
"""How long an answer is waited for."""
HEARTBEAT = '[2,"wire-{}","Heartbeat",{{}}]'


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attack: the HTTP status, the texts and pongs that came, and how the link ended.

    ``code`` is the close code, 1006 for a link that was cut, 0 for one that stayed open. ``retry_after_s`` is when the
    CSMS says to come again, if it says so in seconds.
    """

    status: int = 0
    texts: tuple[str, ...] = ()
    pongs: tuple[bytes, ...] = ()
    code: int = 0
    subprotocol: str = ""
    extensions: str = ""
    retry_after_s: float | None = None

    @property
    def answered(self) -> tuple[str, ...]:
        """The ids of the CALLs that got a result."""
        frames = (json.loads(text) for text in self.texts)
        return tuple(frame[1] for frame in frames if frame[0] == 3)


@dataclass(slots=True)
class Raw:
    """An open socket and what came over it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    pongs: list[bytes] = field(default_factory=list)
    code: int = 0
    inflating: Any = None

    def frame(self, opcode: int, payload: bytes, *, fin: bool = True, bits: int = 0, masked: bool = True) -> None:
        """Write one frame, right or wrong."""
        length, mask = len(payload), b"\x5a\xa5\x3c\xc3"
        head = bytes([(FIN if fin else 0) | bits | opcode])
        flag = 0x80 if masked else 0
        if length < 126:
            head += bytes([flag | length])
        elif length < 1 << 16:
            head += bytes([flag | 126]) + length.to_bytes(2, "big")
        else:
            head += bytes([flag | 127]) + length.to_bytes(8, "big")
        if masked:
            repeated = mask * (length // 4 + 1)
            body = int.from_bytes(payload, "big") ^ int.from_bytes(repeated[:length], "big")
            payload = mask + body.to_bytes(length, "big")
        self.writer.write(head + payload)

    async def listen(self, texts: int = 0, pongs: int = 0, patience_s: float = PATIENCE_S) -> None:
        """Take what comes until so much has come, the link has ended, or patience has."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while not self.code and (len(self.texts) < texts or len(self.pongs) < pongs or not texts + pongs):
                    await self._take()

    async def _take(self) -> None:
        try:
            first, second = await self.reader.readexactly(2)
            length = second & 0x7F
            if length > 125:
                length = int.from_bytes(await self.reader.readexactly(2 if length == 126 else 8), "big")
            payload = await self.reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError):
            self.code = self.code or 1006
            return
        opcode = first & 0x0F
        if opcode == TEXT:
            if first & COMPRESSED:
                payload = zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff")
            self.texts.append(payload.decode())
        elif opcode == PONG:
            self.pongs.append(payload)
        elif opcode == PING:
            self.frame(PONG, payload)
        elif opcode == CLOSE:
            self.code = int.from_bytes(payload[:2], "big") or 1005

    @property
    def outcome(self) -> Outcome:
        """What came so far."""
        agreed, extensions = (self.headers.get(f"sec-websocket-{each}", "") for each in ("protocol", "extensions"))
        later = self.headers.get("retry-after", "")
        again_s = float(later) if later.isdecimal() else None
        return Outcome(self.status, tuple(self.texts), tuple(self.pongs), self.code, agreed, extensions, again_s)


@asynccontextmanager
async def dialled(target: Target, *, more: str = "", shakes: bool = True) -> AsyncIterator[Raw]:
    """A connection to the CSMS; ``more`` are further lines of the request. Raises OSError.

    Without ``shakes`` nothing is said on it.
    """
    parts = urlsplit(target.url)
    port = parts.port or (443 if target.tls else 80)
    tls: ssl.SSLContext | None = target.tls
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls)
    raw = Raw(reader, writer)
    try:
        if shakes:
            await _shake(raw, target, more)
        yield raw
    finally:
        writer.transport.abort()


async def _shake(raw: Raw, target: Target, more: str) -> None:
    parts = urlsplit(target.url)
    path = f"{parts.path.rstrip('/')}/{quote(target.identity, safe='')}"
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(b'chargebench-wire').decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {', '.join(target.offers)}",
    ]
    if target.password is not None:
        lines.append(f"Authorization: {basic(target.user or target.identity, target.password)}")
    raw.writer.write("\r\n".join([*lines, *filter(None, [more]), "", ""]).encode())
    with suppress(TimeoutError, asyncio.IncompleteReadError, OSError):
        async with asyncio.timeout(PATIENCE_S):
            head = (await raw.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            raw.status = int(head[0].split()[1])
            pairs = (line.partition(":") for line in head[1:])
            raw.headers = {name.strip().lower(): value.strip() for name, _, value in pairs if name}
    if not raw.status:
        raw.code = 1006


Attack = Callable[..., Awaitable[Outcome]]
ATTACKS: dict[str, Attack] = {}
"""Every attack, by its name."""


def attack(done: Attack) -> Attack:
    """Register an attack under its name. Raises ValueError for a repeated one."""
    name = done.__name__
    if name in ATTACKS:
        raise ValueError(f"two attacks are called {name}")
    ATTACKS[name] = done
    return done


@attack
async def heartbeat(target: Target) -> Outcome:
    """No attack: one CALL, as anybody would make it."""
    async with dialled(target) as raw:
        raw.frame(TEXT, HEARTBEAT.format(0).encode())
        await raw.listen(texts=1)
        return raw.outcome


@attack
async def fragments(target: Target) -> Outcome:
    """One CALL, a byte to a frame, with a ping in its midst (RFC 6455 §5.4, §5.5)."""
    async with dialled(target) as raw:
        text = HEARTBEAT.format(0).encode()
        for at in range(len(text)):
            raw.frame(TEXT if at == 0 else MORE, text[at : at + 1], fin=at == len(text) - 1)
            if at == len(text) // 2:
                raw.frame(PING, b"midst")
        await raw.listen(texts=1, pongs=1)
        return raw.outcome


@attack
async def slices(target: Target) -> Outcome:
    """One CALL whose frame comes in three pieces of TCP, some time apart."""
    async with dialled(target) as raw:
        text = HEARTBEAT.format(0).encode()
        whole = bytes([FIN | TEXT, 0x80 | len(text)]) + bytes(4) + text
        for piece in (whole[:1], whole[1:9], whole[9:]):
            raw.writer.write(piece)
            await raw.writer.drain()
            await raw.listen(patience_s=0.2)
        await raw.listen(texts=1)
        return raw.outcome


@attack
async def pings(target: Target, count: int = 100) -> Outcome:
    """Many pings of the largest size, then a CALL (RFC 6455 §5.5.2)."""
    async with dialled(target) as raw:
        for number in range(count):
            raw.frame(PING, str(number).encode().rjust(125, b"."))
        raw.frame(TEXT, HEARTBEAT.format(0).encode())
        await raw.listen(texts=1, pongs=1)
        return raw.outcome


@attack
async def giant(target: Target, megabytes: int = 64) -> Outcome:
    """A frame that declares to be as large as no message is, and begins (RFC 6455 §7.4.1: 1009)."""
    async with dialled(target) as raw:
        raw.writer.write(bytes([FIN | TEXT, 0x80 | 127]) + (megabytes << 20).to_bytes(8, "big") + bytes(4))
        raw.writer.write(b'[2,"giant","DataTransfer",{"vendorId":"' + b"x" * 65536)
        await raw.listen()
        return raw.outcome


@attack
async def bomb(target: Target, megabytes: int = 64) -> Outcome:
    """A message that is small on the wire and huge when it is inflated (RFC 7692), if compression is agreed."""
    async with dialled(target, more="Sec-WebSocket-Extensions: permessage-deflate") as raw:
        if "permessage-deflate" in raw.headers.get("sec-websocket-extensions", ""):
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            small = b"".join(deflate.compress(b" " * (1 << 20)) for _ in range(megabytes))
            small += deflate.flush(zlib.Z_SYNC_FLUSH)
            raw.frame(TEXT, small.removesuffix(b"\x00\x00\xff\xff"), bits=COMPRESSED)
            await raw.listen()
        else:
            raw.frame(TEXT, HEARTBEAT.format(0).encode())
            await raw.listen(texts=1)
        return raw.outcome


@attack
async def unmasked(target: Target) -> Outcome:
    """A CALL in a frame without a mask (RFC 6455 §5.1: the connection is closed)."""
    async with dialled(target) as raw:
        raw.frame(TEXT, HEARTBEAT.format(0).encode(), masked=False)
        await raw.listen()
        return raw.outcome


@attack
async def reserved(target: Target) -> Outcome:
    """A CALL in a frame with reserved bits set that nobody agreed on (RFC 6455 §5.2)."""
    async with dialled(target) as raw:
        raw.frame(TEXT, HEARTBEAT.format(0).encode(), bits=0x30)
        await raw.listen()
        return raw.outcome


@attack
async def mojibake(target: Target) -> Outcome:
    """A text message that is no UTF-8 (RFC 6455 §8.1: the connection fails, 1007)."""
    async with dialled(target) as raw:
        raw.frame(TEXT, b'[2,"wire-0","DataTransfer",{"vendorId":"\xff\xfe"}]')
        await raw.listen()
        return raw.outcome


@attack
async def binary(target: Target) -> Outcome:
    """A CALL in a binary message."""
    async with dialled(target) as raw:
        raw.frame(BINARY, HEARTBEAT.format(0).encode())
        await raw.listen(texts=1, patience_s=1.0)
        return raw.outcome


@attack
async def lurkers(target: Target, count: int = 50) -> Outcome:
    """Many connections on which nothing is said, or half a request; then one who does it right."""
    async with dialled(target, shakes=False) as first:
        first.writer.write(b"GET /")
        others = await asyncio.gather(*(_lurk(target) for _ in range(count)))
        try:
            return await heartbeat(target)
        finally:
            for writer in others:
                writer.transport.abort()


async def _lurk(target: Target) -> asyncio.StreamWriter:
    parts = urlsplit(target.url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port or (443 if target.tls else 80))
    return writer


@attack
async def headers(target: Target, kilobytes: int = 256) -> Outcome:
    """A request whose head is too large."""
    async with dialled(target, more="X-Padding: " + "x" * (kilobytes << 10)) as raw:
        return raw.outcome
