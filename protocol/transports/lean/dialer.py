"""The station's side: dial a CSMS, and say in the words of ``Lost`` why it did not work."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
import sys
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import cycle
from typing import NamedTuple, cast
from urllib.parse import quote, unquote, urlsplit

from protocol.link import Ending, Lost, Receiver, Target
from protocol.security import basic, client_tls
from protocol.transports.address import PLACE, names_place
from protocol.transports.lean.deflate import OFFER, Deflate
from protocol.transports.lean.exchange import Exchange
from protocol.transports.lean.handshake import (
    HEAD_BYTES,
    Malformed,
    Reply,
    body_of,
    check_upgraded,
    read_reply,
    upgrade_request,
)
from protocol.transports.lean.link import NOBODY, StationLink
from protocol.transports.lean.masks import handshake_key, masks
from protocol.transports.limits import DIAL_LIMITS, Limits
from protocol.transports.receiver import tell

log = logging.getLogger(__name__)

RESOLVED_S = 5.0
"""So long an answer of the DNS serves everybody who dials the same name; a storm asks once, not once per station."""

# Linux's number, which Python names from 3.12 on: the port is chosen when the destination is known.
_BIND_ADDRESS_NO_PORT = getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24)

_system_trust = cache(client_tls)  # reading the system's roots for every attempt would cost more than the attempt

_UNDER_WAY = {errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK, errno.EINTR}

Address = tuple[socket.AddressFamily, tuple[object, ...]]


class Endpoint(NamedTuple):
    """What a dialer needs to know of a URL."""

    host: str
    port: int
    secure: bool
    name: str  # as the Host header has it
    path: str
    query: str
    credentials: str | None  # an Authorization header that the URL itself asks for

    def target(self, identity: str) -> str:
        """Return the request target of a station's connection."""
        segment = quote(identity, safe="")
        if names_place(self.path, self.query):
            return f"{self.path or '/'}{self.query}".replace(PLACE, segment)
        return f"{self.path.rstrip('/')}/{segment}{self.query}"


@lru_cache(maxsize=256)
def endpoint(url: str) -> Endpoint:
    """Take a ``ws`` or ``wss`` URL apart. Raises ValueError when it is none."""
    parts = urlsplit(url)
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise ValueError(f"{url} is not a ws or wss URL")
    secure = parts.scheme == "wss"
    host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode()
    usual = 443 if secure else 80
    port = parts.port or usual
    name = f"[{host}]" if ":" in host else host
    user = None if parts.username is None else basic(unquote(parts.username), unquote(parts.password or ""))
    path = _quoted(parts.path, safe="/%:@!$&'()*+,;=~")
    query = f"?{_quoted(parts.query, safe='/%:@!$&()*+,;=?~')}" if parts.query else ""
    return Endpoint(host, port, secure, name if port == usual else f"{name}:{port}", path, query, user)


class LeanDialer:
    """Dials CSMSs over TCP and TLS from one event loop; nothing but the link itself stays of a dial that succeeded.

    ``sources`` are local addresses that take turns, for there are only some 28,000 ports from each to one destination.
    ``compression`` offers permessage-deflate.
    """

    remote = True

    def __init__(self, *, limits: Limits = DIAL_LIMITS, sources: Sequence[str] = (), compression: bool = False) -> None:
        self._limits = limits
        self._sources = {
            family: cycle(addresses)
            for family in (socket.AF_INET, socket.AF_INET6)
            if (addresses := [source for source in sources if (":" in source) is (family is socket.AF_INET6)])
        }
        self._compression = compression
        self._keys = masks()
        self._exchange: Exchange | None = None
        self._attempts: set[_Attempt] = set()
        self._resolving: dict[tuple[str, int], asyncio.Future[list[Address]]] = {}

    def dial(self, target: Target, receiver: Receiver) -> None:
        if self._exchange is None:
            loop = asyncio.get_running_loop()
            self._exchange = Exchange(loop, self._limits, masks=self._keys, compression=self._compression)
        _Attempt(self, self._exchange, target, receiver).begin()

    async def close(self) -> None:
        """Drop every link and every attempt; their receivers are told."""
        attempts = list(self._attempts)
        for attempt in attempts:
            attempt.cut()
        await asyncio.gather(
            *(attempt.task for attempt in attempts if attempt.task is not None), return_exceptions=True
        )
        if self._exchange is not None:
            for link in self._exchange:
                link.abort()
            await self._exchange.emptied()

    async def drained(self) -> None:
        """Wait until no link is left; those that are being closed end when their peers have agreed, or have not."""
        if self._exchange is not None:
            await self._exchange.emptied()

    async def connect(self, place: Endpoint) -> socket.socket:
        """Return a connected socket to the first address that answers. Raises OSError."""
        error: OSError = OSError(f"no address for {place.host}")
        literal = _literal(place.host, place.port)
        for family, address in (literal,) if literal else await self._addresses(place.host, place.port):
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                self._bind(sock, family)
                if not connected_at_once(sock, address):
                    await asyncio.get_running_loop().sock_connect(sock, address)
            except OSError as failed:
                sock.close()
                error = failed
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise error

    def key(self) -> str:
        """Return a fresh Sec-WebSocket-Key."""
        return handshake_key(self._keys)

    def enter(self, attempt: _Attempt) -> None:
        """Count an attempt in."""
        self._attempts.add(attempt)

    def leave(self, attempt: _Attempt) -> None:
        """Forget an attempt that has ended."""
        self._attempts.discard(attempt)

    def _bind(self, sock: socket.socket, family: socket.AddressFamily) -> None:
        sock.setblocking(False)
        sources = self._sources.get(family)
        if sources is not None:
            # Otherwise the kernel would look for a port that is free towards everybody, and soon find none.
            if sys.platform == "linux":
                sock.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
            sock.bind((next(sources), 0))

    async def _addresses(self, host: str, port: int) -> list[Address]:
        asked = self._resolving.get((host, port))
        if asked is None:
            asked = self._resolving[host, port] = asyncio.ensure_future(_resolve(host, port))
            asked.add_done_callback(lambda _: self._forget(host, port))
        return await asyncio.shield(asked)

    def _forget(self, host: str, port: int) -> None:
        asked = self._resolving[host, port]
        if asked.cancelled() or asked.exception() is not None:
            del self._resolving[host, port]
        else:
            asyncio.get_running_loop().call_later(RESOLVED_S, self._resolving.pop, (host, port), None)


