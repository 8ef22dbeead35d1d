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

from conformance import background, reading
from conformance.findings import Record
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
    Instant,
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
    Where,
    mismatches,
)
from reports.verdict import Finding, Verdict

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
        self.outbox: deque[str] = deque()
        self.orders: deque[Order] = deque()
        self.deadline: float | None = None
        self.finished = False
        self.findings: list[Finding] = []
        self._script = script
        self._ids = ids
        self._stamp = stamp
        self._record = record
        self._up, self._down = ("up", "down") if subject.role is Role.STATION else ("down", "up")
        self._linked = False
        self._arrivals: deque[Arrival] = deque()  # of stations, not looked at yet
        self._preparing = 0  # how many preconditions deep
        self._waiting: Waiting | None = None
        self._patient = False  # messages wait for the case while hands are at work
        self._given_up = 0.0  # when hands have been at work for too long
        self._asked: str | None = None  # message id of our CALL that is on the wire
        self._request: tuple[dict[str, Any], str] = {}, ""  # what it says, and the time of day when it was sent
        self._inbox: deque[Received] = deque()  # not looked at yet
        self._passed: list[Received] = []  # since the last stimulus: looked at, not wanted then
        self._taken: list[Received] = []  # given to the case, perhaps not answered yet
        self._all: list[Received] = []
        self._usually: dict[str, dict[str, Any]] = {}
        self._heard: deque[Heard] = deque()  # replies to nothing that was asked, not looked at yet

    # -- what happens ------------------------------------------------------------------------------------------------

    def start(self, now: float) -> None:
        """Begin the case."""
        self._resume(None, now)

    def opened(
        self, subprotocol: str, now: float, arrival: Arrival | None = None, connected: Connected | None = None
    ) -> None:
        """The link is up; with it comes how a station came, or what a CSMS showed in TLS."""
        self._record.link(now, "opened")
        self._linked = True
        if arrival is not None:
            self.arrived(arrival, now)
        if isinstance(self._waiting, Connect):
            self._dialled(connected or Connected(subprotocol), now)
        elif isinstance(self._waiting, Ask) and self._asked is None:
            self._send_ask(self._waiting, now)

    def arrived(self, arrival: Arrival, now: float) -> None:
        """A station dialled in, or tried to (``ending``)."""
        self._arrivals.append(arrival)
        if isinstance(self._waiting, Visit):
            self._visited(self._waiting, now)

    def lost(self, ending: str, code: int, now: float) -> None:
        """The link is gone, or did not come to be. What was not answered on it never will be."""
        if self._linked:
            self._record.link(now, "lost")
        self._linked = False
        self._inbox.clear()
        for call in self._taken:
            call.answered, call.too_late = True, call.too_late or "the link was lost before it was answered"
        if isinstance(self._waiting, Connect):
            self._dialled(Connected("", ending, code), now)
        elif isinstance(self._waiting, Hear):
            step = self._waiting
            self._give_up(f"a reply{_words(step.where)}", f"the link was lost ({ending})", now, step.rule)
        elif isinstance(self._waiting, Ask) and self._asked is not None:
            self._asked = None
            lost = f"the link was lost ({ending})"
            self._give_up(f"a reply to {self._waiting.action}", lost, now, self._waiting.rule)

    def turned(self, ending: str, code: int, now: float) -> None:
        """A second link did not come to be; the first is as it was."""
        if isinstance(self._waiting, Connect):
            self._dialled(Connected("", ending, code), now)

    def receive(self, text: str | bytes, now: float) -> None:
        """A message of the system under test arrived."""
        line = self._record.frame(now, self._up, text)
        try:
            frame = reading.read(text)
        except Unreadable:
            error = reading.overlong(text)
            heard = Heard("unreadable", line=line)
            if error is not None:
                heard = Heard("error", error.message_id, error.code, error.payload, line)
            self._overheard(heard, now)
            return  # evidence: judged from the record
        if frame.kind == reading.CALL:
            payload = frame.payload if isinstance(frame.payload, dict) else {}
            call = Received(frame.action, payload, frame.message_id, now, line)
            self._all.append(call)
            if self.subject.past is not None:
                self.subject.past.heard(call.action, payload)
            self._inbox.append(call)
            self._look(now)
        elif frame.kind in (reading.RESULT, reading.ERROR):
            self._replied(frame, line, now)

    def wake(self, now: float) -> None:
        """Time has passed."""
        if self.deadline is None or now < self.deadline or self.finished:
            return
        match self._waiting:
            case Expect() | AnyOf() as step:
                self._missed(step, now)
            case Visit() | Hear() as step if step.optional:
                self._resume(None, now)
            case Hear() as step:
                wanted = f"a reply{_words(step.where)} within {step.within_s:g} s"
                self._give_up(wanted, "it did not come", now, step.rule)
            case Visit() as step:
                wanted = f"the station dials in{_words(step.where)} within {step.within_s:g} s"
                self._give_up(wanted, "it did not", now, step.rule)
            case Ask() as step:
                why = "no reply" if self._asked else "the system under test was not connected"
                self._asked = None
                self._give_up(f"a reply to {step.action} within {step.within_s:g} s", why, now, step.rule)
            case Silence() as step:
                what = " or ".join(step.of) or "message"
                self._held(f"no {what}{_words(step.where)} for {step.for_s:g} s", step.rule, now)
                self._resume(None, now)
            case LetPass():
                self._resume(None, now)
            case Operate() | Connect() if self._inbox and now < self._given_up:
                self._patient = False  # hands take their time: nobody is kept waiting for an answer any longer
                self._look(now)
                self._patient, self.deadline = True, self._given_up
            case _:
                self.unable(f"the hands did not finish within {HANDS_LIMIT_S:g} s", now)

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
            return
        self._found(Verdict.INCONCLUSIVE, "", "", "", now, reason=reason)
        self._finish()

    def broken(self, why: str, now: float) -> None:
        """The hands, or whoever carries the frames, failed: no verdict about the system under test."""
        self._found(Verdict.ERROR, "the bench works", why, "", now)
        self._finish()

    def stopped(self, now: float) -> None:
        """The case was given no more time."""
        if not self.finished:
            self._found(Verdict.INCONCLUSIVE, "", "", "", now, reason="the run was stopped")
            self._finish()

    # -- stepping ----------------------------------------------------------------------------------------------------

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
                self._found(Verdict.ERROR, "the case runs", why, "", now)
                self._finish()
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
                    self._held(expected, rule, now)
                else:
                    self._failed(expected, actual, rule, now)
                return holds
            case Seen() | TimeOfDay() | Linked():
                return self._looked(step, now)
            case Usually(action, fields):
                self._usually[action] = dict(fields)
            case Say() | Disconnect():
                self._go_ahead(step, now)
            case Manners():  # what failed before was of another certificate
                self._arrivals = deque(each for each in self._arrivals if each.ending != "tls")
                self.orders.append(step)
            case Doors():
                self.orders.append(step)
            case Anew() | Phase():
                self._turned(step)
        return None

    def _turned(self, step: Anew | Phase) -> None:
        if isinstance(step, Phase):
            self._preparing += 1 if step.preparing else -1
            return
        self._all.clear()
        self._passed.clear()
        self._arrivals = deque(list(self._arrivals)[-1:])  # how the station that is there came still counts

    def _go_ahead(self, step: Say | Disconnect, now: float) -> None:
        if isinstance(step, Say):
            self._passed.clear()
            self._send(step.text, now)
            return
        self._settle(now)
        self._linked = False
        self._arrivals.clear()
        self._record.link(now, "lost")
        self.orders.append(step)

    def _reply(self, step: Answer | Refuse, now: float) -> None:
        """Send what the case answers, unless it comes too late: then nothing can be learnt."""
        if step.call.too_late:
            why = f"{step.call.action}: {step.call.too_late}"
            self._found(Verdict.INCONCLUSIVE, "", "", "", now, step.call.line, reason=why)
            self._finish()
        elif isinstance(step, Answer):
            self._answer(step.call, {**self._response(step.call, now), **step.fields}, now)
        else:
            error = reading.write(reading.ERROR, step.call.message_id, step.code, step.description, {})
            self._send(error, now)
            step.call.answered = True

    def _looked(self, step: Look, now: float) -> list[Received] | datetime | bool:
        match step:
            case Seen(action, where):
                calls = [call for call in self._all if action in ("", call.action)]
                return [call for call in calls if not mismatches(call.payload, where)]
            case TimeOfDay():
                return datetime.fromisoformat(self._stamp(now))
            case Linked():
                return self._linked

    def _wait(self, step: Waiting, now: float) -> None:
        self._settle(now)
        self._waiting = step
        match step:
            case Operate() | Connect():
                self._passed.clear()
                dated = Operate(step.name, self._dated(dict(step.args), now)) if isinstance(step, Operate) else step
                self.orders.append(dated)
                self._patient, self.deadline = True, now + HANDS_LIMIT_S
                self._given_up = self.deadline
            case Ask():
                self._passed.clear()
                self.deadline = now + step.within_s
                if self._linked:
                    self._send_ask(step, now)
            case Expect() | AnyOf():
                self.deadline = now + step.within_s
                if early := self._among_passed(step):
                    self._take(*early, now)
                    return
            case Silence() | LetPass():
                self.deadline = now + step.for_s
            case Visit():
                self.deadline = now + step.within_s
                self._visited(step, now)
                return
            case Hear():
                self.deadline = now + step.within_s
                self._listened(step, now)
                if self._waiting is not step:
                    return
        self._look(now)

    def _overheard(self, heard: Heard, now: float) -> None:
        """A reply to nothing that was asked: what a case may have said the CALL to."""
        self._heard.append(heard)
        if isinstance(self._waiting, Hear):
            self._listened(self._waiting, now)

    def _listened(self, step: Hear, now: float) -> None:
        for heard in self._heard:
            if not mismatches(heard.facts, step.where):
                self._heard.remove(heard)
                self._judge("the reply", heard.facts, (step.having, step.rule), heard.line, now)
                self._resume(heard, now)
                return

    def _visited(self, step: Visit, now: float) -> None:
        while self._arrivals:
            arrival = self._arrivals.popleft()
            if not mismatches(arrival.facts, step.where):
                self._judge("the station's connection", arrival.facts, (step.having, step.rule), 0, now)
                self._resume(arrival, now)
                return

    def _among_passed(self, step: Expect | AnyOf) -> tuple[Expect, Received] | None:
        for call in self._passed:
            wanted = _wanted(step, call)
            if wanted is not None and not wanted.ordered:
                self._passed.remove(call)
                return wanted, call
        return None

    def _look(self, now: float) -> None:
        """Offer each message that came in to what the case waits for; the rest is answered as usual."""
        while self._inbox and not self.finished:
            if isinstance(self._waiting, Operate | Connect) and self._patient:
                self.deadline = min(self.deadline or self._given_up, now + HANDS_S, self._given_up)
                return
            call = self._inbox.popleft()
            step = self._waiting
            if isinstance(step, Expect | AnyOf) and (wanted := _wanted(step, call)):
                self._take(wanted, call, now)
            elif isinstance(step, Silence) and _breaks(step, call):
                self._usual(call, now)
                what = " or ".join(step.of) or "message"
                self._failed(f"no {what} for {step.for_s:g} s", f"{call.action} came", step.rule, now, call.line)
                self._resume(None, now)
            else:
                call.too_late = "it came before the case was ready for it, and was answered as usual"
                self._usual(call, now)
                self._passed.append(call)
        while self._inbox and self.finished:
            self._usual(self._inbox.popleft(), now)

    def _take(self, wanted: Expect, call: Received, now: float) -> None:
        self._taken.append(call)
        self._judge(wanted.action, call.payload, (wanted.having, wanted.rule), call.line, now)
        self._resume(call, now)

    def _missed(self, step: Expect | AnyOf, now: float) -> None:
        if step.optional:
            self._resume(None, now)
            return
        wanted = step.expectations if isinstance(step, AnyOf) else (step,)
        names = " or ".join(f"{each.action}{_words(each.where)}" for each in wanted)
        near = [call for call in self._passed if any(call.action == each.action for each in wanted)]
        actual, line = "it did not come", 0
        if near:
            line = near[-1].line
            differs = mismatches(near[-1].payload, next(e for e in wanted if e.action == near[-1].action).where)
            actual = f"{near[-1].action} came with " + ", ".join(f"{path} {is_}" for path, _, is_ in differs)
        rule = next((each.rule for each in wanted if each.rule), "")
        self._give_up(f"{names} within {step.within_s:g} s", actual, now, rule, line)

    # -- our CALLs ---------------------------------------------------------------------------------------------------

    def _send_ask(self, step: Ask, now: float) -> None:
        self._asked = self._ids()
        payload = self._dated(step.payload, now)
        self._request = payload, self._stamp(now)
        self._send(reading.write(reading.CALL, self._asked, step.action, payload), now)

    def _dated(self, node: Any, now: float) -> Any:
        """The payload with every instant as time of day."""
        if isinstance(node, Instant):
            return self._stamp(now + node.offset_s)
        if isinstance(node, dict):
            return {key: self._dated(value, now) for key, value in node.items()}
        return [self._dated(value, now) for value in node] if isinstance(node, list) else node

    def _replied(self, frame: Frame, line: int, now: float) -> None:
        step = self._waiting
        if not isinstance(step, Ask) or frame.message_id != self._asked:
            kind = "result" if frame.kind == reading.RESULT else "error"
            self._overheard(Heard(kind, frame.message_id, frame.code, frame.payload, line), now)
            return  # evidence: judged from the record
        self._asked = None
        payload = frame.payload if isinstance(frame.payload, dict) else {}
        if self.subject.past is not None:
            self.subject.past.replied(step.action, self._request[0], payload)
        if frame.kind == reading.ERROR:
            accepted = step.error or step.or_error
            if accepted is None or not accepted.holds(frame.code):
                wanted = f"CALLERROR {accepted}" if accepted else "a CALLRESULT"
                actual = f"CALLERROR {frame.code} {frame.description}".rstrip()
                self._failed(f"{step.action}: {wanted}", actual, step.rule, now, line)
            else:
                self._held(f"{step.action}: CALLERROR {accepted}", step.rule, now, line)
            self._resume(Reply(step.action, {}, frame.code, now, line, *self._request), now)
            return
        if step.error is not None:
            self._failed(f"{step.action}: CALLERROR {step.error}", "a CALLRESULT", step.rule, now, line)
        else:
            self._judge(f"{step.action} response", payload, (step.having, step.rule), line, now)
        self._resume(Reply(step.action, payload, "", now, line, *self._request), now)

    def _dialled(self, outcome: Connected, now: float) -> None:
        step = self._waiting
        assert isinstance(step, Connect)
        having = step.having or {"ending": ""}
        self._judge("the connection", outcome.facts, (having, step.rule), 0, now)
        if not self._linked and mismatches(outcome.facts, having):
            self._finish()  # nobody to go on with
        self._resume(outcome, now)

    # -- our answers -------------------------------------------------------------------------------------------------

    def _settle(self, now: float) -> None:
        """What the case took and did not answer gets the usual answer."""
        for call in self._taken:
            if not call.answered:
                self._usual(call, now)
        self._taken.clear()

    def _usual(self, call: Received, now: float) -> None:
        response = self._known(call, now)
        if response is None:
            text = reading.write(reading.ERROR, call.message_id, "NotSupported", f"no {call.action} here", {})
            self._send(text, now)
            call.answered = True
        else:
            self._answer(call, response, now)

    def _response(self, call: Received, now: float) -> dict[str, Any]:
        return self._known(call, now) or {}

    def _known(self, call: Received, now: float) -> dict[str, Any] | None:
        try:
            response = background.usual(call.action, call.payload, self.subject, self._stamp(now))
        except (KeyError, TypeError):
            return None  # the request itself is invalid: judged from the record
        changed = self._usually.get(call.action)
        return response if changed is None else {**(response or {}), **changed}

    def _answer(self, call: Received, payload: dict[str, Any], now: float) -> None:
        if call.answered:
            raise ValueError(f"{call.action} {call.message_id} is answered already")
        call.answered = True
        kept = {key: self._dated(value, now) for key, value in payload.items() if value is not None}
        if self.subject.past is not None:
            self.subject.past.answered(call.action, kept)
        self._send(reading.write(reading.RESULT, call.message_id, kept), now)

    def _send(self, text: str, now: float) -> int:
        if not self._linked:
            return 0
        self.outbox.append(text)
        return self._record.frame(now, self._down, text)

    # -- findings ----------------------------------------------------------------------------------------------------

    def _judge(self, what: str, payload: Any, demand: tuple[Where, str], line: int, now: float) -> None:
        having, rule = demand
        wrong = mismatches(payload, having)
        for path, expected, actual in wrong:
            self._failed(f"{what}: {path} {expected}", f"{path} {actual}", rule, now, line)
        if not wrong:
            self._held(f"{what}{_words(having)}", rule, now, line)

    def _held(self, expected: str, rule: str, now: float, *lines: int) -> None:
        """Something is as it must be."""
        if not self._preparing:
            self._found(Verdict.PASS, expected, "", rule, now, *lines)

    def _failed(self, expected: str, actual: str, rule: str, now: float, *lines: int) -> None:
        """Something is not as it must be. In a precondition that ends the case."""
        if not self._preparing:
            self._found(Verdict.FAIL, expected, actual, rule, now, *lines)
            return
        self._found(Verdict.INCONCLUSIVE, expected, actual, rule, now, *lines, reason="a precondition did not hold")
        self._finish()

    def _give_up(self, expected: str, actual: str, now: float, rule: str = "", *lines: int) -> None:
        """What the case waits for did not come: there is nothing to go on with."""
        self._failed(expected, actual, rule, now, *lines)
        self._finish()
        self._look(now)

    def _found(
        self, verdict: Verdict, expected: str, actual: str, rule: str, now: float, *lines: int, reason: str = ""
    ) -> None:
        frames = tuple(line for line in lines if line)
        self.findings.append(Finding(verdict, expected, actual, rule, reason, now, frames))

    def _finish(self) -> None:
        self.finished, self.deadline, self._waiting = True, None, None
        self._script.close()


def _wanted(step: Expect | AnyOf, call: Received) -> Expect | None:
    for each in step.expectations if isinstance(step, AnyOf) else (step,):
        if each.action == call.action and not mismatches(call.payload, each.where):
            return each
    return None


def _breaks(step: Silence, call: Received) -> bool:
    return (not step.of or call.action in step.of) and not mismatches(call.payload, step.where)


def _words(where: Where) -> str:
    return " with " + ", ".join(f"{path} {demand}" for path, demand in where.items()) if where else ""
