"""A station's line to its CSMS: dials, holds the Session, hangs up, waits and dials again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from protocol.errors import Code
from protocol.link import Dialer, Ending, Link, Lost, Target
from protocol.session import (
    Answered,
    Called,
    Dropped,
    Event,
    Ignored,
    Misanswered,
    Notified,
    Refused,
    Session,
    TimedOut,
    TurnedAway,
)
from protocol.versions import Side, Version
from simulator import facts
from simulator.clock import Clock, Timer

if TYPE_CHECKING:
    from simulator.station import Station

Reply = Answered | Refused | Misanswered | TimedOut | Dropped

_CALL = "[2,"
BINARY_NOT_ACCEPTED = 1003  # RFC 6455 §7.4.1: a type of data that this endpoint cannot accept


class CallRefused(Exception):
    """A handler's way to answer a CALL with a CALLERROR."""

    def __init__(self, code: Code, description: str = "") -> None:
        super().__init__(description)
        self.code, self.description = code, description


class Line:
    """One station's connection. ``open`` tells whether the WebSocket stands."""

    __slots__ = (
        "_clock",
        "_dialer",
        "_held",
        "_inbox",
        "_link",
        "_replies",
        "_session",
        "_station",
        "_timer",
        "frames_down",
        "frames_up",
        "left_by_choice",
        "lost_event",
        "opened_event",
    )

    def __init__(self, station: Station, clock: Clock, dialer: Dialer) -> None:
        self._station = station
        self._clock = clock
        self._dialer = dialer
        self._link: Link | None = None
        self._session: Session | None = None
        self._replies: dict[str, simpy.Event] = {}
        self._timer: tuple[float, Timer] | None = None
        self._held = 0
        self._inbox: list[Callable[[], None]] | None = None
        self.left_by_choice = False
        self.frames_up = 0
        self.frames_down = 0
        self.opened_event: simpy.Event | None = None
        self.lost_event: simpy.Event | None = None

    @property
    def open(self) -> bool:
        """Whether the WebSocket is open."""
        return self._link is not None

    # -- what the firmware does -------------------------------------------------------------------------------------

    def dial(self, target: Target) -> simpy.Event:
        """Start to connect; the event succeeds with True when the link is open and with False when it failed."""
        opened = self._clock.event()
        self.opened_event, self.lost_event = opened, self._clock.event()
        self._hold(1)
        if self._station.watch is not None:
            self._station.watch.dialling(self._station.identity)
        soon = self._clock.soon if self._dialer.remote else _at_once
        self._dialer.dial(target, _Ear(self, self._station.version, soon))
        return opened

    def call(self, action: str, payload: dict[str, Any], timeout_s: float | None = None) -> simpy.Event:
        """Send a CALL; the event succeeds with its Reply, Dropped if there is no link or it goes."""
        reply = self._clock.event()
        if self._session is None:
            return reply.succeed(Dropped("", action, sent=False))
        message_id = self._session.call(action, payload, self._clock.now, timeout_s=timeout_s)
        self._replies[message_id] = reply
        self._hold(1)
        self._flush()
        return reply

    def hang_up(self, code: int = 1000, reason: str = "") -> None:
        """Close the link properly, to dial again at once."""
        if self._link is not None:
            self.left_by_choice = True
            self._link.close(code, reason)

    def leave(self) -> None:
        """Close the link properly and forget it at once, as firmware does that restarts."""
        link, self._link = self._link, None
        if link is not None:
            link.close(1001, "restarting")
        self._gone(Lost(Ending.CUT, 1001, "restarting"))

    def cut(self) -> None:
        """Lose the link as a power cut does: the far side is told nothing, this side forgets everything."""
        link, self._link = self._link, None
        self._gone(Lost(Ending.CUT))
        if link is not None:
            link.abort()

    # -- what the link tells ----------------------------------------------------------------------------------------

    def opened(self, link: Link, version: Version) -> None:
        """The WebSocket stands."""
        self._link = link
        self.left_by_choice = False
        station = self._station
        timeout_s = station.variables.number("OCPPCommCtrlr.MessageTimeout.Default")
        self._session = Session(version, Side.STATION, ids=station.next_message_id, call_timeout_s=timeout_s)
        self._hold(-1)
        station.tell(facts.Connected(version.subprotocol))
        if self.opened_event is not None:
            self.opened_event.succeed(True)
            self.opened_event = None

    def received(self, data: str | bytes) -> None:
        """One message arrived; it waits until the firmware has taken in the reply before it."""
        if self._inbox is not None:
            self._inbox.append(partial(self.received, data))
            return
        if self._session is None:
            return
        if isinstance(data, bytes):
            self._station.tell(facts.FrameIgnored("binary message", f"{len(data)} bytes"))
            if self._link is not None:
                self._link.close(BINARY_NOT_ACCEPTED, "text messages only")
            return
        self.frames_down += 1
        if self._station.watch is not None:
            self._station.watch.frames_down += 1
        if self._station.tap is not None:
            self._station.tap(self._station.identity, "down", data)
        self._react(self._session.receive(data, self._clock.now))

    def lost(self, why: Lost) -> None:
        """The link went, or never came."""
        if self._inbox is not None:
            self._inbox.append(partial(self.lost, why))
            return
        if self.opened_event is not None:
            self._hold(-1)
        self._link = None
        self._gone(why)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _gone(self, why: Lost) -> None:
        self._inbox = None
        if self._session is not None:
            session, self._session = self._session, None
            self._react(session.lost())
        self._set_timer(None)
        self._hold(-self._held)
        dialling, self.opened_event = self.opened_event, None
        lost, self.lost_event = self.lost_event, None
        if dialling is None and lost is None:
            return
        self._station.tell(facts.Disconnected(why.ending.value, why.code, why.reason))
        if dialling is not None:
            dialling.succeed(False)
        if lost is not None:
            lost.succeed(why)

    def _react(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Answered() | Refused() | Misanswered() | TimedOut() | Dropped():
                    self._settle(event)
                case Called():
                    self._answer(event)
                case Ignored():
                    self._station.tell(facts.FrameIgnored(event.why.value, event.detail))
                case TurnedAway():
                    self._station.tell(facts.FrameIgnored("invalid call", f"{event.action}: {event.violation}"))
                case Notified():
                    self._station.tell(facts.FrameIgnored("SEND without a use here", event.action))
        self._flush()

    def _settle(self, reply: Reply) -> None:
        if self._station.watch is not None:
            self._station.watch.settled(self._station.identity, reply)
        if not isinstance(reply, Answered):
            self._station.tell(facts.CallFailed(reply.action, type(reply).__name__, _detail(reply)))
        waiting = self._replies.pop(reply.message_id, None)
        if waiting is not None:
            self._hold(-1)
            waiting.succeed(reply)
            if not isinstance(reply, Dropped):
                self._digest(waiting)

    def _digest(self, reply: simpy.Event) -> None:
        """Keep what arrives until whoever waits for a reply has seen it: a CALL right behind the answer to a
        BootNotification meets a station that knows the answer."""
        if self._inbox is None:
            self._inbox = []
            assert reply.callbacks is not None
            reply.callbacks.append(self._digested)

    def _digested(self, _reply: simpy.Event) -> None:
        kept, self._inbox = self._inbox or [], None
        self._take_in(kept)

    def _take_in(self, kept: list[Callable[[], None]]) -> None:
        for number, arrived in enumerate(kept):
            arrived()
            if self._inbox is not None:  # that was a reply, too: the others wait behind it
                self._inbox.extend(kept[number + 1 :])
                return

    def _answer(self, called: Called) -> None:
        session = self._session
        assert session is not None
        try:
            answer = self._station.dialect.answer(self._station, called.action, called.payload)
        except CallRefused as refusal:
            session.refuse(called.message_id, refusal.code, refusal.description)
        else:
            session.answer(called.message_id, answer)

    def _flush(self) -> None:
        session, link = self._session, self._link
        if session is None or link is None:
            return
        tap, watch = self._station.tap, self._station.watch
        while session.outbox:
            text = session.outbox.popleft()
            self.frames_up += 1
            if watch is not None:
                watch.frames_up += 1
                if text.startswith(_CALL):
                    watch.called(self._station.identity)
            if tap is not None:
                tap(self._station.identity, "up", text)
            link.send(text)
        self._set_timer(session.deadline)

    def _set_timer(self, deadline: float | None) -> None:
        """Keep at most one timer; one that is due too early asks again when it fires, which is cheaper than a new one
        per CALL."""
        if deadline is None or (self._timer is not None and self._timer[0] <= deadline):
            return
        if self._timer is not None:
            self._timer[1].cancel()
        self._timer = (deadline, self._clock.at(deadline, self._due))

    def _due(self) -> None:
        self._timer = None
        if self._session is not None:
            self._react(self._session.wake(self._clock.now))

    def _hold(self, by: int) -> None:
        """Keep virtual time from running while something is under way that this process cannot see."""
        if not self._dialer.remote or not by:
            return
        self._held += by
        for _ in range(abs(by)):
            self._clock.busy.begin() if by > 0 else self._clock.busy.end()


def _detail(reply: Reply) -> str:
    match reply:
        case Refused():
            return f"{reply.code}: {reply.description}"
        case Misanswered():
            return str(reply.violation)
        case Dropped():
            return "sent" if reply.sent else "never sent"
        case _:
            return ""


class _Ear:
    """The Receiver of one link; a link that the line has given up on talks to nobody."""

    __slots__ = ("_line", "_over", "_soon", "_version")

    def __init__(self, line: Line, version: Version, soon: Callable[[Callable[[], None]], None]) -> None:
        self._line = line
        self._version = version
        self._soon = soon
        self._over = line.lost_event

    @property
    def _current(self) -> bool:
        return self._over is not None and self._line.lost_event is self._over

    def opened(self, link: Link, subprotocol: str) -> None:
        self._soon(lambda: self._opened(link, subprotocol))

    def _opened(self, link: Link, subprotocol: str) -> None:
        if not self._current:
            link.abort()
        elif subprotocol != self._version.subprotocol:
            link.close(1002, "subprotocol was not offered")
        else:
            self._line.opened(link, self._version)

    def received(self, data: str | bytes) -> None:
        self._soon(lambda: self._line.received(data) if self._current else None)

    def lost(self, why: Lost) -> None:
        self._soon(lambda: self._line.lost(why) if self._current else None)


def _at_once(callback: Callable[[], None]) -> None:
    callback()  # the in-memory network delivers within the simulation already


def back_off(station: Station, attempt: int, previous_s: float) -> float:
    """Seconds to wait before reconnection attempt 1, 2, … (2.0.1 part 4 §5.3, 2.1 part 4 §5.4).

    First RetryBackOffWaitMinimum plus a random part up to RetryBackOffRandomRange; then twice the wait before plus a
    new random part, RetryBackOffRepeatTimes times; then always the last one. 1.6-J names no rule; the same serves.
    """
    if attempt > station.variables.number("OCPPCommCtrlr.RetryBackOffRepeatTimes") + 1:
        return previous_s
    spread_s = station.chance.uniform(
        "back-off", 0.0, station.variables.number("OCPPCommCtrlr.RetryBackOffRandomRange")
    )
    if attempt == 1:
        return station.variables.number("OCPPCommCtrlr.RetryBackOffWaitMinimum") + spread_s
    return 2 * previous_s + spread_s


def connect(station: Station, *, at_once: bool) -> Generator[simpy.Event, Any, None]:
    """Dial until the link stands, with the back-off before each attempt but, if ``at_once``, the first."""
    line = station.line
    attempt, wait_s = 0, 0.0
    while True:
        if not at_once:
            attempt += 1
            wait_s = back_off(station, attempt, wait_s)
            station.tell(facts.WaitedToReconnect(attempt, round(wait_s, 3)))
            yield station.clock.timeout(wait_s)
        at_once = False
        if (yield line.dial(station.target)):
            return