class _Attempt(asyncio.Protocol):
    """One dial, from the first packet until the link is open or lost."""

    __slots__ = ("_data", "_dialer", "_exchange", "_key", "_place", "_receiver", "_reply", "_target", "_timer",
                 "_transport", "task")  # fmt: skip

    def __init__(self, dialer: LeanDialer, exchange: Exchange, target: Target, receiver: Receiver) -> None:
        self._dialer = dialer
        self._exchange = exchange
        self._target = target
        self._receiver: Receiver | None = receiver  # None once it has been told
        self._data = b""
        self._key = ""
        self._reply: Reply | None = None
        self._place: Endpoint | None = None
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Set out; the task ends when there is a connection."""
        loop = self._exchange.loop
        self._dialer.enter(self)
        self._timer = loop.call_later(self._exchange.limits.open_timeout_s, self._late)
        self.task = loop.create_task(self._connect())

    def cut(self) -> None:
        """Give up because we are told to."""
        self._lose(Lost(Ending.CUT))

    # What the transport does -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no heirs of asyncio's
        if self._receiver is None:
            self._transport.abort()
            return
        place, target = self._place, self._target
        assert place is not None
        self._key = self._dialer.key()
        user = target.user or target.identity
        authorization = place.credentials if target.password is None else basic(user, target.password)
        request = upgrade_request(
            place.target(target.identity),
            place.name,
            self._key,
            target.offers,
            authorization=authorization,
            extensions=None if self._exchange.deflates is None else OFFER,
        )
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._receiver is None:
            return
        self._data += data
        try:
            self._look(ended=False)
        except Malformed as error:
            self._lose(Lost(Ending.UNREACHABLE, reason=str(error)))

    def eof_received(self) -> None:
        if self._receiver is not None and self._reply is not None:
            self._look(ended=True)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._lose(_failure(exc or ConnectionError("the server hung up before it answered"), secure=False))

    # What follows ----------------------------------------------------------------------------------------------

    async def _connect(self) -> None:
        try:
            place = self._place = endpoint(self._target.url)
            if self._target.password is not None:
                user = self._target.user or self._target.identity
                basic(user, self._target.password)  # raises for what Basic cannot carry
            sock = await self._dialer.connect(place)
            try:
                await self._upgrade_to(sock, place)
            except BaseException:
                sock.close()
                raise
        except asyncio.CancelledError:
            if self._receiver is not None:  # neither too late nor cut: somebody ends everything
                self.cut()
            raise
        except Exception as error:  # noqa: BLE001 - every failure to connect becomes a Lost; unknown ones are logged
            self._lose(_failure(error, secure=self._place is not None and self._place.secure))

    async def _upgrade_to(self, sock: socket.socket, place: Endpoint) -> None:
        loop = self._exchange.loop
        if not place.secure:
            await loop.create_connection(lambda: self, sock=sock)
            return
        tls = self._target.tls or _system_trust()
        shutdown_s = self._exchange.limits.close_timeout_s
        await loop.create_connection(
            lambda: self, sock=sock, ssl=tls, server_hostname=place.host, ssl_shutdown_timeout=shutdown_s
        )

    def _look(self, *, ended: bool) -> None:
        """See whether what has come is the whole answer. Raises Malformed."""
        if self._reply is None:
            end = self._data.find(b"\r\n\r\n") + 4
            if end == 3:
                if len(self._data) > HEAD_BYTES:
                    raise Malformed("did not receive a valid HTTP response")
                return
            self._reply = read_reply(self._data[:end].decode("latin-1"))
            self._data = self._data[end:]
        if self._reply.status == 101:
            self._open(self._reply)
            return
        body = body_of(self._reply, self._data, ended=ended)
        if body is not None:
            self._lose(_refused(self._reply, body))

    def _open(self, reply: Reply) -> None:
        check_upgraded(reply.headers, self._key)
        deflate = self._extensions(reply)
        agreed = reply.headers.get("sec-websocket-protocol", [])
        if len(agreed) > 1:
            self._lose(Lost(Ending.SUBPROTOCOL, reason=f"more than one subprotocol: {', '.join(agreed)}"))
        elif agreed and agreed[0] not in self._target.offers:
            self._lose(Lost(Ending.SUBPROTOCOL, reason=f"unsupported subprotocol: {agreed[0]}"))
        else:
            self._hand_over(agreed[0] if agreed else None, deflate)

    def _hand_over(self, subprotocol: str | None, deflate: Deflate | None) -> None:
        receiver, transport = self._receiver, self._transport
        assert receiver is not None
        assert transport is not None
        self._done()
        if subprotocol is None:
            tell(receiver.lost, Lost(Ending.SUBPROTOCOL, reason="the server agreed to none of the offered versions"))
            receiver = NOBODY
        link = StationLink(self._exchange, transport, receiver, deflate=deflate)
        link.begin(subprotocol or "", self._data)
        if subprotocol is None:
            link.close(1002, "no subprotocol agreed")

    def _extensions(self, reply: Reply) -> Deflate | None:
        agreed = ",".join(reply.headers.get("sec-websocket-extensions", ()))
        if self._exchange.deflates is not None:
            return self._exchange.deflates.agreed(agreed)
        if agreed.strip():
            raise Malformed(f"extensions that were not offered: {agreed[:100]}")
        return None

    def _late(self) -> None:
        limit_s = self._exchange.limits.open_timeout_s
        self._lose(Lost(Ending.UNREACHABLE, reason=f"no answer within {limit_s:g} s"))

    def _lose(self, why: Lost) -> None:
        """End the attempt, unless it has ended."""
        receiver = self._receiver
        if receiver is None:
            return
        self._done()
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()
        if self._transport is not None:
            self._transport.abort()
        tell(receiver.lost, why)

    def _done(self) -> None:
        self._receiver = None
        self._dialer.leave(self)
        if self._timer is not None:
            self._timer.cancel()


def _quoted(text: str, safe: str) -> str:
    """Quote what a URL may not hold, but leave the place of the identity as it is."""
    return PLACE.join(quote(part, safe=safe) for part in text.split(PLACE))


def connected_at_once(sock: socket.socket, address: tuple[object, ...]) -> bool:
    """Begin to connect, and say whether that was all: a peer on the same machine answers before the call returns.

    The first call says "in progress" even then; the second one knows. Raises OSError.
    """
    outcome = sock.connect_ex(address)
    if outcome == errno.EINPROGRESS:
        outcome = sock.connect_ex(address)
    if outcome in _UNDER_WAY:
        return False
    if outcome not in {0, errno.EISCONN}:
        raise OSError(outcome, f"Connect call failed {address}")
    return True


@lru_cache(maxsize=256)
def _literal(host: str, port: int) -> Address | None:
    """Return the address that a host is written as, None when it is a name."""
    for family, address in ((socket.AF_INET, (host, port)), (socket.AF_INET6, (host, port, 0, 0))):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return family, address
    return None


async def _resolve(host: str, port: int) -> list[Address]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


def _failure(error: Exception, *, secure: bool) -> Lost:
    """Say in the words of ``Lost`` why a dial failed."""
    tls = _tls_error(error)
    if tls is not None:
        return Lost(Ending.TLS, reason=getattr(tls, "verify_message", "") or str(tls))
    if isinstance(error, ConnectionResetError) and secure:  # the loops' word for it; TCP alone is refused
        return Lost(Ending.TLS, reason="the server hung up during the TLS handshake")
    if not isinstance(error, OSError | ValueError):
        log.error("a dial failed in an unknown way", exc_info=error)
    return Lost(Ending.UNREACHABLE, reason=str(error) or type(error).__name__)


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """Return the TLS failure behind an error; a server may refuse us only after the handshake (TLS 1.3)."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _refused(reply: Reply, body: bytes) -> Lost:
    reason = body.decode(errors="replace").strip()[:200] or reply.phrase
    retry = reply.headers.get("retry-after", ())
    after_s = int(retry[0]) if len(retry) == 1 and retry[0].isascii() and retry[0].isdigit() else None
    return Lost(Ending.REFUSED, reply.status, reason, after_s)
