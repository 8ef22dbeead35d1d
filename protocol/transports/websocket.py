"""Links over real sockets: the ``websockets`` library, where every corner of the RFC matters and links are hundreds.

One task reads each link. For many thousands of links per process the lean transport, which needs no task per
connection, belongs beside this module as ``protocol/transports/lean.py`` with the same two ways in.
"""

from __future__ import annotations

import asyncio
import errno
import http
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server as Listener
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.asyncio.server import serve as listen
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidHeader,
    InvalidStatus,
    InvalidURI,
    NegotiationError,
)
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.typing import Subprotocol

from protocol.link import Admitted, Ending, Gate, Knock, Lost, Receiver, Target, Turned, close_reason
from protocol.security import basic, client_tls, parse_basic
from protocol.transports.address import IDENTITY_CHARS, connection_url, identity_in

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one link may cost in time and memory.

    ``message_bytes`` bounds an incoming message after decompression (close code 1009); ``queue_bytes`` bounds what
    waits for a peer that does not read (the link is dropped). No pings are sent when ``ping_interval_s`` is None.
    """

    open_timeout_s: float = 10.0
    close_timeout_s: float = 5.0
    ping_interval_s: float | None = None
    pong_timeout_s: float = 20.0
    message_bytes: int = 2**20
    queue_bytes: int = 2**22
    identity_chars: int = IDENTITY_CHARS


DIAL_LIMITS = Limits()
"""A station leaves the pings to the CSMS unless its WebSocketPingInterval says otherwise (part 4 §8.4)."""

SERVE_LIMITS = Limits(ping_interval_s=60.0)
"""A CSMS pings, so that half-open connections are noticed and no network closes an idle one (part 4 §5.3)."""


class PortTaken(OSError):
    """Somebody else listens at this host and port already."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"port {port} on {host} is already in use")
        self.host = host
        self.port = port


# The link ------------------------------------------------------------------------------------------------------


class SocketLink:
    """One open WebSocket connection, seen from one end; ``protocol.link.Link`` is its contract."""

    __slots__ = ("_connection", "_limits", "_muted", "_task", "_why")

    def __init__(self, connection: ClientConnection | ServerConnection, limits: Limits) -> None:
        self._connection = connection
        self._limits = limits
        self._muted = False  # closed or aborted by this end: nothing goes out, nothing is delivered
        self._task: asyncio.Task[None] | None = None
        self._why: Lost | None = None

    def send(self, text: str) -> None:
        if self._muted:
            return
        broadcast([self._connection], text)  # writes at once, keeps the order, waits for nobody
        if self._connection.transport.get_write_buffer_size() > self._limits.queue_bytes:
            self._drop(Lost(Ending.CLOSED, 1006, f"the peer left more than {self._limits.queue_bytes} bytes unread"))

    def close(self, code: int = 1000, reason: str = "") -> None:
        fitting = close_reason(code, reason)
        if not self._muted:
            self._muted = True
            self._task = asyncio.get_running_loop().create_task(self._close(code, fitting))

    def abort(self) -> None:
        self._drop(Lost(Ending.CUT))

    async def run(self, receiver: Receiver, subprotocol: str) -> None:
        """Tell the receiver everything that happens on this link, from its opening to its loss."""
        why = Lost(Ending.CUT)
        try:
            tell(receiver.opened, self, subprotocol)
            while True:
                data = await self._connection.recv()
                if not self._muted and not tell(receiver.received, data):
                    self.close(1011, "internal error")
        except ConnectionClosed as closed:
            why = _closing(closed)
        finally:
            self._muted = True
            self._connection.transport.abort()  # does nothing unless this task was cancelled
            tell(receiver.lost, self._why or why)

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(self._limits.close_timeout_s):
                await self._connection.close(code, reason)
        except TimeoutError:  # the peer reads nothing, so that not even the close frame gets out
            self._connection.transport.abort()

    def _drop(self, why: Lost) -> None:
        if self._why is None and self._connection.state is not State.CLOSED:
            self._why, self._muted = why, True
            self._connection.transport.abort()


