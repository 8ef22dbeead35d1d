"""The CSMS's side: listen, ask the gate, and look after who came in."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable
from typing import cast

from protocol.link import Admitted, Ending, Gate, Knock, Lost, Turned, close_reason
from protocol.security import parse_basic
from protocol.transports.address import identity_in
from protocol.transports.lean.exchange import Exchange
from protocol.transports.lean.handshake import (
    HEAD_BYTES,
    Refusal,
    Upgrade,
    read_request,
    refusal_reply,
    upgrade_reply,
)
from protocol.transports.lean.link import NOBODY, CsmsLink
from protocol.transports.limits import SERVE_LIMITS, Limits
from protocol.transports.port import OUT_OF_FILES, PortTaken, listening
from protocol.transports.receiver import tell

__all__ = ["PortTaken", "Server", "serve"]

log = logging.getLogger(__name__)

FULL = Turned(503, "no room for another station", 30)
CLOSING = Turned(503, "the server is closing")

ACCEPTED_AT_ONCE = 64
"""Between so many callers those who are in already get a turn."""

LAST_CHAIR_S = 1.0
"""So long a caller may keep the last file descriptor, which is there to be refused with."""


class Door:
    """Listens, and asks callers in or not."""

    def __init__(
        self,
        gate: Gate,
        exchange: Exchange,
        sockets: list[socket.socket],
        *,
        tls: ssl.SSLContext | None,
        prefix: str,
        connections_max: int | None,
    ) -> None:
        self.gate = gate
        self.exchange = exchange
        self.tls = tls
        self.prefix = prefix
        self.closing = False
        self.callers: set[Caller] = set()
        self._sockets = sockets
        self._most = connections_max
        self._spare: int | None = os.open(os.devnull, os.O_RDONLY)
        self._told = False
        self._left: asyncio.Event = asyncio.Event()
        self._listen()

    def leave(self, caller: Caller) -> None:
        """Forget a caller who is in or gone."""
        self.callers.discard(caller)
        self._left.set()

    def crowded(self) -> bool:
        """Whether the next caller is one too many."""
        return self._most is not None and len(self.exchange) + len(self.callers) >= self._most

    async def close(self) -> None:
        """Stop listening and wait until all callers are gone."""
        if not self.closing:
            self.closing = True
            self._deafen()
        for sock in self._sockets:
            sock.close()
        for caller in list(self.callers):
            caller.hurry()
        while self.callers:
            self._left.clear()
            await self._left.wait()
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None

    def _listen(self) -> None:
        for sock in self._sockets:
            self.exchange.loop.add_reader(sock, self._accept, sock)

    def _deafen(self) -> None:
        for sock in self._sockets:
            self.exchange.loop.remove_reader(sock)

    def _accept(self, sock: socket.socket) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                connection, address = sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in OUT_OF_FILES:
                    raise
                if not self._told:
                    log.warning("out of file descriptors (%s): callers are refused until some are free", error.strerror)
                self._told = True
                self._offer_last_chair(sock)
                return
            full = FULL if self.crowded() else None
            Caller(self, connection, address, full, self.exchange.limits.open_timeout_s).begin()

    def _offer_last_chair(self, sock: socket.socket) -> None:
        """Out of files: refuse one caller after the other on the one that was kept for it."""
        self._deafen()
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
        try:
            connection, address = sock.accept()
        except OSError as error:
            if error.errno in OUT_OF_FILES:  # somebody else was quicker to take it
                self.exchange.loop.call_later(LAST_CHAIR_S, self.resume)
            else:
                self.resume()
            return
        within_s = min(LAST_CHAIR_S, self.exchange.limits.open_timeout_s)
        Caller(self, connection, address, FULL, within_s, on_end=self.resume).begin()

    def resume(self) -> None:
        """Listen again, once there is a file to spare."""
        if self.closing:
            return
        try:
            self._spare = os.open(os.devnull, os.O_RDONLY)
        except OSError:
            self.exchange.loop.call_later(LAST_CHAIR_S, self.resume)
        else:
            self._listen()


class Caller(asyncio.Protocol):
    """One connection, from its acceptance until it is upgraded or gone."""

    __slots__ = ("_address", "_asked", "_connection", "_data", "_deaf", "_door", "_full", "_on_end", "_task", "_timer",
                 "_transport")  # fmt: skip

    def __init__(
        self,
        door: Door,
        connection: socket.socket,
        address: object,
        full: Turned | None,
        within_s: float,
        *,
        on_end: Callable[[], None] | None = None,
    ) -> None:
        self._door = door
        self._connection = connection
        self._address = address
        self._full = full
        self._on_end = on_end
        self._asked = False
        self._deaf = False
        self._data = b""
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer = door.exchange.loop.call_later(within_s, self._late)

    def begin(self) -> None:
        """Make a transport of the accepted socket, and wait for the request."""
        self._door.callers.add(self)
        self._task = self._door.exchange.loop.create_task(self._greet())

    def hurry(self) -> None:
        """The server closes: whoever has not even asked is hung up on; a gate that decides is waited for."""
        self._full = CLOSING
        if not self._asked:
            self._late()

    # What the transport does -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no heirs of asyncio's

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._data += data
        if self._asked:  # the upgrade is not answered yet, so there is nothing to say
            if len(self._data) > HEAD_BYTES:
                self._late()
            return
        try:
            upgrade = self._request()
            if upgrade is not None:
                self._asked = True
                self._ask(upgrade)
        except Refusal as refusal:
            self._refuse(refusal)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._task is None:  # otherwise the gate is still deciding, for which it has its time
            self._end()

    # What follows ----------------------------------------------------------------------------------------------

    async def _greet(self) -> None:
        """Let the loop have the socket; with TLS, wait for the handshake."""
        door = self._door
        loop, limits = door.exchange.loop, door.exchange.limits
        try:
            if door.tls is None:
                await loop.connect_accepted_socket(lambda: self, self._connection)
            else:
                await loop.connect_accepted_socket(
                    lambda: self, self._connection, ssl=door.tls, ssl_shutdown_timeout=limits.close_timeout_s
                )
        except (OSError, asyncio.CancelledError) as error:  # no TLS, a wrong certificate, or too late
            log.debug("a caller from %s did not get as far as to ask: %r", self._address, error)
            self._connection.close()
        finally:
            self._step_done()

    def _request(self) -> Upgrade | None:
        """Return the request once it is whole. Raises Refusal."""
        if not self._data[:1].isalpha():  # TLS, most likely; there may never be an empty line
            raise Refusal(400, "this is no HTTP")
        end = self._data.find(b"\r\n\r\n") + 4
        if end == 3 or end > HEAD_BYTES:
            if len(self._data) > HEAD_BYTES:
                raise Refusal(431, f"the request has more than {HEAD_BYTES} bytes")
            return None
        head, self._data = self._data[:end], self._data[end:]
        return read_request(head.decode("latin-1"))

    def _ask(self, upgrade: Upgrade) -> None:
        """Have the gate decide, unless it is decided already. Raises Refusal."""
        door = self._door
        identity: str | Turned = self._full or identity_in(
            upgrade.path, prefix=door.prefix, chars=door.exchange.limits.identity_chars
        )
        if isinstance(identity, Turned):
            raise _refusal(identity)
        tls = None if self._transport is None else self._transport.get_extra_info("ssl_object")
        knock = _knock(upgrade, identity, self._address, tls)
        self._task = door.exchange.loop.create_task(self._admit(upgrade, knock))

    async def _admit(self, upgrade: Upgrade, knock: Knock) -> None:
        try:
            self._answer(upgrade, await self._door.gate.admit(knock))
        except Exception:  # the shell of the gate
            log.exception("the gate failed on %r", knock.identity)
            self._refuse(Refusal(500, "the CSMS failed to decide"))
        finally:
            self._step_done()

    def _answer(self, upgrade: Upgrade, answer: Admitted | Turned) -> None:
        if isinstance(answer, Turned) and answer.status != 101:
            self._refuse(_refusal(answer))
        elif self._transport is None or self._transport.is_closing() or self._door.closing:
            if isinstance(answer, Admitted):
                tell(answer.receiver.lost, Lost(Ending.CLOSED, 1006, "gone before the upgrade was answered"))
            self._refuse(_refusal(CLOSING))
        else:
            self._let_in(self._transport, upgrade, answer)

    def _let_in(self, transport: asyncio.Transport, upgrade: Upgrade, answer: Admitted | Turned) -> None:
        exchange = self._door.exchange
        deflates = exchange.deflates
        deflate, extensions = (deflates.agree(upgrade.extensions) if deflates is not None else None) or (None, None)
        # Not checked against the offers: a bench must be able to play a CSMS that chooses wrongly.
        subprotocol = answer.subprotocol if isinstance(answer, Admitted) else None
        receiver = answer.receiver if isinstance(answer, Admitted) else NOBODY
        transport.write(upgrade_reply(upgrade.key, subprotocol, extensions))
        link = CsmsLink(exchange, transport, receiver, deflate=deflate)
        link.begin(subprotocol or "", self._data)
        self._transport = None
        if isinstance(answer, Turned):  # OCPP-J 1.6 §3.2, 2.1 part 4 §3.3: upgraded without a subprotocol, closed
            link.close(1002, close_reason(1002, answer.reason or "no common subprotocol"))

    def _refuse(self, refusal: Refusal) -> None:
        """Answer with a status. Our half is closed first: unread bytes of a request would take the answer along."""
        self._asked = self._deaf = True
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(refusal_reply(refusal))
        if transport.can_write_eof():
            transport.write_eof()
        else:
            transport.close()

    def _late(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.abort()

    def _step_done(self) -> None:
        if self._task is asyncio.current_task():
            self._task = None
            if self._transport is None:
                self._end()

    def _end(self) -> None:
        self._timer.cancel()
        self._door.leave(self)
        if self._on_end is not None:
            self._on_end()
            self._on_end = None


class Server:
    """A gate that listens; made by ``serve``."""

    def __init__(self, door: Door, port: int) -> None:
        self._door = door
        self.port: int = port
        """The TCP port, also where port 0 left the choice to the operating system."""

    def __len__(self) -> int:
        """Count the open links."""
        return len(self._door.exchange)

    async def close(self, code: int = 1001, reason: str = "") -> None:
        """Stop listening, close every link with this code and wait until all are gone."""
        for link in self._door.exchange:
            link.close(code, reason)
        await self._door.close()
        await self._door.exchange.emptied()


async def serve(
    gate: Gate,
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    limits: Limits = SERVE_LIMITS,
    path_prefix: str = "/",
    compression: bool = False,
    reuse_port: bool = False,
    connections_max: int | None = None,
) -> Server:
    """Let stations in through ``gate`` at ``ws[s]://host:port<path_prefix>/<identity>``; port 0 takes a free one.

    ``compression`` accepts permessage-deflate. ``reuse_port`` lets several processes share the port. Beyond
    ``connections_max`` connections, and where the process has no file descriptors left, callers get a 503 with
    Retry-After. Raises PortTaken, or OSError when the host is not ours.
    """
    loop = asyncio.get_running_loop()
    sockets = await listening(host, port, reuse_port=reuse_port)
    exchange = Exchange(loop, limits, masks=None, compression=compression)
    door = Door(gate, exchange, sockets, tls=tls, prefix=path_prefix, connections_max=connections_max)
    return Server(door, sockets[0].getsockname()[1])


def _knock(upgrade: Upgrade, identity: str, address: object, tls: ssl.SSLObject | None) -> Knock:
    credentials = upgrade.authorization
    user, password = (parse_basic(credentials[0]) if len(credentials) == 1 else None) or (None, None)
    peer = f"{address[0]}:{address[1]}" if isinstance(address, tuple) else ""
    certificate = None if tls is None else tls.getpeercert(binary_form=True)
    return Knock(identity, upgrade.offers, user, password, secure=tls is not None, peer=peer, certificate=certificate)


def _refusal(turned: Turned) -> Refusal:
    headers = []
    if turned.status == 401:
        headers.append(("WWW-Authenticate", 'Basic realm="OCPP", charset="UTF-8"'))
    if turned.retry_after_s is not None:
        headers.append(("Retry-After", str(turned.retry_after_s)))
    return Refusal(turned.status, turned.reason, tuple(headers))
