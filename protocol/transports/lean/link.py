"""One open WebSocket connection, with nothing about it that an idle one does not need."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from protocol.link import Ending, Link, Lost, Receiver, close_reason
from protocol.transports.lean.codec import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Message,
    Reader,
    Violation,
    apply_mask,
    close_payload,
    frame,
    parse_close,
)
from protocol.transports.lean.deflate import Deflate
from protocol.transports.lean.exchange import LONG, Exchange
from protocol.transports.receiver import tell

_FIN: Final = 0x80
_FIN_TEXT: Final = 0x81
_FIN_TEXT_DEFLATED: Final = 0xC1
_AT_ONCE: Final = 4
_IN_TURN: Final = 16
"""So many messages a link may bring at once; what comes with them waits for its turn, and then goes on by so many."""

_IGNORED_MOST: Final = 64
"""So many messages may come behind our close frame before we give up waiting for the peer's."""

_GONE: Final = Lost(Ending.CLOSED, 1006)


class _Farewell:
    """What a link needs to know once its end has begun."""

    __slots__ = ("deaf", "final", "ignored", "timer", "why")

    def __init__(self, why: Lost, timer: asyncio.TimerHandle | None) -> None:
        self.why = why
        self.timer = timer
        self.deaf = False  # what still arrives is thrown away
        self.ignored = 0  # messages that came instead of an answer to our close frame
        self.final = False  # ``why`` can no longer change