def tell(receive: Callable[..., None], *what: object) -> bool:
    """Call a receiver; False if it failed, which is logged and must not harm other links."""
    try:
        receive(*what)
    except Exception:  # a bug on the other side of this shell
        log.exception("the receiver failed")
        return False
    return True


def _closing(closed: ConnectionClosed) -> Lost:
    """Return the close frame that began the ending, ours or the peer's."""
    first, second = closed.rcvd, closed.sent
    if not closed.rcvd_then_sent:
        first, second = second, first
    frame = first or second
    return Lost(Ending.CLOSED, 1006) if frame is None else Lost(Ending.CLOSED, frame.code, frame.reason)


# Dialling ------------------------------------------------------------------------------------------------------


class WebSocketDialer:
    """Dials CSMSs over TCP and TLS. ``compression`` offers permessage-deflate (2.1 part 4 §3.4)."""

    remote = True

    def __init__(self, *, limits: Limits = DIAL_LIMITS, compression: bool = False) -> None:
        self._limits = limits
        self._compression = compression
        self._tasks: set[asyncio.Task[None]] = set()

    def dial(self, target: Target, receiver: Receiver) -> None:
        task = asyncio.get_running_loop().create_task(self._run(target, receiver))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Drop every link and every attempt; their receivers are told."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, target: Target, receiver: Receiver) -> None:
        why = Lost(Ending.CUT)
        try:
            connection = await self._connect(target)
        except Exception as error:  # noqa: BLE001 - every failure to connect becomes a Lost; unknown ones are logged
            why = _failure(error, target, self._limits)
            connection = None
        except asyncio.CancelledError:
            tell(receiver.lost, why)
            raise
        if connection is None:
            tell(receiver.lost, why)
        elif connection.subprotocol is None:
            tell(receiver.lost, Lost(Ending.SUBPROTOCOL, reason="the server agreed to none of the offered versions"))
            await connection.close(1002, "no subprotocol agreed")
        else:
            await SocketLink(connection, self._limits).run(receiver, connection.subprotocol)

    async def _connect(self, target: Target) -> ClientConnection:
        limits, headers = self._limits, {}
        if target.password is not None:
            headers["Authorization"] = basic(target.identity, target.password)
        return await _Call(
            connection_url(target.url, target.identity),
            subprotocols=[Subprotocol(offer) for offer in target.offers] or None,
            additional_headers=headers,
            user_agent_header=None,
            compression="deflate" if self._compression else None,
            ssl=(target.tls or client_tls()) if _is_secure(target) else None,
            proxy=None,
            open_timeout=limits.open_timeout_s,
            close_timeout=limits.close_timeout_s,
            ping_interval=limits.ping_interval_s,
            ping_timeout=limits.pong_timeout_s,
            max_size=limits.message_bytes,
        )


