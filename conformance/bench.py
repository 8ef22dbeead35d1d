"""The bench: plays the peer of the system under test and steps a case through what happens.

It has the shape of everything that lives on a connection: time comes in as ``now``, texts leave through ``outbox``, and
what only the outside can do (dial, cut, operate the system under test) stands in ``orders``. So the same case runs in
virtual time against a simulation and in real time against hardware. It holds no Session: frames are written and read
here, bare, and every answer that a case does not give itself is the usual one.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from conformance import reading
from conformance.findings import CASE_RUNS, Record
from conformance.judge import Judge
from conformance.mail import Mail, breaks, fitting
from conformance.reading import Frame, Unreadable
from conformance.vocabulary import (
    Anew,
    Answer,
    AnyOf,
    Arrival,
    Ask,
    Check,
    Connect,
    Connected,
    Disconnect,
    Doors,
    Expect,
    Hear,
    Heard,
    Ignore,
    LetPass,
    Linked,
    Look,
    Manners,
    Operate,
    Phase,
    Received,
    Refuse,
    Reply,
    Role,
    Say,
    Script,
    Seen,
    Silence,
    Step,
    Subject,
    TimeOfDay,
    Usually,
    Visit,
    Waiting,
    mismatches,
)
from conformance.voice import Voice
from reports.verdict import Finding

HANDS_S = 10.0
"""How long a message waits for the case while hands are at work on the system under test, before the usual answer."""

HANDS_LIMIT_S = 600.0
"""How long hands may take before the case is given up as inconclusive."""

Order = Operate | Connect | Disconnect | Doors | Manners


class Bench:
    """One case at work on one system under test.

    ``stamp`` turns ``now`` into the time of day on the wire, ``ids`` yields message ids. Call ``start`` once, then
    the methods named after what happened; after each, flush ``outbox`` and carry out ``orders``, and call ``wake`` at
    ``deadline``. ``finished`` is final; ``findings`` then holds what was looked at, and what was found.
    """

    def __init__(
        self,
        subject: Subject,
        script: Script,
        *,
        ids: Callable[[], str],
        stamp: Callable[[float], str],
        record: Record,
    ) -> None:
        self.subject = subject
        self.orders: deque[Order] = deque()
        self.deadline: float | None = None
        self.finished = False
        self._script = script
        self._stamp = stamp
        self._record = record
        self._up = "up" if subject.role is Role.STATION else "down"
        self._judge = Judge(self._finish)
        self._mail = Mail()
        self._voice = Voice(subject, record, ids, stamp)
        self._waiting: Waiting | None = None
        self._patient = False  # messages wait for the case while hands are at work
        self._given_up = 0.0  # when hands have been at work for too long

    @property
    def outbox(self) -> deque[str]:
        """What is to be sent."""
        return self._voice.outbox

    @property
    def findings(self) -> list[Finding]:
        """What was looked at, and what was found."""
        return self._judge.findings

    def start(self, now: float) -> None:
        """Begin the case."""
        self._resume(None, now)

    def opened(
        self, subprotocol: str, now: float, arrival: Arrival | None = None, connected: Connected | None = None
    ) -> None:
        """The link is up; with it comes how a station came, or what a CSMS showed in TLS."""
        self._record.link(now, "opened")
        self._voice.linked = True
        if arrival is not None:
            self.arrived(arrival, now)
        if isinstance(self._waiting, Connect):
            self._dialled(self._waiting, connected or Connected(subprotocol), now)
        elif isinstance(self._waiting, Ask) and self._voice.asked is None:
            self._voice.ask(self._waiting, now)

    def arrived(self, arrival: Arrival, now: float) -> None:
        """A station dialled in, or tried to (``ending``)."""
        self._mail.arrived(arrival)
        if isinstance(self._waiting, Visit):
            self._visited(self._waiting, now)

    def lost(self, ending: str, code: int, now: float) -> None:
        """The link is gone, or did not come to be. What was not answered on it never will be."""
        if self._voice.linked:
            self._record.link(now, "lost")
        self._voice.linked = False
        self._mail.link_lost()
        step = self._waiting
        if isinstance(step, Connect):
            self._dialled(step, Connected("", ending, code), now)
        elif isinstance(step, Hear) or (isinstance(step, Ask) and self._voice.asked is not None):
            self._missed(step, f"the link was lost ({ending})", now)

    def turned(self, ending: str, code: int, now: float) -> None:
        """A second link did not come to be; the first is as it was."""
        if isinstance(self._waiting, Connect):
            self._dialled(self._waiting, Connected("", ending, code), now)

    def receive(self, text: str | bytes, now: float) -> None:
        """A message of the system under test arrived."""
        line = self._record.frame(now, self._up, text)
        try:
            frame = reading.read(text)
        except Unreadable:  # evidence: judged from the record
            error = reading.overlong(text)
            unreadable = Heard("unreadable", line=line)
            self._overheard(unreadable if error is None else _heard(error, line), now)
            return
        if frame.kind == reading.CALL:
            self._called(frame, line, now)
        elif frame.kind in (reading.RESULT, reading.ERROR):
            self._replied(frame, line, now)

    def wake(self, now: float) -> None:
        """Time has passed."""
        if self.deadline is None or now < self.deadline or self.finished:
            return
        match self._waiting:
            case Expect() | AnyOf() | Hear() as step if not step.optional:
                self._missed(step, "it did not come", now)
            case Visit() as step if not step.optional:
                self._missed(step, "it did not", now)
            case Ask() as step:
                self._missed(step, "no reply" if self._voice.asked else "the system under test was not connected", now)
            case Operate() | Connect():
                self._lose_patience(now)
            case Silence() as step:
                self._judge.kept(step, now)
                self._resume(None, now)
            case _:
                self._resume(None, now)

    def done(self, result: Any, now: float) -> None:
        """The hands did what was ordered."""
        if isinstance(self._waiting, Operate):
            if self.subject.past is not None:
                self.subject.past.operated(self._waiting.name, self._waiting.args)
            self._resume(result, now)

    def unable(self, reason: str, now: float) -> None:
        """The hands cannot do what was ordered, so the case cannot be judged if it needs it."""
        if isinstance(self._waiting, Operate) and not self._waiting.needed:
            self._resume(None, now)
        else:
            self._judge.undecided(reason, now)

    def broken(self, why: str, now: float) -> None:
        """The hands, or whoever carries the frames, failed: no verdict about the system under test."""
        self._judge.broken("the bench works", why, now)

    def stopped(self, now: float) -> None:
        """The case was given no more time."""
        if not self.finished:
            self._judge.undecided("the run was stopped", now)

    def _resume(self, result: Any, now: float) -> None:
        """Hand a result to the case and carry out its steps until one has to wait."""
        self._waiting, self.deadline = None, None
        while not self.finished:
            try:
                step: Step = self._script.send(result)
                if not isinstance(step, Waiting):
                    result = self._at_once(step, now)
                    continue
            except StopIteration:
                self._finish()
                self._settle(now)
                return
            except Exception as problem:  # noqa: BLE001 (a crashed case must become a verdict, whatever it raised)
                where = traceback.extract_tb(problem.__traceback__)[-1]
                why = f"{type(problem).__name__}: {problem} ({where.name}, line {where.lineno})"
                self._judge.broken(CASE_RUNS, why, now)
                return
            self._wait(step, now)
            return

    def _at_once(self, step: Step, now: float) -> Any:
        match step:
            case Answer() | Refuse():
                self._reply(step, now)
            case Ignore(call):
                call.answered = True
            case Check(holds, expected, actual, rule):
                if holds:
                    self._judge.held(expected, rule, now)
                else:
                    self._judge.failed(expected, actual, rule, now)
                return holds
            case Seen() | TimeOfDay() | Linked():
                return self._looked(step, now)
            case Usually(action, fields):
                self._voice.usually(action, fields)
            case Say(text):
                self._mail.stimulated()
                self._voice.say(text, now)
            case Phase(preparing):
                self._judge.prepare(preparing)
            case Anew():
                self._mail.begin_anew()
            case Disconnect() | Manners() | Doors():
                self._ordered(step, now)
        return None

    def _reply(self, step: Answer | Refuse, now: float) -> None:
        """Send what the case answers, unless it comes too late: then nothing can be learnt."""
        call = step.call
        if call.too_late:
            self._judge.undecided(f"{call.action}: {call.too_late}", now, call.line)
        elif isinstance(step, Answer):
            self._voice.answer(call, dict(step.fields), now)
        else:
            self._voice.refuse(call, step.code, step.description, now)

    def _looked(self, step: Look, now: float) -> list[Received] | datetime | bool:
        match step:
            case Seen(action, where):
                return self._mail.seen(action, where)
            case TimeOfDay():
                return datetime.fromisoformat(self._stamp(now))
            case Linked():
                return self._voice.linked

    def _ordered(self, step: Disconnect | Manners | Doors, now: float) -> None:
        """What only the outside can do, and the case does not wait for."""
        if isinstance(step, Disconnect):
            self._settle(now)
            self._voice.linked = False
            self._mail.link_cut()
            self._record.link(now, "lost")
        elif isinstance(step, Manners):
            self._mail.manners_changed()
        self.orders.append(step)

    def _wait(self, step: Waiting, now: float) -> None:
        self._settle(now)
        self._waiting = step
        if isinstance(step, Operate | Connect):
            self._patient, self._given_up = True, now + HANDS_LIMIT_S
            self.deadline = self._given_up
        else:
            self.deadline = now + (step.for_s if isinstance(step, Silence | LetPass) else step.within_s)
        match step:
            case Operate(name, args):
                self._mail.stimulated()
                self.orders.append(Operate(name, self._voice.dated(dict(args), now)))
            case Connect():
                self._mail.stimulated()
                self.orders.append(step)
            case Ask():
                self._mail.stimulated()
                if self._voice.linked:
                    self._voice.ask(step, now)
            case Expect() | AnyOf():
                if early := self._mail.wanted(step):
                    self._take(*early, now)
            case Visit():
                self._visited(step, now)
            case Hear():
                self._listened(step, now)
        if self._waiting is step:
            self._look(now)

    def _look(self, now: float) -> None:
        """Offer each message that came in to what the case waits for; the rest is answered as usual."""
        while self._mail.inbox and not self.finished:
            if isinstance(self._waiting, Operate | Connect) and self._patient:
                self.deadline = min(self.deadline or self._given_up, now + HANDS_S, self._given_up)
                return
            call = self._mail.inbox.popleft()
            step = self._waiting
            if isinstance(step, Expect | AnyOf) and (wanted := fitting(step, call)):
                self._take(wanted, call, now)
            elif isinstance(step, Silence) and breaks(step, call):
                self._voice.usual(call, now)
                self._judge.broke(step, call, now)
                self._resume(None, now)
            else:
                self._mail.passed(call)
                self._voice.usual(call, now)
        while self._mail.inbox and self.finished:
            self._voice.usual(self._mail.inbox.popleft(), now)

    def _take(self, wanted: Expect, call: Received, now: float) -> None:
        self._mail.taken.append(call)
        self._judge.compare(wanted.action, call.payload, (wanted.having, wanted.rule), call.line, now)
        self._resume(call, now)

    def _settle(self, now: float) -> None:
        """What the case took and did not answer gets the usual answer."""
        for call in self._mail.taken:
            if not call.answered:
                self._voice.usual(call, now)
        self._mail.taken.clear()

    def _called(self, frame: Frame, line: int, now: float) -> None:
        payload = frame.payload if isinstance(frame.payload, dict) else {}
        if self.subject.past is not None:
            self.subject.past.heard(frame.action, payload)
        self._mail.came(Received(frame.action, payload, frame.message_id, now, line))
        self._look(now)

    def _replied(self, frame: Frame, line: int, now: float) -> None:
        step, voice = self._waiting, self._voice
        if not isinstance(step, Ask) or frame.message_id != voice.asked:
            self._overheard(_heard(frame, line), now)
            return
        voice.asked = None
        payload = frame.payload if isinstance(frame.payload, dict) and frame.kind == reading.RESULT else {}
        if self.subject.past is not None:
            self.subject.past.replied(step.action, voice.request[0], payload)
        self._judge.replied(step, frame, payload, line, now)
        self._resume(Reply(step.action, payload, frame.code, now, line, *voice.request), now)

    def _overheard(self, heard: Heard, now: float) -> None:
        self._mail.overheard(heard)
        if isinstance(self._waiting, Hear):
            self._listened(self._waiting, now)

    def _listened(self, step: Hear, now: float) -> None:
        heard = self._mail.reply(step.where)
        if heard is not None:
            self._judge.compare("the reply", heard.facts, (step.having, step.rule), heard.line, now)
            self._resume(heard, now)

    def _visited(self, step: Visit, now: float) -> None:
        arrival = self._mail.arrival(step.where)
        if arrival is not None:
            self._judge.compare("the station's connection", arrival.facts, (step.having, step.rule), 0, now)
            self._resume(arrival, now)

    def _dialled(self, step: Connect, outcome: Connected, now: float) -> None:
        having = step.having or {"ending": ""}
        self._judge.compare("the connection", outcome.facts, (having, step.rule), 0, now)
        if not self._voice.linked and mismatches(outcome.facts, having):
            self._finish()  # nobody to go on with
        self._resume(outcome, now)

    def _missed(self, step: Expect | AnyOf | Ask | Hear | Visit, actual: str, now: float) -> None:
        """What the case waits for did not come, and will not."""
        near = self._mail.nearest(step) if isinstance(step, Expect | AnyOf) else None
        self._voice.asked = None
        self._judge.missed(step, actual, now, near)
        self._look(now)

    def _lose_patience(self, now: float) -> None:
        """Hands take their time: nobody is kept waiting for an answer any longer."""
        if not self._mail.inbox or now >= self._given_up:
            self.unable(f"the hands did not finish within {HANDS_LIMIT_S:g} s", now)
            return
        self._patient = False
        self._look(now)
        self._patient, self.deadline = True, self._given_up

    def _finish(self) -> None:
        self.finished, self.deadline, self._waiting = True, None, None
        self._script.close()


def _heard(frame: Frame, line: int) -> Heard:
    kind = "result" if frame.kind == reading.RESULT else "error"
    return Heard(kind, frame.message_id, frame.code, frame.payload, line)
