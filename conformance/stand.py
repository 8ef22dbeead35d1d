"""The test stand: joins a bench to links, hands and time, and runs one case to its verdict."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from conformance import always
from conformance.bench import Bench, Order
from conformance.findings import Record, judgement
from conformance.mutants import Later, Spoiler
from conformance.operations import OPERATIONS
from conformance.rigs import Hands, Unable
from conformance.timing import Cancel, Timing
from conformance.vocabulary import Arrival, Case, Connect, Disconnect, Doors, Operate, Subject
from protocol.link import Admitted, Dialer, Ending, Knock, Link, Lost, Target, Turned
from protocol.stamps import stamp
from protocol.versions import by_name
from reports.verdict import Finding, Judgement, Verdict

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
        self._wake: Cancel | None = None
        self._woken_at: float | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False
        self._open = True
        self._crash: BaseException | None = None
        self.bench = Bench(subject, case.script(subject), ids=ids, stamp=self._stamp, record=record)

    async def run(self) -> Judgement:
        """Run the case; returns its verdict. What the rig or the clock raises comes out here."""
        self._timing.deliver(lambda: self._do(self.bench.start, self._timing.now))
        await self._timing.run()
        for task in self._tasks:
            task.cancel()
        if self._end is not None and self._end.link is not None:
            self._end.link.close(1001, "the case is over")
        self._end = None
        if self._crash is not None:
            raise self._crash
        findings = [*self.bench.findings, *always.judge(self._record, self._subject)]
        return judgement(self._case, findings, self._subject.identity, self._timing.now)

    def crashed(self, problem: Exception) -> Judgement:
        """The verdict of a case whose system, rig or clock failed: an error, which says nothing of conformance."""
        what = f"{type(problem).__name__}: {problem}"
        findings = [Finding(Verdict.ERROR, "the stand and the system on it work", what)]
        return judgement(self._case, findings, self._subject.identity, self._timing.now)

    # -- the system under test is a station: we are the gate ----------------------------------------------------------

    async def admit(self, knock: Knock) -> Admitted | Turned:
        """Let the station under test in, and nobody else."""
        wanted = by_name(self._subject.version).subprotocol
        if self._over or knock.identity != self._subject.identity:
            return Turned(404, "no such station is under test")
        if not self._open:
            return self._turn(knock, 503, "shut out")
        if self._subject.password is not None and knock.password != self._subject.password:
            return self._turn(knock, 401, "wrong password")
        if wanted not in knock.offers:
            return self._turn(knock, 101, f"only {wanted} is under test")
        return Admitted(wanted, _End(self, _arrival(knock)))

    def _turn(self, knock: Knock, status: int, why: str) -> Turned:
        self._do(self.bench.arrived, _arrival(knock, why), self._timing.now)
        return Turned(status, why)

    # -- what links tell ----------------------------------------------------------------------------------------------

    def opened(self, end: _End, subprotocol: str) -> None:
        """A link is up; an older one is forgotten."""
        older, self._end = self._end, end
        if older is not None and older is not end and older.link is not None:
            older.link.abort()
            self._do(self.bench.lost, "replaced", 0, self._timing.now)
        self._do(self.bench.opened, subprotocol, self._timing.now, end.arrival)

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
        if self._end is None or end is self._end:
            self._end = None
            if why.ending is Ending.REFUSED and self._spoiler is not None and self._spoiler.mutant.welcoming:
                self._do(self.bench.opened, by_name(self._subject.version).subprotocol, self._timing.now)
                return
            self._do(self.bench.lost, str(why.ending), why.code, self._timing.now)

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
                goes_on, said = self._spoiler.ours(text)
                self._hear(self._end, said)
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
            case Doors(open=open):
                self._open = open
            case Operate(name, args):
                self._operate(name, args)
            case Connect():
                self._dial(order)
            case Disconnect(close):
                end, self._end = self._end, None
                if end is not None and end.link is not None:
                    end.link.close() if close else end.link.abort()

    def _operate(self, name: str, args: Mapping[str, Any]) -> None:
        if (self._subject.role, name) not in OPERATIONS:
            raise KeyError(f"no operation of a {self._subject.role} is called {name}")
        method = self._hands.find(name)
        if method is None:
            reason = f"the rig has no {name}"
            self._timing.deliver(lambda: self._do(self.bench.unable, reason, self._timing.now))
            return
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
        offers = order.offers if order.offers is not None else (by_name(self._subject.version).subprotocol,)
        password = order.password if order.password is not None else self._subject.password
        target = Target(self._url, order.identity or self._subject.identity, offers, password)
        self._end = _End(self)
        self._dialer.dial(target, self._end)

    def _stamp(self, now: float) -> str:
        return stamp(self._start + timedelta(seconds=now))


def _arrival(knock: Knock, ending: str = "") -> Arrival:
    return Arrival(ending, knock.offers, knock.user, knock.password, knock.secure, knock.certificate)


class _End:
    """The receiver of one link; later links have their own, so that a late word of an old link changes nothing."""

    def __init__(self, stand: Stand, arrival: Arrival | None = None) -> None:
        self._stand = stand
        self.arrival = arrival
        self.link: Link | None = None

    def opened(self, link: Link, subprotocol: str) -> None:
        self.link = link
        self._stand.opened(self, subprotocol)

    def received(self, data: str | bytes) -> None:
        self._stand.received(self, data)

    def lost(self, why: Lost) -> None:
        self._stand.lost(self, why)