class _Call(connect):
    """One attempt. A redirect is an answer like any other: credentials go where the configuration says, only."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def _failure(error: Exception, target: Target, limits: Limits) -> Lost:
    """Say in the words of ``Lost`` why a dial failed."""
    if isinstance(error, InvalidStatus):
        return _refused(error.response)
    if _disagreed(error):
        return Lost(Ending.SUBPROTOCOL, reason=str(error))
    tls = _tls_error(error)
    if tls is not None:
        return Lost(Ending.TLS, reason=getattr(tls, "verify_message", "") or str(tls))
    if isinstance(error, ConnectionResetError) and _is_secure(target):  # asyncio's word for it; TCP alone is refused
        return Lost(Ending.TLS, reason="the server hung up during the TLS handshake")
    if isinstance(error, TimeoutError):
        return Lost(Ending.UNREACHABLE, reason=f"no answer within {limits.open_timeout_s:g} s")
    if not isinstance(error, OSError | InvalidHandshake | InvalidURI | ValueError):
        log.error("a dial failed in an unknown way", exc_info=error)
    return Lost(Ending.UNREACHABLE, reason=str(error) or type(error).__name__)


def _is_secure(target: Target) -> bool:
    return urlsplit(target.url).scheme == "wss"


def _disagreed(error: Exception) -> bool:
    if isinstance(error, InvalidHeader):
        return error.name == "Sec-WebSocket-Protocol"
    return isinstance(error, NegotiationError) and "subprotocol" in str(error)


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """Return the TLS failure behind an error; a server may refuse us only after the handshake (TLS 1.3)."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _refused(response: Response) -> Lost:
    reason = (response.body or b"").decode(errors="replace").strip()[:200] or response.reason_phrase
    retry = response.headers.get_all("Retry-After")
    after_s = int(retry[0]) if len(retry) == 1 and retry[0].isascii() and retry[0].isdigit() else None
    return Lost(Ending.REFUSED, response.status_code, reason, after_s)


# Serving -------------------------------------------------------------------------------------------------------


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
            if connection.state is not State.CONNECTING or not connection.server.is_serving():
                tell(answer.receiver.lost, Lost(Ending.CLOSED, 1006, "gone before the upgrade was answered"))
                return connection.respond(503, "")
            # Not checked against the offers: a bench must be able to play a CSMS that chooses wrongly.
            response.headers["Sec-WebSocket-Protocol"] = answer.subprotocol
        elif answer.status != http.HTTPStatus.SWITCHING_PROTOCOLS:
            return _refusal(connection, answer)
        cast("_Caller", connection).answer = answer
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


class _Caller(ServerConnection):
    """A connection that remembers the gate's answer until somebody takes care of it."""

    answer: Admitted | Turned | None = None
    greeted = False

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # Pongs are queued for whoever sends pings and does not read.
        if self.transport.get_write_buffer_size() > SERVE_LIMITS.queue_bytes:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if isinstance(self.answer, Admitted) and not self.greeted:
            tell(self.answer.receiver.lost, Lost(Ending.CLOSED, 1006, "gone before the upgrade was answered"))


class Server:
    """A gate that listens; made by ``serve``."""

    def __init__(self, listener: Listener, links: set[SocketLink]) -> None:
        self._listener = listener
        self._links = links
        self.port: int = listener.sockets[0].getsockname()[1]
        """The TCP port, also where port 0 left the choice to the operating system."""

    async def close(self, code: int = 1001, reason: str = "") -> None:
        """Stop listening, close every link with this code and wait until all are gone."""
        for link in list(self._links):
            link.close(code, reason)
        self._listener.close()
        await self._listener.wait_closed()


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
    try:
        listener = await listen(
            door.handle,
            host,
            port,
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
            reuse_port=reuse_port or None,
            backlog=4096,
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        raise
    return Server(listener, door.links)


def _knock(connection: ServerConnection, request: Request, identity: str) -> Knock:
    credentials = request.headers.get_all("Authorization")
    user, password = (parse_basic(credentials[0]) if len(credentials) == 1 else None) or (None, None)
    listed = ",".join(request.headers.get_all("Sec-WebSocket-Protocol"))
    peer = connection.remote_address
    return Knock(
        identity,
        tuple(offer for offer in (part.strip(" \t") for part in listed.split(",")) if offer),
        user,
        password,
        secure=connection.transport.get_extra_info("ssl_object") is not None,
        peer=f"{peer[0]}:{peer[1]}" if peer else "",
    )


def _refusal(connection: ServerConnection, turned: Turned) -> Response:
    response = connection.respond(turned.status, turned.reason)
    if turned.status == http.HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="OCPP", charset="UTF-8"'
    if turned.retry_after_s is not None:
        response.headers["Retry-After"] = str(turned.retry_after_s)
    return response
