"""One connection through a network with troubles: the link that the station holds, and the ear that hears for it.

Between the two ends lie two streams. Where an end vanishes unheard, the other one keeps a half-open connection until it
notices: by a reset when it sends, by pings, or because nothing is acknowledged any more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from protocol.link import Dialer, Ending, Link, Lost, Pausing, Pinging, Receiver, Target, close_reason
from protocol.transports.limits import DIAL_LIMITS, SERVE_LIMITS
from simulator.clock import Timer
from simulator.stream import Stream

if TYPE_CHECKING:
    from simulator.line import Line
    from simulator.network import Network

REQUEST_BYTES = 400
"""About what an upgrade request or its answer takes."""

CSMS_NOTICES_S = (SERVE_LIMITS.ping_interval_s or 0.0) + SERVE_LIMITS.pong_timeout_s
"""When a CSMS that pings has noticed that nobody answers, for transports in memory, which have no pings."""

_RESET = Lost(Ending.CLOSED, 1006, "connection reset by peer")
_CALL = "[2,"
_REPLIES = ("[3", "[4")


class Connection:
    """One connection, or the attempt at one: to its Line a Link that can ping, to the Line's ear what the Line is."""

    __slots__ = (
        "_awaits_pong",
        "_closing",
        "_down",
        "_ear",
        "_far_gone",
        "_left",
        "_limit",
        "_line",
        "_link",
        "_network",
        "_notice",
        "_up",
    )

    def __init__(self, network: Network, line: Line, ear: Receiver, link: Link | None = None) -> None:
        clock, chance = network.site.station.clock, network.site.chance
        self._network = network
        self._line = line
        self._ear = ear
        self._link = link
        self._up = Stream(clock, chance, "network up", self._gives_up, network.patience_s)
        self._down = Stream(clock, chance, "network down", self._csms_gives_up, network.patience_s)
        self._closing = False  # the station has said goodbye, and hears no more
        self._left = False  # the station knows nothing of it any more
        self._far_gone = link is None  # the CSMS knows nothing of it any more, or not yet
        self._awaits_pong = False
        self._limit: Timer | None = None  # of the attempt, or of the closing handshake
        self._notice: Timer | None = None
        if network.silent:
            self.stall()

    # -- the attempt ------------------------------------------------------------------------------------------------

    def dial(self, dialer: Dialer, target: Target, handshake_s: float) -> None:
        """Have the request arrive after as many round trips as TCP and TLS need before it."""
        self._lend(1)
        self.limit()
        self._up.send(partial(self._knock, dialer, target), REQUEST_BYTES, self._network.quality, handshake_s)

    def limit(self) -> None:
        """Let the attempt end if there is no answer in time."""
        self._limit = self._after(DIAL_LIMITS.open_timeout_s, self._late)

    def _knock(self, dialer: Dialer, target: Target) -> None:
        if self._line.listens_to(self._ear):
            self._lend(-1)
            dialer.dial(target, self._ear)

    def _late(self) -> None:
        self._end(Lost(Ending.UNREACHABLE, reason=f"no answer within {DIAL_LIMITS.open_timeout_s:g} s"))

    # -- what the ear hears: the CSMS's end -------------------------------------------------------------------------

    def soon(self, callback: Callable[[], None]) -> None:
        """Run what a link tells."""
        self._line.soon(callback)

    def listens_to(self, ear: object) -> bool:
        """Whether it is this connection's ear; whether the Line still listens is asked when something arrives."""
        return self._ear is ear

    def opened(self, link: Link, subprotocol: str) -> None:
        """The CSMS has said yes; the station is to learn of it."""
        self._link, self._far_gone = link, False
        if self._left or not self._line.listens_to(self._ear):
            link.abort()
            return
        if self._up.stalled:
            self._pause()
        self._send_down(partial(self._opened, subprotocol), REQUEST_BYTES, awaited=True)

    def _opened(self, subprotocol: str) -> None:
        self._stop_limit()
        if self._line.listens_to(self._ear):
            self._line.opened(self, subprotocol)
        else:
            self._vanish()

    def received(self, data: str | bytes) -> None:
        """The CSMS has sent something."""
        if self._left:
            self._down.send(self._abort, 0, self._network.quality)  # nobody has that connection any more: a reset
        elif not self._far_gone:
            reply = isinstance(data, str) and data.startswith(_REPLIES)
            self._send_down(partial(self._arrived, data), len(data), awaited=reply)

    def _arrived(self, data: str | bytes) -> None:
        if not self._closing and self._line.listens_to(self._ear):
            self._line.received(data)

    def lost(self, why: Lost) -> None:
        """The CSMS's end is gone, or never came to be; the station is to learn of it unless that was done silently."""
        known, self._far_gone = not self._far_gone or self._link is None, True
        if known and not self._left:
            self._send_down(partial(self._end, why), 0, awaited=True)

    # -- the link: the station's end --------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """Queue one text message."""
        if self._closing or self._left:
            return
        call = text.startswith(_CALL)
        if call:
            self._lend(1)
        self._up.send(partial(self._forward, text, call), len(text), self._network.quality)

    def _forward(self, text: str, call: bool) -> None:
        if call:
            self._lend(-1)
        if self._far_gone or self._link is None:
            self._send_down(partial(self._end, _RESET), 0, awaited=True)
        else:
            self._link.send(text)

    def ping(self, payload: bytes) -> None:
        """Send a ping; a connection whose last ping has no pong yet is given up."""
        if self._closing or self._left:
            return
        if self._awaits_pong:
            self._after(0.0, partial(self._end, Lost(Ending.CLOSED, 1006, "no pong")))
            return
        self._awaits_pong = True
        self._up.send(partial(self._pinged, payload), len(payload), self._network.quality)

    def _pinged(self, payload: bytes) -> None:
        if self._far_gone:
            self._send_down(partial(self._end, _RESET), 0, awaited=True)
            return
        link: object = self._link
        if isinstance(link, Pinging):
            link.ping(payload)
        self._send_down(self._ponged, len(payload))

    def _ponged(self) -> None:
        self._awaits_pong = False

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin the closing handshake."""
        fitting = close_reason(code, reason)
        if not self._closing and not self._left:
            self._closing = True
            late = Lost(Ending.CLOSED, 1006, "the closing handshake was not answered")
            self._limit = self._after(DIAL_LIMITS.close_timeout_s, partial(self._end, late))
            self._up.send(partial(self._close, code, fitting), 0, self._network.quality)

    def _close(self, code: int, reason: str) -> None:
        if self._link is not None and not self._far_gone:
            self._link.close(code, reason)

    def abort(self) -> None:
        """Vanish."""
        if not self._left:
            self._after(0.0, partial(self._end, Lost(Ending.CUT)))
            self._vanish()

    # -- how it ends ------------------------------------------------------------------------------------------------

    def half_open(self) -> None:
        """The CSMS forgets it; the station learns of that when it sends something."""
        if self._link is not None and not self._far_gone:
            self._far_gone = True
            self._link.abort()

    def _abort(self) -> None:
        self.half_open()
        self._network.forget(self)

    def _gives_up(self) -> None:
        why = f"nothing acknowledged for {self._network.patience_s:g} s"
        ending = Ending.UNREACHABLE if self._link is None else Ending.CLOSED
        self._end(Lost(ending, 1006 if ending is Ending.CLOSED else 0, why))

    def _csms_gives_up(self) -> None:
        self._notice = None
        self.half_open()
        if self._left:
            self._network.forget(self)

    def _end(self, why: Lost) -> None:
        """The station's end is over; so is the CSMS's, if that can be told."""
        self._stop_limit()
        if not self._left:
            self._vanish()
        if self._line.listens_to(self._ear):
            self._line.lost(why)

    def _vanish(self) -> None:
        """The station drops its end: with a reset behind what it has sent, or, while nothing passes, unheard."""
        self._left = True
        self._stop_limit()
        unacknowledged = self._down.busy
        self._down.end()
        if self._far_gone or self._link is None:
            self._up.end()
            self._stop_notice()
            self._network.forget(self)
        elif not self._up.stalled:
            self._up.send(self._abort, 0, self._network.quality)
        else:
            self._up.end()
            if self._notice is None:
                self._notice = self._after(CSMS_NOTICES_S, self._csms_gives_up)
            if unacknowledged:
                self._down.send(self._abort, 0, self._network.quality)

    # -- silence ----------------------------------------------------------------------------------------------------

    def stall(self) -> None:
        """Nothing passes."""
        self._up.stall()
        self._down.stall()
        if self._link is not None:
            self._pause()

    def resume(self) -> None:
        """It passes again. A socket that nobody is behind any more is reset; in memory the CSMS still has to notice."""
        if self._left and self._network.remote:
            self._abort()
            return
        link: object = self._link
        if isinstance(link, Pausing):
            link.resume_reading()
        if not self._left:
            self._stop_notice()
        self._up.resume(self._network.quality)
        self._down.resume(self._network.quality)

    def _pause(self) -> None:
        link: object = self._link
        if isinstance(link, Pausing):
            link.pause_reading()
        if not self._network.remote and self._notice is None:
            self._notice = self._after(CSMS_NOTICES_S, self._csms_gives_up)

    def _stop_notice(self) -> None:
        if self._notice is not None:
            self._notice.cancel()
            self._notice = None

    # -- details ----------------------------------------------------------------------------------------------------

    def _send_down(self, land: Callable[[], None], size_bytes: int, *, awaited: bool = False) -> None:
        if not awaited:
            self._down.send(land, size_bytes, self._network.quality)
            return
        self._lend(1)

        def landed() -> None:
            self._lend(-1)
            land()

        self._down.send(landed, size_bytes, self._network.quality)

    def _lend(self, by: int) -> None:
        """What is on its way here needs no waiting for a socket."""
        if self._line.listens_to(self._ear):
            self._line.lend(by)

    def _after(self, seconds: float, then: Callable[[], None]) -> Timer:
        return self._network.site.station.clock.after(seconds, then)

    def _stop_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
