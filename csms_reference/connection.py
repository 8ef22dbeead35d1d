"""One station's connection: what it asks is answered in order, what it is asked comes back as an Outcome."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from csms_reference import outcome, rekeying
from csms_reference.dialects.registry import Handler, Payload, Refusal, answers_at_once, handled, handler_of
from csms_reference.displacement import see_off
from csms_reference.events import news
from csms_reference.operations.logs import About, handling
from csms_reference.outcome import Outcome
from csms_reference.services.registration import Registration
from csms_reference.store import StoreError
from csms_reference.taps import Why
from protocol.errors import Code, IllegalMove, InvalidPayload
from protocol.link import Link, Lost
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

if TYPE_CHECKING:
    from csms_reference.csms import Csms

log = logging.getLogger(__name__)

TRANSACTIONAL = frozenset({"StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"})
"""What a station keeps sending until it is answered: no answer at all is better than one that ends the retries."""

PENDING_CALLS_MAX = 64

LIGHT, HEAVY, HEAVY_REPORT = 2048, 512, 2048
"""Characters: a CALL longer than the first counts as one more for each of the second beyond it. What is long is mostly
meter values, and each is a row to be written. A variable of a report takes as much room as four of them, so for reports
it is the third."""

REPORTS = frozenset({"NotifyReport", "NotifyMonitoringReport"})

NONSENSE = 5
"""As so many CALLs counts what is none: it takes longer to refuse than most take to answer."""

UNREAD_S, UNREAD_MOST_S = 1.0, 10.0
"""So long a link is not read at least and at most that says too much without waiting for answers. What it may say by
then it says at once, which costs less than one by one; but that it has ended nobody would notice meanwhile."""

HELD_MOST = 2**20
"""Characters of a station's CALLs that may wait for their turn; with more it is not read until half are done."""

NOT_WHILE_PENDING = frozenset(
    {"RemoteStartTransaction", "RemoteStopTransaction", "RequestStartTransaction", "RequestStopTransaction"}
)
"""1.6 §4.2, B02.FR.05: a station that is not accepted yet starts and stops nothing for us."""

PROMPTS = {"GetBaseReport": "NotifyReport", "GetReport": "NotifyReport"}
SIGNING = frozenset(
    {"SignChargePointCertificate", "SignChargingStationCertificate", "SignV2GCertificate", "SignCombinedCertificate"}
)


class _Waiting(NamedTuple):
    """A CALL in hand, how long it has to wait for the station's own pace, what it pays for that when its turn comes,
    when it came, and how long it is."""

    called: Called
    wait_s: float
    weight: int
    since_s: float
    size: int