class LeanLink(asyncio.Protocol):
    """One end of an open connection; ``protocol.link.Link`` is its contract, ``Pausing`` and ``Pinging``.

    Idle, it is its slots: no task, future, timer or buffer. The reader exists while a message is incomplete, the
    farewell from the beginning of the end.
    """

    __slots__ = ("_deflate", "_exchange", "_farewell", "_reader", "_receiver", "_transport")

    masked_in: bool
    """Whether the peer masks: it is a client."""

    def __init__(
        self,
        exchange: Exchange,
        transport: asyncio.Transport,
        receiver: Receiver,
        *,
        deflate: Deflate | None = None,
    ) -> None:
        self._exchange = exchange
        self._transport = transport
        self._receiver = receiver
        self._deflate = deflate
        self._reader: Reader | None = None
        self._farewell: _Farewell | None = None

    def begin(self, subprotocol: str, early: bytes) -> None:
        """Take over the transport after the upgrade; ``early`` are bytes that came with it."""
        exchange, transport = self._exchange, self._transport
        transport.set_protocol(self)
        transport.set_write_buffer_limits(high=exchange.limits.queue_bytes)
        exchange.enter(self)
        tell(self._receiver.opened, self, subprotocol)
        if early:
            self.data_received(early)

    # What the owner does ---------------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        if self._farewell is not None or self._transport.is_closing():
            return
        if self._deflate is None:
            self._write(self.framed(_FIN_TEXT, text.encode()))
        else:
            self._write(self.framed(_FIN_TEXT_DEFLATED, self._deflate.deflate(text.encode())))

    def close(self, code: int = 1000, reason: str = "") -> None:
        fitting = close_reason(code, reason)
        if self._farewell is None:
            self._part(Lost(Ending.CLOSED, code, fitting))

    def abort(self) -> None:
        self._drop(Lost(Ending.CUT))

    def pause_reading(self) -> None:
        if self._farewell is None and not self._transport.is_closing():
            self._exchange.paused(self)
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._exchange.resumed(self)
        if self._transport.is_closing():
            return
        if not self._exchange.is_behind(self):  # otherwise it is read again when it is its turn
            self._transport.resume_reading()

    # What the exchange does ------------------------------------------------------------------------------------

    def ping(self, payload: bytes, answered: Callable[[], None] | None = None) -> None:
        """Send a ping, if the link is open."""
        if self._farewell is None and not self._transport.is_closing():
            if answered is not None:
                self._exchange.asked(self, payload, answered)
            self._write(self.framed(_FIN | PING, payload))

    def fail(self, code: int, reason: str) -> None:
        """End an open link because of what the peer did or did not do (§7.1.7)."""
        if self._farewell is None:
            self._part(Lost(Ending.CLOSED, code, close_reason(code, reason)))
            self._hang_up()

    # What the transport does -----------------------------------------------------------------------------------

    def read(self, data: bytes, most: int = _AT_ONCE) -> None:
        """Take bytes in any portion, and as many messages."""
        reader, farewell, exchange = self._reader, self._farewell, self._exchange
        if farewell is not None and farewell.deaf:
            return
        if reader is None:
            inflate = None if self._deflate is None else self._deflate.inflate
            reader = self._reader = Reader(masked=self.masked_in, limit=exchange.message_bytes, inflate=inflate)
        elif exchange.is_behind(self):
            reader.hold(data)
            return
        exchange.cork(self)
        try:
            for opcode, payload in reader.feed(data):
                if len(payload) > LONG and self._farewell is None and exchange.has_room(len(payload)):
                    self._wait((opcode, payload))
                    break
                self._take(opcode, payload)
                if self._farewell is not None and self._is_over(self._farewell):
                    break
                most -= 1
                if (most <= 0 or exchange.is_paused(self)) and reader.lags:
                    self._wait(None)
                    break
            else:
                if reader.lags:
                    self._wait(None)
                elif reader.idle:
                    self._reader = None
        except Violation as violation:
            self._end_for(violation)
        finally:
            self._uncork()

    def go_on(self, message: Message | None) -> None:
        """It is our turn: take what was put off, and go on with what had come behind it."""
        if self._reader is None:
            return
        if not self._transport.is_closing() and not self._exchange.is_paused(self):
            self._transport.resume_reading()
        if message is not None:
            self._take(*message)
        if self._exchange.is_paused(self):
            self._wait(None)
        else:
            self.read(b"", _IN_TURN)

    def _wait(self, message: Message | None) -> None:
        """Wait for our turn, and take nothing more until then."""
        if not self._transport.is_closing():
            self._transport.pause_reading()
        self._exchange.wait(self, message)

    def eof_received(self) -> None:
        """The peer sends no more; the transport flushes what we had to say and closes."""
        if self._farewell is None and self._transport.get_write_buffer_size():
            self._farewell = _Farewell(_GONE, self._timer())  # it may never read that, either

    def pause_writing(self) -> None:
        """The peer leaves too much unread."""
        self._drop(
            Lost(Ending.CLOSED, 1006, f"the peer left more than {self._exchange.limits.queue_bytes} bytes unread")
        )

    def connection_lost(self, exc: Exception | None) -> None:
        if self._farewell is None and self._exchange.is_behind(self):  # what it said before counts
            self._exchange.lost(self, exc)
            return
        farewell = self._farewell or _Farewell(_GONE, None)
        farewell.deaf = farewell.final = True
        if farewell.timer is not None:
            farewell.timer.cancel()
        self._farewell, self._reader = farewell, None
        self._exchange.leave(self)
        tell(self._receiver.lost, farewell.why)

    # What follows ----------------------------------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        if not self._exchange.gathers(self, data):
            self._transport.write(data)

    def _uncork(self) -> None:
        """Write what was gathered, all at once."""
        data = self._exchange.uncork(self)
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def framed(self, first: int, payload: bytes) -> bytes:
        """Return a frame as this side writes it."""
        raise NotImplementedError

    def _text(self, payload: bytes) -> None:
        """Take one whole text message."""
        if self._farewell is None:
            try:
                text = payload.decode()
            except UnicodeDecodeError:
                self.fail(1007, "invalid UTF-8")
            else:
                if not tell(self._receiver.received, text):
                    self.close(1011, "internal error")

    def _take(self, opcode: int, payload: str | bytes) -> None:
        if opcode in {TEXT, BINARY}:
            self._deliver(payload)
            return
        assert isinstance(payload, bytes)
        if opcode == CLOSE:
            self._closed(payload)
        elif opcode == PONG:
            self._exchange.ponged(self, payload)
        elif self._farewell is None:
            self._write(self.framed(_FIN | PONG, payload))

    def _deliver(self, message: str | bytes) -> None:
        if self._farewell is None and not tell(self._receiver.received, message):
            self.close(1011, "internal error")

    def _closed(self, payload: bytes) -> None:
        """The peer's close frame came: answer it unless it is the answer (§5.5.1)."""
        code, reason = parse_close(payload)
        if self._farewell is None:
            self._part(Lost(Ending.CLOSED, code, reason))
        self._hang_up()

    def _part(self, why: Lost) -> None:
        """Send our close frame; from here on the clock runs, and the peer's answer must be heard."""
        self._farewell = _Farewell(why, self._timer())
        self.resume_reading()
        if not self._transport.is_closing():
            self._write(self.framed(_FIN | CLOSE, close_payload(why.code, why.reason)))

    def _is_over(self, farewell: _Farewell) -> bool:
        """Whether there is nothing more to hear: who keeps talking does not care for our close frame."""
        farewell.ignored += 1
        if farewell.ignored > _IGNORED_MOST and not farewell.deaf:
            self._hang_up()
        return farewell.deaf

    def _timer(self) -> asyncio.TimerHandle:
        return self._exchange.loop.call_later(self._exchange.limits.close_timeout_s, self._transport.abort)

    def _end_for(self, violation: Violation) -> None:
        """The peer broke the rules, even while we were closing already."""
        self.fail(violation.code, violation.reason)
        assert self._farewell is not None
        if not self._farewell.deaf:
            self._hang_up()

    def _hang_up(self) -> None:
        """Nothing is left to hear, and after our close frame nothing to say."""
        assert self._farewell is not None
        self._farewell.deaf, self._reader = True, None
        self._uncork()

    def _drop(self, why: Lost) -> None:
        farewell = self._farewell
        if farewell is None:
            farewell = self._farewell = _Farewell(why, None)
        elif farewell.final:
            return
        farewell.why, farewell.deaf, farewell.final = why, True, True
        self._uncork()
        self._transport.abort()


