"""The CSMS's side: listen, ask the gate, and look after who came in."""

from __future__ import annotations

import http
import logging
import os
import socket
import ssl
from typing import Any, cast

from websockets.asyncio.server import Server as Listener
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as listen
from websockets.http11 import Request, Response
from websockets.protocol import State

from protocol.link import Admitted, Ending, Gate, Knock, Lost, Turned, close_reason
from protocol.security import parse_basic
from protocol.transports.address import identity_in
from protocol.transports.port import BACKLOG, OUT_OF_FILES, PortTaken, listening
from protocol.transports.websocket.link import SERVE_LIMITS, Bounded, Limits, SocketLink, tell

__all__ = ["PortTaken", "Server", "serve"]

log = logging.getLogger(__name__)

FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
"""What is said to who finds no file descriptor, whatever it was going to ask."""


class _Door:
    """Where callers are asked in, or not, and then looked after."""

    def __init__(self, gate: Gate, limits: Limits, prefix: str) -> None:
        self._gate = gate
        self._limits = limits
        self._prefix = prefix
        self.links: set[SocketLink] = set()

    async def answer(self, connection: ServerConnection, request: Request, response: Response) -> Response | None:
        """Ask the gate about one well-formed upgrade request; ``response`` is the 101 that would be sent."""
        if response.status_code != http.HTTPStatus.SWITCHING_PROTOCOLS:
            return None
        answer = await self._decide(connection, request)
        if isinstance(answer, Admitted):
            if connection.state is not State.CONNECTING:  # gone before there was an answer to remember
                tell(answer.receiver.lost, Lost(Ending.CLOSED, 1006, "gone before the upgrade was answered"))
                return connection.respond(503, "")
            # Not checked against the offers: a bench must be able to play a CSMS that chooses wrongly.
            response.headers["Sec-WebSocket-Protocol"] = answer.subprotocol
        elif answer.status != http.HTTPStatus.SWITCHING_PROTOCOLS:
            return _refusal(connection, answer)
        caller = cast("_Caller", connection)
        caller.answer, caller.queue_bytes = answer, self._limits.queue_bytes
        return None

    async def _decide(self, connection: ServerConnection, request: Request) -> Admitted | Turned:
        identity = identity_in(request.path, prefix=self._prefix, chars=self._limits.identity_chars)
        if isinstance(identity, Turned):
            return identity
        return await self._gate.admit(_knock(connection, request, identity))

    async def handle(self, connection: ServerConnection) -> None:
        """Live through one upgraded connection."""
        caller = cast("_Caller", connection)
        caller.greeted, answer = True, caller.answer
        if isinstance(answer, Admitted):
            link = SocketLink(connection, self._limits)
            self.links.add(link)
            try:
                await link.run(answer.receiver, answer.subprotocol)
            finally:
                self.links.discard(link)
        elif answer is not None:  # OCPP-J 1.6 §3.2, 2.1 part 4 §3.3: upgraded without a subprotocol, closed at once
            await connection.close(1002, close_reason(1002, answer.reason or "no common subprotocol"))


class _Caller(Bounded, ServerConnection):
    """A connection that remembers the gate's answer until somebody takes care of it."""

    answer: Admitted | Turned | None = None
    greeted = False

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if isinstance(self.answer, Admitted) and not self.greeted:
            tell(self.answer.receiver.lost, Lost(Ending.CLOSED, 1006, "gone before the upgrade was answered"))


class _Porter(socket.socket):
    """A listening socket that keeps a file descriptor to refuse callers with when no other is left.

    Left to itself, asyncio tries in vain as often as callers may wait, with a traceback each, and serves nobody.
    """

    def __init__(self, *kind: Any) -> None:
        super().__init__(*kind)
        self._spare: int | None = os.open(os.devnull, os.O_RDONLY)
        self._told = False

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a caller. Raises BlockingIOError when there is nobody that could be served."""
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in OUT_OF_FILES:
                raise
            if not self._told:
                log.warning("out of file descriptors (%s): callers are refused until some are free", error.strerror)
            self._told = True
            self._refuse()
            raise BlockingIOError from error

    def close(self) -> None:
        self._give_spare()
        super().close()

    def _give_spare(self) -> None:
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None

    def _refuse(self) -> None:
        """Refuse one caller on the spare descriptor; the loop calls again while others wait."""
        self._give_spare()
        try:
            with super().accept()[0] as caller:
                caller.setblocking(False)
                caller.send(FULL)
        except OSError as error:  # it has gone, or another thread was quicker to take the descriptor
            log.debug("a caller could not be refused in words: %s", error)
        try:
            self._spare = os.open(os.devnull, os.O_RDONLY)
        except OSError as error:
            log.debug("no descriptor to spare any more: %s", error)


class Server:
    """A gate that listens; made by ``serve``."""

    def __init__(self, listeners: list[Listener], links: set[SocketLink]) -> None:
        self._listeners = listeners
        self._links = links
        self.port: int = next(iter(listeners[0].sockets)).getsockname()[1]
        """The TCP port, also where port 0 left the choice to the operating system."""

    async def close(self, code: int = 1001, reason: str = "") -> None:
        """Stop listening, close every link with this code and wait until all are gone."""
        for link in list(self._links):
            link.close(code, reason)
        for listener in self._listeners:
            listener.close()
        for listener in self._listeners:
            await listener.wait_closed()


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
) -> Server:
    """Let stations in through ``gate`` at ``ws[s]://host:port<path_prefix>/<identity>``; port 0 takes a free one.

    ``compression`` accepts permessage-deflate with a 4 KiB window, which a 2.1 CSMS must support (2.1 part 4 §3.4).
    ``reuse_port`` lets several processes share the port. Raises PortTaken, or OSError when the host is not ours.
    """
    door = _Door(gate, limits, path_prefix)
    sockets = await listening(host, port, reuse_port=reuse_port, kind=_Porter)
    listeners = [
        await listen(
            door.handle,
            sock=sock,
            ssl=tls,
            process_response=door.answer,
            create_connection=_Caller,
            server_header=None,
            compression="deflate" if compression else None,
            open_timeout=limits.open_timeout_s,
            close_timeout=limits.close_timeout_s,
            ping_interval=limits.ping_interval_s,
            ping_timeout=limits.pong_timeout_s,
            max_size=limits.message_bytes,
            backlog=BACKLOG,
        )
        for sock in sockets
    ]
    return Server(listeners, door.links)


def _knock(connection: ServerConnection, request: Request, identity: str) -> Knock:
    credentials = request.headers.get_all("Authorization")
    user, password = (parse_basic(credentials[0]) if len(credentials) == 1 else None) or (None, None)
    listed = ",".join(request.headers.get_all("Sec-WebSocket-Protocol"))
    peer = connection.remote_address
    tls: ssl.SSLObject | None = connection.transport.get_extra_info("ssl_object")
    return Knock(
        identity,
        tuple(offer for offer in (part.strip(" \t") for part in listed.split(",")) if offer),
        user,
        password,
        secure=tls is not None,
        peer=f"{peer[0]}:{peer[1]}" if peer else "",
        certificate=None if tls is None else tls.getpeercert(binary_form=True),
        tls=tls,
    )


def _refusal(connection: ServerConnection, turned: Turned) -> Response:
    response = connection.respond(turned.status, turned.reason)
    if turned.status == http.HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="OCPP", charset="UTF-8"'
    if turned.retry_after_s is not None:
        response.headers["Retry-After"] = str(turned.retry_after_s)
    return response
