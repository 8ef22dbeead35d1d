"""The test stand: joins a bench to links, hands and time, and runs one case to its verdict."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from conformance import always
from conformance.bench import Bench, Order
from conformance.caller import Caller
from conformance.findings import Record, judgement, together
from conformance.gate import Gate
from conformance.handshakes import Shaken
from conformance.mutants import NO_GUISE, Later, Spoiler
from conformance.operations import OPERATIONS
from conformance.rigs import LACKS, Hands, Unable
from conformance.timing import Cancel, Timing
from conformance.vocabulary import (
    WIRE,
    Arrival,
    Case,
    Connect,
    Disconnect,
    Doors,
    Manners,
    Operate,
    Subject,
)
from protocol.link import Dialer, Ending, Link, Lost
from protocol.stamps import stamp
from protocol.versions import by_name
from reports.verdict import Finding, Judgement, Verdict

log = logging.getLogger(__name__)

SETTLE_S = 0.5
"""After a case has ended, how long the system under test may still finish what it is saying."""


class Stand:
    """One case on one system under test.

    A station under test dials in at its ``gate``; for a CSMS under test give ``dialer`` and ``url``.
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
        self._spoiler = spoiler
        self._end: _End | None = None
        self._first: _End | None = None  # beside which another is being dialled
        self._wake: Cancel | None = None
        self._woken_at: float | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False
        self._crash: BaseException | None = None
        guise = NO_GUISE if spoiler is None else spoiler.mutant.guise
        self._caller = Caller(subject, dialer, url, guise)
        self.gate = Gate(subject, timing, arrived=self._arrived, receive=partial(_End, self), guise=guise)
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

    def _arrived(self, came: Arrival) -> None:
        self._do(self.bench.arrived, came, self._timing.now)

    # -- what links tell ----------------------------------------------------------------------------------------------

    def opened(self, end: _End, subprotocol: str) -> None:
        """A link is up; an older one is forgotten."""
        older, self._end = self._end, end
        if older is not None and older is not end and older.link is not None:
            older.link.abort()
            self._do(self.bench.lost, "replaced", 0, self._timing.now)
        self._do(
            self.bench.opened,
            subprotocol,
            self._timing.now,
            end.arrival,
            self._caller.connected(subprotocol, end.shaken),
        )

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
            self._over = self.gate.closed = True
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
                self.gate.move(order)
            case Manners():
                self.gate.behave(order)
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
        if why := self._caller.hindrance(order):
            self._timing.deliver(lambda: self._do(self.bench.unable, why, self._timing.now))
            return
        end = _End(self, identity=order.identity or self._subject.identity)
        self._first = self._end if order.beside else None
        self._end = end
        self._caller.call(order, end, end.shook)

    def _at_wire(self, attack: str, **args: Any) -> None:
        if self._caller.attacks(self._timing.pace):
            self._begin_work(partial(self._caller.attack, attack), args)
        else:
            self._timing.deliver(lambda: self._do(self.bench.unable, "this needs real sockets", self._timing.now))

    def _stamp(self, now: float) -> str:
        return stamp(self._start + timedelta(seconds=now))


class _End:
    """The receiver of one link; later links have their own, so that a late word of an old link changes nothing."""

    def __init__(self, stand: Stand, arrival: Arrival | None = None, identity: str = "") -> None:
        self._stand = stand
        self.arrival = arrival
        self.identity = identity
        self.link: Link | None = None
        self.shaken: Shaken | None = None

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
