"""A station's line to its CSMS: dials, holds the Session, hangs up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import simpy

from protocol.errors import Code
from protocol.link import Dialer, Ending, Link, Lost, Pinging, Target
from protocol.schemas import Validation
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
from protocol.versions import Side
from simulator import addressing, facts
from simulator.clock import Timer
from simulator.hardware.links import hindrance
from simulator.network import kept

if TYPE_CHECKING:
    from simulator.station import Station

Reply = Answered | Refused | Misanswered | TimedOut | Dropped

Then = Callable[[Reply], object]
"""What is to happen with the reply to a CALL."""

_CALL = "[2,"
BINARY_NOT_ACCEPTED = 1003  # RFC 6455 §7.4.1: a type of data that this endpoint cannot accept


class CallRefused(Exception):
    """A handler's way to answer a CALL with a CALLERROR."""

    def __init__(self, code: Code, description: str = "") -> None:
        super().__init__(description)
        self.code, self.description = code, description


class Line:
    """One station's connection. ``open`` tells whether the WebSocket stands; ``validation`` is that of its Sessions."""

    __slots__ = (
        "_dialer",
        "_ear",
        "_held",
        "_inbox",
        "_lent",
        "_link",
        "_lost",
        "_opened",
        "_pinger",
        "_replies",
        "_session",
        "_station",
        "_timer",
        "frames_down",
        "frames_up",
        "left_by_choice",
        "validation",
    )

    def __init__(self, station: Station, dialer: Dialer, validation: Validation) -> None:
        self._station = station
        self._dialer = dialer
        self.validation = validation
        self._ear: Ear | None = None
        self._link: Link | None = None
        self._session: Session | None = None
        self._replies: dict[str, simpy.Event | Then] | None = None
        self._timer: tuple[float, Timer] | None = None
        self._held = 0
        self._lent = 0
        self._inbox: list[Callable[[], None]] | None = None
        self._opened: simpy.Event | None = None
        self._pinger: Timer | None = None
        self._lost: simpy.Event | None = None
        self.left_by_choice = False
        self.frames_up = 0
        self.frames_down = 0

    @property
    def open(self) -> bool:
        """Whether the WebSocket is open."""
        return self._link is not None

    @property
    def remote(self) -> bool:
        """Whether the CSMS is behind a socket."""
        return self._dialer.remote

    @property
    def link(self) -> Link | None:
        """The link that stands."""
        return self._link

    @property
    def ear(self) -> Ear | None:
        """The Receiver of the link that stands or is being made."""
        return self._ear

    # -- what the firmware does -------------------------------------------------------------------------------------

    @property
    def lost_event(self) -> simpy.Event | None:
        """Succeeds with the Lost when the link goes that stands or is being made; None where there is none."""
        if self._lost is None and self._ear is not None:
            self._lost = self._station.clock.event()
        return self._lost

    def dial(self, target: Target) -> simpy.Event:
        """Start to connect; the event succeeds with None when the link is open, and with the Lost if it failed."""
        hindered = hindrance(self._station)  # first: it may have the network look at the line
        self._opened = opened = self._station.clock.event()
        self._ear = ear = Ear(self)
        self._hold(1)
        if self._station.watch is not None:
            self._station.watch.dialling(self._station.identity)
        if hindered is not None:
            self.lend(1)
            nowhere = Lost(Ending.UNREACHABLE, reason=hindered.why)
            self._station.clock.after(hindered.after_s, partial(ear.lost, nowhere))
        elif (network := kept(self._station)) is not None:
            network.dial(self._dialer, target, ear)
        else:
            self._dialer.dial(target, ear)
        return opened

    def call(self, action: str, payload: dict[str, Any], timeout_s: float | None = None) -> simpy.Event:
        """Send a CALL; the event succeeds with its Reply: Dropped if there is no link, if it goes, or if the CSMS has
        not accepted the station yet."""
        reply = self._station.clock.event()
        if self._session is None or not self._station.life.may_send(action):
            return reply.succeed(Dropped("", action, sent=False))
        self._call(self._session, action, payload, reply, timeout_s)
        return reply

    def ask(self, action: str, payload: dict[str, Any], then: Then) -> None:
        """Send a CALL and call back with its Reply the moment it arrives: lighter than ``call``, for no process."""
        if self._session is None or not self._station.life.may_send(action):
            then(Dropped("", action, sent=False))
        else:
            self._call(self._session, action, payload, then, None)

    def _call(
        self,
        session: Session,
        action: str,
        payload: dict[str, Any],
        waiting: simpy.Event | Then,
        timeout_s: float | None,
    ) -> None:
        message_id = session.call(action, payload, self._station.clock.now, timeout_s=timeout_s)
        if self._replies is None:
            self._replies = {}
        self._replies[message_id] = waiting
        self._hold(1)
        self._flush()

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

    def sever(self) -> None:
        """Lose the link as a broken cable does: both sides find it reset, and the firmware goes on."""
        if self._link is not None:
            self._hold(1)  # until the transport has told, which comes from outside
            self._link.abort()

    def interpose(self, link: Link) -> None:
        """Have what leaves go over another link than the one that stands; the ear has been told already."""
        self._link = link
        self.keep_alive()

    def keep_alive(self) -> None:
        """The link is another one, or WebSocketPingInterval: ping at that interval from now on (part 4 §8.4)."""
        if self._pinger is not None:
            self._pinger.cancel()
            self._pinger = None
        interval_s = self._station.variables.number("OCPPCommCtrlr.WebSocketPingInterval")
        link: object = self._link
        if interval_s and isinstance(link, Pinging):
            self._pinger = self._station.clock.after(interval_s, partial(self._ping, link))

    def _ping(self, link: Pinging) -> None:
        link.ping(b"")
        self.keep_alive()

    # -- what the link tells ----------------------------------------------------------------------------------------

    def soon(self, callback: Callable[[], None]) -> None:
        """Run what a link tells: at once from the in-memory network, which delivers within the simulation already."""
        if self._dialer.remote:
            self._station.clock.soon(callback)
        else:
            callback()

    def listens_to(self, ear: object) -> bool:
        """Whether a Receiver is that of the link that stands or is being made."""
        return self._ear is ear

    def opened(self, link: Link, subprotocol: str) -> None:
        """The WebSocket stands."""
        station = self._station
        if subprotocol != station.version.subprotocol:
            link.close(1002, "subprotocol was not offered")
            return
        self._link = link
        self.left_by_choice = False
        station.security.connected()
        self._session = Session(
            station.version,
            Side.STATION,
            ids=station.next_message_id,
            call_timeout_s=addressing.timeout_s(station),
            validation=self.validation,
        )
        self._hold(-1)
        station.tell(facts.Connected(subprotocol))
        self.keep_alive()
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.succeed()

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
        if self._station.keeper is not None:
            self._station.keeper.changed(self._station)
        self._react(self._session.receive(data, self._station.clock.now))

    def lost(self, why: Lost) -> None:
        """The link went, or never came."""
        if self._inbox is not None:
            self._inbox.append(partial(self.lost, why))
            return
        if self._opened is not None:
            self._hold(-1)
            self._station.security.lost(why)
        self._link = None
        self._gone(why)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _gone(self, why: Lost) -> None:
        self._inbox = None
        if self._session is not None:
            session, self._session = self._session, None
            self._react(session.lost())
        self._set_timer(None)
        self.keep_alive()
        self._hold(-self._held)
        self._lent = 0
        if self._ear is None:
            return
        dialling, lost = self._opened, self._lost
        self._ear = self._opened = self._lost = None
        self._station.tell(facts.Disconnected(why.ending.value, why.code, why.reason))
        for event in (dialling, lost):
            if event is not None:
                event.succeed(why)
        self._station.life.link_lost()

    def _react(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Answered() | Refused() | Misanswered() | TimedOut() | Dropped():
                    self._settle(event)
                case Called():
                    self._answer(event)
                case Ignored():
                    self._station.tell(facts.FrameIgnored(event.why.value, event.detail))
                    self._station.security.unheard(event.why, event.detail)
                case TurnedAway():
                    detail = f"{event.action}: {event.violation}"
                    self._station.tell(facts.FrameIgnored("invalid call", detail))
                    self._station.security.turned_away(detail)
                case Notified():
                    self._station.tell(facts.FrameIgnored("SEND without a use here", event.action))
        self._flush()

    def _settle(self, reply: Reply) -> None:
        if self._station.watch is not None:
            self._station.watch.settled(self._station.identity, reply)
        if not isinstance(reply, Answered):
            self._station.tell(facts.CallFailed(reply.action, type(reply).__name__, _detail(reply)))
        replies = self._replies
        waiting = None if replies is None else replies.pop(reply.message_id, None)
        if not replies:
            self._replies = None
        if waiting is None:
            return
        self._hold(-1)
        if not isinstance(waiting, simpy.Event):
            waiting(reply)
            return
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
        session, station = self._session, self._station
        assert session is not None
        if station.dialect.mute_when_rejected and station.registration == "Rejected":
            session.forget(called.message_id)
            station.tell(facts.FrameIgnored("CALL while rejected", called.action))
            return
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
        if session.outbox:
            self._send(session, link)
        self._set_timer(session.deadline)

    def _send(self, session: Session, link: Link) -> None:
        tap, watch = self._station.tap, self._station.watch
        if self._station.keeper is not None:
            self._station.keeper.save(self._station)  # what a message tells must not be forgotten once it is told
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

    def _set_timer(self, deadline: float | None) -> None:
        """Keep at most one timer; one that is due too early asks again when it fires, which is cheaper than a new one
        per CALL."""
        if deadline is None or (self._timer is not None and self._timer[0] <= deadline):
            return
        if self._timer is not None:
            self._timer[1].cancel()
        self._timer = (deadline, self._station.clock.at(deadline, self._due))

    def _due(self) -> None:
        self._timer = None
        if self._session is not None:
            self._react(self._session.wake(self._station.clock.now))

    def _hold(self, by: int) -> None:
        """Keep virtual time from running while something is under way that this process cannot see."""
        if by and self._dialer.remote:
            before, self._held = self._waited_for, self._held + by
            self._wait_for(self._waited_for - before)

    def lend(self, by: int) -> None:
        """Some of what is under way is so within the simulation, which needs its time to go on (or no longer)."""
        if self._dialer.remote:
            before, self._lent = self._waited_for, self._lent + by
            self._wait_for(self._waited_for - before)

    @property
    def _waited_for(self) -> int:
        return 0 if self._lent > 0 else self._held  # what waits its turn waits for what is on its way here

    def _wait_for(self, more: int) -> None:
        busy = self._station.clock.busy
        for _ in range(abs(more)):
            busy.begin() if more > 0 else busy.end()


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


class Hearing(Protocol):
    """Who is told what an ear hears: the line itself, or a connection that delays it."""

    def soon(self, callback: Callable[[], None]) -> None:
        """Run what a link tells."""

    def listens_to(self, ear: object) -> bool:
        """Whether it still wants to know."""

    def opened(self, link: Link, subprotocol: str) -> None:
        """The WebSocket stands."""

    def received(self, data: str | bytes) -> None:
        """One message arrived."""

    def lost(self, why: Lost) -> None:
        """The link went, or never came."""


class Ear:
    """The Receiver of one link; a link that the line has given up on talks to nobody."""

    __slots__ = ("hearing",)

    def __init__(self, line: Line) -> None:
        self.hearing: Hearing = line

    def opened(self, link: Link, subprotocol: str) -> None:
        self.hearing.soon(partial(self._opened, link, subprotocol))

    def _opened(self, link: Link, subprotocol: str) -> None:
        if self.hearing.listens_to(self):
            self.hearing.opened(link, subprotocol)
        else:
            link.abort()

    def received(self, data: str | bytes) -> None:
        self.hearing.soon(partial(self._received, data))

    def _received(self, data: str | bytes) -> None:
        if self.hearing.listens_to(self):
            self.hearing.received(data)

    def lost(self, why: Lost) -> None:
        self.hearing.soon(partial(self._lost, why))

    def _lost(self, why: Lost) -> None:
        if self.hearing.listens_to(self):
            self.hearing.lost(why)