class Connection:
    """The CSMS's end of a link: a ``protocol.link.Receiver`` with a Session.

    The station's CALLs are handled one after the other; ``csms.busy`` counts each from its arrival to its answer.
    """

    __slots__ = (
        "_cancel_alarm",
        "_csms",
        "_due",
        "_held",
        "_inbox",
        "_leaving",
        "_paid_s",
        "_pending",
        "_prompted",
        "_size",
        "_strikes",
        "_working",
        "identity",
        "link",
        "peer",
        "seen_ms",
        "session",
        "since_s",
        "standing",
        "version",
    )

    def __init__(self, csms: Csms, identity: str, version: Version, standing: Registration, peer: str) -> None:
        self.identity = identity
        self.version = version
        self.standing = standing
        self.peer = peer
        self.seen_ms = csms.now_ms()
        self.link: Link | None = None
        self.session = Session(
            version,
            Side.CSMS,
            ids=csms.ids_for(identity),
            call_timeout_s=csms.settings.call_timeout_s,
            speaks=handled(version),
        )
        self.since_s = csms.monotonic()
        self._csms = csms
        # An idle connection has none of these four: a hundred thousand empty containers are a hundred megabytes.
        self._inbox: deque[_Waiting] | None = None
        self._pending: dict[str, asyncio.Future[Outcome]] | None = None
        self._prompted: set[str] | None = None
        self._leaving: dict[str, Callable[[], None]] | None = None  # whom to tell when a CALL leaves
        self._working = False
        self._held = self._size = 0  # characters of the CALLs that wait, and of the message at hand
        self._paid_s = csms.pace.begin(identity, self.since_s)  # up to when its messages are paid for
        self._strikes = 0
        self._due: float | None = None
        self._cancel_alarm: Callable[[], object] | None = None

    # -- the link speaks ----------------------------------------------------------------------------------------

    def opened(self, link: Link, subprotocol: str) -> None:
        del subprotocol
        self.link = link
        self._csms.arrived(self)

    def received(self, data: str | bytes) -> None:
        if self.link is None:
            return  # displaced by a newer connection
        self._csms.traffic.received += 1
        if self.identity in self._csms.bus.watched:
            news.message(self._csms.bus, "message.received", self.identity, self._csms.now_ms(), data)
        self.seen_ms, self._size = self._csms.now_ms(), len(data)
        for event in self.session.receive(data, self._csms.monotonic()):
            self._take(event)
        self._flush()

    def lost(self, why: Lost) -> None:
        self._let_go()
        self._csms.departed(self, why)

    def displace(self, where: str) -> None:
        """A newer connection of the same station has come: this one ends, and what it was asked fails at once."""
        link = self.link
        self._let_go()
        if link is not None:
            see_off(self._csms, link, self.identity, self.peer, where)

    def close(self, code: int, reason: str) -> None:
        """Begin to close the link."""
        if self.link is not None:
            self.link.close(code, reason)

    # -- the station is asked -----------------------------------------------------------------------------------

    @property
    def csms(self) -> Csms:
        """The CSMS at this end."""
        return self._csms

    async def call(
        self, action: str, payload: Payload, *, validate: bool = True, sent: Callable[[], None] | None = None
    ) -> Outcome:
        """Send a CALL and wait for its end. ``validate=False`` sends whatever it is, whenever.

        ``sent`` is called when it leaves, which it does in its turn.
        """
        if self.link is None:
            return Outcome(outcome.OFFLINE, error=f"{self.identity} is not connected")
        if validate and (why := self._must_not(action)):
            return Outcome(outcome.NOT_ACCEPTED, error=why)
        if len(self._pending or ()) >= PENDING_CALLS_MAX:
            return Outcome(outcome.QUEUE_FULL, error=f"{PENDING_CALLS_MAX} calls wait for {self.identity}")
        try:
            message_id = self.session.call(action, payload, self._csms.monotonic(), validate=validate)
        except InvalidPayload as problem:
            return Outcome(outcome.BAD_FIELDS, error=str(problem))
        except (IllegalMove, TypeError) as problem:
            return Outcome(outcome.NOT_SUPPORTED, error=str(problem))
        self._expect(action, payload)
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        if self._pending is None:
            self._pending = {}
        self._pending[message_id] = future
        if sent is not None:
            self._leaving = self._leaving or {}
            self._leaving[message_id] = sent
        release = self._csms.hold_call()
        self._flush()
        try:
            return await future
        finally:
            release()
            self._no_longer_pending(message_id)
            self._has_left(message_id, told=False)
            if future.done() and not future.cancelled():
                self._csms.busy.end()  # begun in _settle, so that no clock moves before the caller knows

    def told(self, registration: str) -> None:
        """Note what the station is told in answer to its BootNotification."""
        self.standing = Registration(registration)
        self._prompted = None

    def _no_longer_pending(self, message_id: str) -> None:
        if self._pending is not None:
            self._pending.pop(message_id, None)
            self._pending = self._pending or None

    def _must_not(self, action: str) -> str | None:
        if self.standing is Registration.REJECTED:
            return f"{self.identity} was rejected, so nothing is sent to it (B03.FR.03)"
        if self.standing is Registration.PENDING and action in NOT_WHILE_PENDING:
            return f"{self.identity} is still pending (B02.FR.05)"
        return None

    def _expect(self, action: str, payload: Payload) -> None:
        """B02.FR.02: what we ask for, a station may send although it is not accepted."""
        if self.standing is Registration.ACCEPTED:
            return
        if self._prompted is None:
            self._prompted = set()
        if action in PROMPTS:
            self._prompted.add(PROMPTS[action])
        elif action in {"TriggerMessage", "ExtendedTriggerMessage"}:
            message = str(payload.get("requestedMessage"))
            self._prompted.add("SignCertificate" if message in SIGNING else message)

    # -- inside -------------------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        match event:
            case Called():
                self._called(event)
            case Answered(message_id, _, payload):
                self._settle(message_id, Outcome(str(payload.get("status", "Accepted")), payload))
            case Refused(message_id, _, code, description, _):
                self._settle(message_id, Outcome(outcome.REFUSED, error=f"{code}: {description}"))
            case Misanswered(message_id, action, violation):
                self._settle(message_id, Outcome(outcome.MISANSWERED, error=f"{action}: {violation}"))
            case TimedOut(message_id, action):
                limit_s = self._csms.settings.call_timeout_s
                self._settle(message_id, Outcome(outcome.TIMED_OUT, error=f"no answer to {action} in {limit_s:g} s"))
            case Dropped(message_id, action, sent):
                how = "before it answered" if sent else "before it could be sent"
                self._settle(message_id, Outcome(outcome.DISCONNECTED, error=f"{action}: connection lost {how}"))
            case TurnedAway(_, action, violation):
                self._csms.measures.errors[violation.code] += 1
                self._is_nonsense()
                log.info("%s: %r turned away, %r", self.identity, action, str(violation))
            case Ignored(why, detail):
                self._is_nonsense()
                log.info("%s: ignored a %s (%r)", self.identity, why, detail)
            case Notified(_, action, _):
                self._is_nonsense()
                log.info("%s: %s is not evaluated here", self.identity, action)

    def _settle(self, message_id: str, end: Outcome) -> None:
        future = None if self._pending is None else self._pending.get(message_id)
        if future is not None and not future.done():
            self._csms.busy.begin()
            future.set_result(end)

    # -- pace ---------------------------------------------------------------------------------------------------

    def _pays(self, weight: int = 1) -> float:
        """One more message came: seconds by which it is too early. Who never waits for answers loses the link."""
        now_s, pace = self._csms.monotonic(), self._csms.pace
        paid_s = pace.paid(self._paid_s, now_s, weight)
        wait_s = pace.wait_s(paid_s, now_s)
        if wait_s <= 0:
            self._paid_s, self._strikes = paid_s, max(0, self._strikes - 1)
            return 0.0
        if self._working:
            self._strike()
        else:
            self._paid_s = paid_s  # it waited for its last answer, so it will wait for this one
        return wait_s

    def _pays_late(self, weight: int) -> float:
        """The turn has come of a message that was too early and must not be refused: how long it has to wait."""
        pace, now_s = self._csms.pace, self._csms.monotonic()
        self._paid_s = pace.paid(self._paid_s, now_s, weight)
        return pace.wait_s(self._paid_s, now_s)

    def follows(self, older: Connection) -> None:
        """This is the same station's next connection: it is as far ahead of its pace as the other was."""
        self._paid_s = max(self._paid_s, older._paid_s)

    def _strike(self) -> None:
        before, most = self._strikes, self._csms.settings.calls_refused_max
        self._strikes += int(self._csms.pace.slowed)  # while everybody waits, there is less patience
        if before < most <= self._strikes:
            self._csms.counts["links_closed_for_abuse"] += 1
            log.warning("%s sends too much and does not wait for answers: closed", self.identity)
            self.close(1008, "too many messages")

    def _is_nonsense(self) -> None:
        """What came makes no work that it could wait for: who says too much of it is not read for as long as it is
        ahead. What comes then all the same was sent without a look at answers."""
        wait_s = self._pays(NONSENSE)
        if wait_s > 0 and not self._is_early(wait_s) and not self._working:
            self._strike()

    def _is_early(self, by_s: float) -> bool:
        """What came is too early, and its sender waits for nothing: its link is not read for a while, if that can be.
        False where it cannot, or was not to be read already."""
        link, taps = self.link, self._csms.taps
        if link is None or taps.is_off(link, Why.EARLY):
            return False
        was_read = self._csms.turn_off(link, Why.EARLY)
        if taps.is_off(link, Why.EARLY):
            until_s = self._csms.monotonic() + min(max(by_s, UNREAD_S * self._csms.pace.slowed), UNREAD_MOST_S)
            self._csms.call_at(until_s, partial(taps.turn_on, link, Why.EARLY))
        return was_read

    def _called(self, called: Called) -> None:
        """A CALL came. It is answered at once where nothing has to be waited for, and in its turn otherwise.

        Whoever waits for answers is slowed down by later ones, which no OCPP station can take amiss; whoever does not
        is refused what is too much (no code of OCPP says so better than GenericError). What is transaction-related is
        taken from both: a station must keep repeating it, so to refuse it would only bring it again. From who waits for
        answers it counts only as far as it is long.
        """
        urgent, waits = called.action in TRANSACTIONAL, not self._working
        since_s = self._csms.monotonic()
        heavy = HEAVY_REPORT if called.action in REPORTS else HEAVY
        weight = (0 if urgent and waits else 1) + max(0, self._size - LIGHT) // heavy
        wait_s = self._pays(weight) if weight else 0.0
        if wait_s > 0 and waits:
            self._csms.counts["calls_slowed"] += 1
        elif wait_s > 0 and not urgent:
            self._csms.counts["calls_refused"] += 1
            self._refuse(called, Code.GENERIC_ERROR, "too many messages: wait for the answers")
            self._is_early(wait_s)
            return
        handler = handler_of(self.version, called.action)
        if waits and wait_s <= 0 and (self._csms.store.at_once or answers_at_once(handler)):
            self._finish_at_once(called, handler, since_s)
            return
        self._csms.busy.begin()
        turn = _Waiting(called, wait_s if waits else 0.0, weight if wait_s > 0 else 0, since_s, self._size)
        if not waits:
            self._inbox = self._inbox or deque()
            self._inbox.append(turn)
            self._held += turn.size
            if self._held > HELD_MOST:
                self._csms.turn_off(self.link, Why.HELD)
        else:
            self._working = True
            self._csms.spawn(self._work(turn))
        if self.link is not None:
            self._csms.crowded(self.link)

    def _finish_at_once(self, called: Called, handler: Handler | None, since_s: float) -> None:
        """Answer without a task: nothing has to be waited for."""
        work = self._handle(called, handler)
        try:
            work.send(None)
        except StopIteration:
            self._over(called, since_s)
        else:
            work.close()
            raise RuntimeError(f"the handler of {called.action} waits, but was said not to")

    # -- work ---------------------------------------------------------------------------------------------------

    async def _work(self, turn: _Waiting | None) -> None:
        """Handle what waits, in order. One task, and only while there is something to do."""
        while turn is not None:
            called = turn.called
            try:
                wait_s = turn.wait_s or (self._pays_late(turn.weight) if turn.weight else 0.0)
                if wait_s > 0 and self.link is not None:
                    await self._csms.pause(wait_s)
                await self._handle(called, handler_of(self.version, called.action))
            finally:
                self._over(called, turn.since_s)
                self._csms.busy.end()
            self._csms.relieved()
            turn = self._inbox.popleft() if self._inbox else None
            if turn is not None:
                self._held -= turn.size
            if self._held <= HELD_MOST // 2:
                self._csms.taps.turn_on(self.link, Why.HELD)
        self._working, self._inbox = False, None

    def _over(self, called: Called, since_s: float) -> None:
        self._csms.traffic.handled += 1
        self._csms.measures.handled(called.action, self._csms.monotonic() - since_s)

    async def _handle(self, called: Called, handler: Handler | None) -> None:
        token = handling.set(About(self.identity, called.message_id, called.action))
        try:
            if self._too_early(called.action):
                self._refuse(called, Code.SECURITY_ERROR, "not accepted yet: BootNotification first")
                return
            if handler is None:
                self._refuse(called, Code.NOT_SUPPORTED, "not supported here")
                return
            answer = handler(self._csms, self, called.payload, self._csms.now())
            if not isinstance(answer, dict):
                answer = await answer
        except Refusal as refusal:
            self._refuse(called, refusal.code, refusal.description)
        except StoreError as problem:
            log.error("%s: %s was not stored: %s", self.identity, called.action, problem)  # noqa: TRY400 -- told there
            self._fail(called)
        except Exception:  # the shell around every handler: one message must not end the connection
            log.exception("%s: %s could not be handled", self.identity, called.action)
            self._fail(called)
        else:
            self._answer(called, answer)
        finally:
            handling.reset(token)

    def _too_early(self, action: str) -> bool:
        """B01.FR.10, B02.FR.09, B03.FR.07, 1.6-J errata 3.10: before it is accepted, a station only boots."""
        if self.standing is Registration.ACCEPTED or action == "BootNotification":
            return False
        return self.standing is Registration.REJECTED or action not in (self._prompted or ())

    def _fail(self, called: Called) -> None:
        """Our own failure. A station resends what is transaction-related if it hears nothing, so it hears nothing."""
        if called.action not in TRANSACTIONAL:
            self._refuse(called, Code.INTERNAL_ERROR, "internal error, try again later")
        elif self.link is not None:
            self.session.forget(called.message_id)

    def _answer(self, called: Called, answer: Payload) -> None:
        if self.link is None:
            return
        try:
            self.session.answer(called.message_id, answer)
        except InvalidPayload:
            log.exception("%s: our answer to %s is invalid", self.identity, called.action)
            self._fail(called)
        self._flush()

    def _refuse(self, called: Called, code: Code, description: str) -> None:
        if self.link is not None:
            self._csms.measures.errors[code] += 1
            self.session.refuse(called.message_id, code, description)
            self._flush()

    def _flush(self) -> None:
        outbox, link = self.session.outbox, self.link
        while outbox and link is not None:
            self._csms.traffic.sent += 1
            text = outbox.popleft()
            link.send(text)
            if self.identity in self._csms.bus.watched:
                news.message(self._csms.bus, "message.sent", self.identity, self._csms.now_ms(), text)
        if self._leaving and (leaves := self.session.outstanding) is not None:
            self._has_left(leaves)
        if self.session.deadline != self._due:
            self._set_alarm()

    def _has_left(self, message_id: str, *, told: bool = True) -> None:
        """A CALL has left, or never will (``told`` false)."""
        tell = (self._leaving or {}).pop(message_id, None)
        if not self._leaving:
            self._leaving = None
        if tell is not None and told:
            tell()

    def _set_alarm(self) -> None:
        if self._cancel_alarm is not None:
            self._cancel_alarm()
        self._due = self.session.deadline
        self._cancel_alarm = None if self._due is None else self._csms.call_at(self._due, self._wake)

    def _wake(self) -> None:
        self._cancel_alarm, self._due = None, None
        for event in self.session.wake(self._csms.monotonic()):
            self._take(event)
        self._flush()

    def _let_go(self) -> None:
        self._csms.taps.forget(self.link)
        self._csms.pace.keep(self.identity, self._paid_s, self._csms.monotonic())
        self.link = None
        for event in self.session.lost():
            self._take(event)
        self._flush()


class Asking:
    """How a command talks to one connection."""

    def __init__(
        self, connection: Connection, next_number: Callable[[], int], sent: Callable[[], None] | None = None
    ) -> None:
        self._connection = connection
        self._sent = sent
        self.next_number = next_number

    @property
    def csms(self) -> Csms:
        """Whose connection it is: for what a command has to look up."""
        return self._connection.csms

    @property
    def station(self) -> str:
        """Who is asked."""
        return self._connection.identity

    async def __call__(self, action: str, payload: dict[str, Any]) -> Outcome:
        """Send a CALL and wait for its end."""
        end = await rekeying.call(self.csms, self._connection, action, payload, sent=self._sent)
        return replace(end, asked=payload)