class StationLink(LeanLink):
    """The end that dialled: it masks, and leaves it to the server to close the TCP connection first (§7.1.1)."""

    __slots__ = ()

    masked_in = False

    def data_received(self, data: bytes) -> None:
        size = len(data)
        # Nearly always one whole text message comes alone, and needs no reader.
        fits = 4 < size <= self._exchange.short and data[0] == _FIN_TEXT
        if fits and self._reader is None and self._farewell is None:
            length = data[1]
            if length == size - 2 and length < 126:
                self._text(data[2:])
                return
            if length == 126 and data[2] << 8 | data[3] == size - 4:
                self._text(data[4:])
                return
        self.read(data)

    def framed(self, first: int, payload: bytes) -> bytes:
        masks = self._exchange.masks
        assert masks is not None
        return frame(first, payload, next(masks))


class CsmsLink(LeanLink):
    """The end that was dialled."""

    __slots__ = ()

    masked_in = True

    def data_received(self, data: bytes) -> None:
        size = len(data)
        fits = 8 < size <= self._exchange.short and data[0] == _FIN_TEXT
        if fits and self._reader is None and self._farewell is None:
            length = data[1]
            if length == size + 122 and length < 254:  # 128 for the mask bit, 6 bytes of head
                self._text(apply_mask(data[6:], data[2:6]))
                return
            if length == 254 and data[2] << 8 | data[3] == size - 8:
                self._text(apply_mask(data[8:], data[4:8]))
                return
        self.read(data)

    def framed(self, first: int, payload: bytes) -> bytes:
        return frame(first, payload)

    def _hang_up(self) -> None:
        """The server goes first, and only half: what is still on the way to it must not undo its close frame."""
        super()._hang_up()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:  # TLS
            self._transport.close()


class _Nobody:
    """Receives where nobody is interested: the link lives on only to be closed."""

    def opened(self, link: Link, subprotocol: str) -> None:
        pass

    def received(self, data: str | bytes) -> None:
        pass

    def lost(self, why: Lost) -> None:
        pass


NOBODY: Final = _Nobody()
