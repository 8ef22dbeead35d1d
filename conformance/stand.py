"""The test stand: joins a bench to links, hands and time, and runs one case to its verdict."""

from __future__ import annotations

import asyncio
import inspect
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from conformance import always, handshakes, wire
from conformance.bench import Bench, Order
from conformance.findings import Record, judgement, together
from conformance.handshakes import Shaken
from conformance.mutants import Later, Spoiler
from conformance.operations import OPERATIONS
from conformance.rigs import ADDRESSES, LACKS, Hands, Unable
from conformance.timing import Cancel, Timing
from conformance.vocabulary import (
    CERTIFIED,
    SECURED,
    WIRE,
    Arrival,
    Case,
    Connect,
    Connected,
    Disconnect,
    Doors,
    Manners,
    Operate,
    Subject,
)
from protocol.link import Admitted, Dialer, Ending, Knock, Link, Lost, Target, Turned
from protocol.stamps import stamp
from protocol.versions import by_name
from reports.verdict import Finding, Judgement, Verdict

log = logging.getLogger(__name__)

GREETED_S = 5.0
"""Who has begun to shake hands and sends no upgrade request for so long has gone again."""

SETTLE_S = 0.5
"""After a case has ended, how long the system under test may still finish what it is saying."""


class Stand:
    """One case on one system under test.

    For a station under test the stand is a ``Gate`` to dial in to; for a CSMS under test give ``dialer`` and ``url``.
    ``spoiler`` makes the system under test faulty on the way: the test of the tester.
    """

    def __init__(
        self,
        case: Case,
        subject: Subject,
        hands: Hands,
        timing: Timing,
        *,
        start: datetime,
        record: Record,
        ids: Callable[[], str],
        dialer: Dialer | None = None,
        url: str = "",
        spoiler: Spoiler | None = None,
    ) -> None:
        self._case = case
        self._subject = subject
        self._hands = hands
        self._timing = timing
        self._start = start
        self._record = record
        self._dialer = dialer
        self._url = url
        self._spoiler = spoiler
        self._end: _End | None = None
        self._first: _End | None = None  # beside which another is being dialled
        self._wake: Cancel | None = None
        self._woken_at: float | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False
        self._shut: set[tuple[int, bool]] = set()
        self._password = subject.password
        self._manners = Manners()
        self._hands_shaken: dict[tuple[Manners, int], ssl.SSLContext] = {}
        self._greeting: set[ssl.SSLObject] = set()
        self._crash: BaseException | None = None
        self.bench = Bench(subject, case.script(subject), ids=ids, stamp=self._stamp, record=record)

    async def run(self) -> Judgement:
        """Run the case; returns its verdict. What the rig or the clock raises comes out here."""
        self._timing.deliver(lambda: self._do(self.bench.start, self._timing.now))
        await self._timing.run()
        for task in self._tasks:
            task.cancel()
        for end in (self._end, self._first):
            if end is not None and end.link is not None:
                end.link.close(1001, "the case is over")
        self._end = None
        if self._crash is not None:
            raise self._crash
        findings = together(self.bench.findings, always.judge(self._record, self._subject))
        return judgement(self._case, findings, self._subject.identity, self._timing.now)

    def crashed(self, problem: Exception) -> Judgement:
        """The verdict of a case whose system, rig or clock failed: an error, which says nothing of conformance."""
        what = f"{type(problem).__name__}: {problem}"
        findings = [Finding(Verdict.ERROR, "the stand and the system on it work", what)]
        return judgement(self._case, findings, self._subject.identity, self._timing.now)

    # -- the system under test is a station: we are the gate ----------------------------------------------------------

    async def admit(self, knock: Knock, at: int = 0) -> Admitted | Turned:
        """Let the station under test in, and nobody else."""
        if knock.tls is not None:
            self._greeting.discard(knock.tls)
        wanted = by_name(self._subject.version).subprotocol
        if self._over or knock.identity != self._subject.identity:
            return Turned(404, "no such station is under test")
        came = self._arrival(knock, at)
        if (at, knock.secure) in self._shut:
            return self._turn(came, 503, "shut out")
        if self._password is not None and came.certificate is None and came.password != self._password:
            return self._turn(came, 401, "wrong password")
        if wanted not in knock.offers:
            return self._turn(came, 101, f"only {wanted} is under test")
        return Admitted(wanted, _End(self, came))

    def _turn(self, came: Arrival, status: int, why: str) -> Turned:
        self._do(self.bench.arrived, replace(came, ending=why), self._timing.now)
        return Turned(status, why)

    def _arrival(self, knock: Knock, at: int) -> Arrival:
        tls = {} if knock.tls is None else _agreed(knock.tls)
        came = Arrival("", knock.offers, knock.user, knock.password, knock.secure, knock.certificate, at, **tls)
        return came if self._spoiler is None else replace(came, **self._spoiler.mutant.guise.arrives)

    # -- the same in TLS ----------------------------------------------------------------------------------------------

    def hand(self, at: int) -> ssl.SSLContext:
        """What shakes the next hand at an address; a station that takes any certificate is shown a good one."""
        credulous = self._spoiler is not None and self._spoiler.mutant.guise.credulous
        manners = Manners() if credulous else self._manners
        made = self._hands_shaken.get((manners, at))
        if made is None:
            subject, pki = self._subject, self._subject.pki
            hosts = [urlsplit(url).hostname or "" for url in subject.secure_urls] or ["localhost"]
            made = self._hands_shaken[manners, at] = handshakes.server(
                pki.server(manners.certificate, hosts, manners.issuer),
                partial(self._shaken, at),
                client_roots="".join(each.pem for each in (pki.csms, pki.successor, pki.upstart, pki.v2g)),
                at_least=manners.at_least,
                at_most=manners.at_most,
                ciphers=manners.ciphers,
            )
        return made

    def _shaken(self, at: int, shaken: Shaken) -> None:
        if shaken.begun:
            self._greeting.add(shaken.end)
            self._timing.at(self._timing.now + GREETED_S, partial(self._gone, at, shaken.end))
        elif shaken.why:
            self._greeting.discard(shaken.end)
            self._came_not(at, shaken.why)

    def _gone(self, at: int, end: ssl.SSLObject) -> None:
        if end in self._greeting:
            self._greeting.discard(end)
            self._came_not(at, "it went without a word")

    def _came_not(self, at: int, why: str) -> None:
        self._do(self.bench.arrived, Arrival("tls", secure=True, at=at, why=why), self._timing.now)

    # -- what links tell ----------------------------------------------------------------------------------------------

    def opened(self, end: _End, subprotocol: str) -> None:
        """A link is up; an older one is forgotten."""
        older, self._end = self._end, end
        if older is not None and older is not end and older.link is not None:
            older.link.abort()
            self._do(self.bench.lost, "replaced", 0, self._timing.now)
        self._do(self.bench.opened, subprotocol, self._timing.now, end.arrival, self._connected(subprotocol, end))

    def received(self, end: _End, data: str | bytes) -> None:
        """A message of the system under test, spoilt where that is wanted."""
        if end is not self._end:
            return
        if self._spoiler is None:
            self._do(self.bench.receive, data, self._timing.now)
            return
        self._hear(end, self._spoiler.theirs(data))
        while self._spoiler.back and end.link is not None:
            end.link.send(self._spoiler.back.pop(0))

    def lost(self, end: _End, why: Lost) -> None:
        """A link is gone, or did not come to be."""
        if end is self._first:
            self._first = None
        if end is self._end and end.link is None and self._first is not None:
            self._end, self._first = self._first, None
            self._do(self.bench.turned, str(why.ending), why.code, self._timing.now)
            return
        if self._end is None or end is self._end:
            self._end = None
            turned_away = why.ending in {Ending.REFUSED, Ending.TLS, Ending.SUBPROTOCOL}
            if turned_away and self._spoiler is not None and self._spoiler.mutant.welcoming:
                self._do(self.bench.opened, by_name(self._subject.version).subprotocol, self._timing.now)
                return
            code = why.code
            if turned_away and self._spoiler is not None:
                code = self._spoiler.mutant.guise.statuses.get(end.identity, code)
            self._do(self.bench.lost, str(why.ending), code, self._timing.now)

    def _hear(self, end: _End, said: Later) -> None:
        for delay_s, text in said:
            if delay_s:
                self._timing.at(self._timing.now + delay_s, partial(self._late, end, text))
            else:
                self._do(self.bench.receive, text, self._timing.now)

    def _late(self, end: _End, text: str | bytes) -> None:
        if end is self._end:
            self._do(self.bench.receive, text, self._timing.now)

    # -- after each happening -----------------------------------------------------------------------------------------

    def _do(self, happening: Callable[..., None], *args: Any) -> None:
        """Tell the bench, then carry out what it wants."""
        if self._crash is not None:
            return
        try:
            self._tell(happening, *args)
        except Exception as problem:  # noqa: BLE001 (raised by run, where somebody waits for it)
            self._crash = problem
            self._timing.stop()

    def _tell(self, happening: Callable[..., None], *args: Any) -> None:
        happening(*args)
        self._flush()
        while self.bench.orders:
            self._order(self.bench.orders.popleft())
            self._flush()
        self._set_timer()
        if self.bench.finished and not self._over:
            self._over = True
            self._timing.at(self._timing.now + SETTLE_S, self._timing.stop)

    def _flush(self) -> None:
        while self.bench.outbox:
            text = self.bench.outbox.popleft()
            if self._end is None or self._end.link is None:
                continue
            whims: list[str] = []
            if self._spoiler is not None:
                text, retort = self._spoiler.hear(text)
                goes_on, said = self._spoiler.ours(text)
                self._hear(self._end, [*retort, *said])
                if not goes_on:
                    continue
                whims = self._spoiler.whims(text)
                text = self._spoiler.misheard(text)
            self._end.link.send(text)
            for each in whims:
                self._end.link.send(each)

    def _set_timer(self) -> None:
        if self.bench.deadline == self._woken_at:
            return
        if self._wake is not None:
            self._wake()
        self._wake, self._woken_at = None, self.bench.deadline
        if self.bench.deadline is not None:
            self._wake = self._timing.at(self.bench.deadline, self._due)

    def _due(self) -> None:
        self._wake = self._woken_at = None
        self._do(self.bench.wake, max(self._timing.now, self.bench.deadline or 0.0))

    # -- orders -------------------------------------------------------------------------------------------------------

    def _order(self, order: Order) -> None:
        match order:
            case Doors():
                self._move(order)
            case Manners():
                self._manners = order
                self._greeting.clear()
            case Operate(name, args):
                self._operate(name, args)
            case Connect():
                self._dial(order)
            case Disconnect(close):
                end, self._end = self._end, None
                if end is not None and end.link is not None:
                    end.link.close() if close else end.link.abort()

    def _operate(self, name: str, args: Mapping[str, Any]) -> None:
        if name == WIRE:
            self._at_wire(**args)
            return
        if (self._subject.role, name) not in OPERATIONS:
            raise KeyError(f"no operation of a {self._subject.role} is called {name}")
        method = self._hands.find(name)
        if method is None:
            reason = LACKS + name
            self._timing.deliver(lambda: self._do(self.bench.unable, reason, self._timing.now))
            return
        self._begin_work(method, args)

    def _begin_work(self, method: Callable[..., Any], args: Mapping[str, Any]) -> None:
        self._timing.busy.begin()
        task = asyncio.get_running_loop().create_task(self._at_work(method, args))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _at_work(self, method: Callable[..., Any], args: Mapping[str, Any]) -> None:
        try:
            result = method(**args)
            if inspect.isawaitable(result):
                result = await result
        except Unable as reason:
            why = str(reason)
            self._timing.deliver(lambda: self._do(self.bench.unable, why, self._timing.now))
        except Exception as problem:  # noqa: BLE001 (whatever a rig raises becomes a verdict of error)
            what = f"{type(problem).__name__}: {problem}"
            self._timing.deliver(lambda: self._do(self.bench.broken, what, self._timing.now))
        else:
            self._timing.deliver(lambda: self._do(self.bench.done, result, self._timing.now))
        finally:
            self._timing.busy.end()

    def _dial(self, order: Connect) -> None:
        if self._dialer is None:
            self._timing.deliver(lambda: self._do(self.bench.unable, "nobody to dial", self._timing.now))
            return
        if order.at_most in handshakes.OLD and not ssl.HAS_TLSv1_1:
            self._timing.deliver(lambda: self._do(self.bench.unable, "no TLS 1.1 in this OpenSSL", self._timing.now))
            return
        subject, end = self._subject, _End(self)
        level = subject.security_profile if order.security_profile is None else order.security_profile
        url = next(iter(subject.secure_urls if level >= SECURED else subject.urls), self._url)
        offers = order.offers if order.offers is not None else (by_name(subject.version).subprotocol,)
        password = order.password
        if password is None and level != CERTIFIED:
            password = subject.password
        password = password or None
        tls = self._manner(order, level, end) if url.startswith("wss:") else None
        target = Target(url, order.identity or subject.identity, offers, password, tls, order.user)
        end.identity = target.identity
        self._first = self._end if order.beside else None
        self._end = end
        self._dialer.dial(target, end)

    def _at_wire(self, attack: str, **args: Any) -> None:
        """An attack below OCPP, over a socket of its own."""
        subject = self._subject
        url = next(iter(subject.secure_urls if subject.security_profile >= SECURED else subject.urls), self._url)
        if self._timing.pace != "real" or not url:
            self._timing.deliver(lambda: self._do(self.bench.unable, "this needs real sockets", self._timing.now))
            return
        tls = handshakes.client(subject.csms_roots, lambda _shaken: None) if url.startswith("wss:") else None
        target = Target(url, subject.identity, (by_name(subject.version).subprotocol,), subject.password, tls)

        async def attacked() -> wire.Outcome:
            try:
                outcome = await wire.ATTACKS[attack](target, **args)
            except OSError as problem:
                log.info("%s: %s", attack, problem)
                outcome = wire.Outcome(code=1006)
            return outcome if self._spoiler is None else replace(outcome, **self._spoiler.mutant.guise.on_wire)

        self._begin_work(attacked, {})

    def _manner(self, order: Connect, level: int, end: _End) -> ssl.SSLContext:
        shown = order.credentials
        usual = self._subject.credentials if shown and level == CERTIFIED else None
        return handshakes.client(
            self._subject.csms_roots,
            end.shook,
            shown=usual if isinstance(shown, bool) else shown,
            at_least=order.at_least,
            at_most=order.at_most,
            ciphers=order.ciphers,
        )

    def _connected(self, subprotocol: str, end: _End) -> Connected:
        facts: dict[str, Any] = {"subprotocol": subprotocol}
        if (shaken := end.shaken) is not None:
            shown = shaken.end.getpeercert(binary_form=True)
            facts |= {"tls": shaken.version, "cipher": shaken.cipher, "certificate": shown}
        if self._spoiler is not None:
            facts |= self._spoiler.mutant.guise.connects
        return Connected(**facts)

    def _move(self, doors: Doors) -> None:
        """Open or close addresses."""
        moved = {
            (at, secure)
            for at in (range(ADDRESSES) if doors.at is None else (doors.at,))
            for secure in ((False, True) if doors.secure is None else (doors.secure,))
        }
        self._shut = self._shut - moved if doors.open else self._shut | moved
        if doors.password is not None:
            self._password = doors.password

    def _stamp(self, now: float) -> str:
        return stamp(self._start + timedelta(seconds=now))


def _agreed(end: ssl.SSLObject) -> dict[str, Any]:
    """What a handshake came to, in the words of ``Arrival``."""
    cipher, offered = end.cipher(), end.shared_ciphers() or ()
    return {
        "tls": (end.version() or "").removeprefix("TLSv"),
        "cipher": cipher[0] if cipher else "",
        "ciphers": tuple(name for name, *_ in offered),
    }


class _End:
    """The receiver of one link; later links have their own, so that a late word of an old link changes nothing."""

    def __init__(self, stand: Stand, arrival: Arrival | None = None) -> None:
        self._stand = stand
        self.arrival = arrival
        self.link: Link | None = None
        self.shaken: Shaken | None = None
        self.identity = ""

    def shook(self, shaken: Shaken) -> None:
        """The bench has dialled, and shaken hands."""
        self.shaken = shaken

    def opened(self, link: Link, subprotocol: str) -> None:
        self.link = link
        self._stand.opened(self, subprotocol)

    def received(self, data: str | bytes) -> None:
        self._stand.received(self, data)

    def lost(self, why: Lost) -> None:
        self._stand.lost(self, why)
