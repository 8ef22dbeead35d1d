"""One WebSocket connection as a link, and what it may cost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from websockets.asyncio.connection import Connection
from websockets.asyncio.server import broadcast
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from protocol.link import Ending, Lost, Receiver, close_reason
from protocol.transports.limits import DIAL_LIMITS, SERVE_LIMITS, Limits
from protocol.transports.receiver import tell

__all__ = ["DIAL_LIMITS", "SERVE_LIMITS", "Bounded", "Limits", "SocketLink", "tell"]


class Bounded(Connection):
    """Two bounds that the library leaves open: how long a peer may linger, and how much it may leave unread.

    A peer that takes part in the closing handshake but never closes its socket is cut off after ``close_timeout_s``;
    one that sends pings and reads no pongs after ``queue_bytes``.
    """

    queue_bytes = SERVE_LIMITS.queue_bytes
    _cut_off: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_write_buffer_size() > self.queue_bytes:
            self.transport.abort()
        elif self.state is State.CLOSING and self._cut_off is None:
            self._cut_off = self.loop.call_later(self.close_timeout or 0.0, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._cut_off is not None:
            self._cut_off.cancel()


class SocketLink:
    """One open WebSocket connection, seen from one end; ``Link`` is its contract, ``Pausing`` and ``Pinging``.

    While it is not read, the library takes sixteen frames more, and then nothing.
    """

    __slots__ = ("_asking", "_connection", "_limits", "_muted", "_open", "_task", "_why")

    def __init__(self, connection: Connection, limits: Limits) -> None:
        self._connection = connection
        self._limits = limits
        self._muted = False  # closed or aborted by this end: nothing goes out, nothing is delivered
        self._open: asyncio.Event | None = None  # while it is not read: set when it is again
        self._task: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._why: Lost | None = None

    def send(self, text: str) -> None:
        if self._muted or self._connection.transport.is_closing():
            return
        broadcast([self._connection], text)  # writes at once, keeps the order, waits for nobody
        if self._connection.transport.get_write_buffer_size() > self._limits.queue_bytes:
            self._drop(Lost(Ending.CLOSED, 1006, f"the peer left more than {self._limits.queue_bytes} bytes unread"))

    def ping(self, payload: bytes, answered: Callable[[], None] | None = None) -> None:
        if self._muted or self._connection.state is not State.OPEN:
            return
        if answered is not None:
            self._asking = asyncio.get_running_loop().create_task(self._ask(payload, answered))
            return
        self._connection.protocol.send_ping(payload)
        self._connection.send_data()

    def close(self, code: int = 1000, reason: str = "") -> None:
        fitting = close_reason(code, reason)
        if not self._muted:
            self._muted = True
            self.resume_reading()
            self._task = asyncio.get_running_loop().create_task(self._close(code, fitting))

    def abort(self) -> None:
        self._drop(Lost(Ending.CUT))

    def pause_reading(self) -> None:
        if not self._muted and self._open is None:
            self._open = asyncio.Event()

    def resume_reading(self) -> None:
        if self._open is not None:
            self._open.set()
            self._open = None

    async def run(self, receiver: Receiver, subprotocol: str) -> None:
        """Tell the receiver everything that happens on this link, from its opening to its loss."""
        why = Lost(Ending.CUT)
        try:
            tell(receiver.opened, self, subprotocol)
            while True:
                if self._open is not None:
                    await self._open.wait()
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

    async def _ask(self, payload: bytes, answered: Callable[[], None]) -> None:
        try:
            await (await self._connection.ping(payload))
        except ConnectionClosed:
            return  # nobody answers any more
        answered()

    def _drop(self, why: Lost) -> None:
        if self._why is None and self._connection.state is not State.CLOSED:
            self._why, self._muted = why, True
            self.resume_reading()
            self._connection.transport.abort()


def _closing(closed: ConnectionClosed) -> Lost:
    """Return the close frame that began the ending, ours or the peer's."""
    first, second = closed.rcvd, closed.sent
    if not closed.rcvd_then_sent:
        first, second = second, first
    frame = first or second
    return Lost(Ending.CLOSED, 1006) if frame is None else Lost(Ending.CLOSED, frame.code, frame.reason)
