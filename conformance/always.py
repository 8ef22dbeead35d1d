"""What every recorded frame of the system under test must fulfil, whatever the case is about.

One check, one function, one line of the registry; each looks at the record alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from conformance import official, reading
from conformance.findings import SCHEMA, Line, Record
from conformance.reading import Frame, Unreadable
from conformance.vocabulary import V16, Role, Subject
from reports.verdict import Finding, Verdict

REPLY_S = 30.0
"""After so long without a reply a sender may give up on its CALL and send the next one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the record with the frame in it; ``ours`` is what the bench sent."""

    line: Line
    frame: Frame | None
    why: str
    ours: bool
    action: str


@dataclass(slots=True)
class Trace:
    """The record, read: replies carry the action of their CALL. ``link`` lines have no frame."""

    subject: Subject
    entries: list[Entry] = field(default_factory=list)

    @property
    def theirs(self) -> Iterator[tuple[Entry, Frame]]:
        """The readable frames of the system under test."""
        return ((entry, entry.frame) for entry in self.entries if entry.frame and not entry.ours)


Rule = Callable[[Trace], Iterator[Finding]]
ALWAYS: dict[str, Rule] = {}
"""Every always-on check, by name."""


def always(name: str) -> Callable[[Rule], Rule]:
    """Register a check that holds in every case. Raises ValueError for a repeated name."""

    def register(rule: Rule) -> Rule:
        if name in ALWAYS:
            raise ValueError(f"two checks are called {name}")
        ALWAYS[name] = rule
        return rule

    return register


def judge(record: Record, subject: Subject) -> list[Finding]:
    """Everything in a record that breaks a rule which always holds."""
    trace = read(record, subject)
    return [finding for rule in ALWAYS.values() for finding in rule(trace)]


def read(record: Record, subject: Subject) -> Trace:
    """Understand a record: which frames are whose, and which CALL a reply belongs to."""
    trace = Trace(subject)
    up_is_theirs = subject.role is Role.STATION
    calls: dict[tuple[bool, str], str] = {}
    for line in record.lines:
        ours = (line.direction == "up") != up_is_theirs
        frame, why, action = None, "", ""
        if line.direction != "link":
            try:
                frame = reading.read(line.text)
            except Unreadable as problem:
                why = str(problem)
        if frame is not None and frame.kind in (reading.CALL, reading.SEND):
            action = frame.action
            calls[ours, frame.message_id] = action
        elif frame is not None:
            action = calls.get((not ours, frame.message_id), "")
        trace.entries.append(Entry(line, frame, why, ours, action))
    return trace


def _finding(rule: str, expected: str, actual: str, *entries: Entry) -> Finding:
    lines = tuple(entry.line.line for entry in entries)
    return Finding(Verdict.FAIL, expected, actual, rule, t=entries[-1].line.t, frames=lines)


@always("frames")
def frames(trace: Trace) -> Iterator[Finding]:
    """Every message is an OCPP-J frame."""
    broken = [str(entry.line.text) for entry in trace.entries if entry.why and entry.ours]
    for entry in trace.entries:
        if entry.why and not entry.ours:
            error = reading.overlong(entry.line.text)
            if error is not None and _echoed(error, broken):
                continue
            yield _finding("OCPP-J 4.2", "an OCPP-J frame", entry.why, entry)


@always("actions")
def actions(trace: Trace) -> Iterator[Finding]:
    """Every CALL is an action of this version that this side may send."""
    for entry, frame in trace.theirs:
        if frame.kind in (reading.CALL, reading.SEND):
            known = official.exists(trace.subject.version, frame.action)
            if not known or not official.may_send(trace.subject.role, frame.action):
                expected = f"an action that a {trace.subject.role} sends in OCPP {trace.subject.version}"
                yield _finding("OCPP-J 4.2.1", expected, frame.action, entry)


@always("schemas")
def schemas(trace: Trace) -> Iterator[Finding]:
    """Every payload is valid against the official schema."""
    version = trace.subject.version
    for entry, frame in trace.theirs:
        if frame.kind not in (reading.CALL, reading.SEND, reading.RESULT) or not entry.action:
            continue
        if official.exists(version, entry.action):
            kind: official.Kind = "response" if frame.kind == reading.RESULT else "request"
            if why := official.breach(version, entry.action, kind, frame.payload):
                yield _finding(SCHEMA, f"a valid {entry.action} {kind}", why, entry)


@always("replies")
def replies(trace: Trace) -> Iterator[Finding]:
    """A reply answers a CALL that was made, and answers it once."""
    open_calls: Counter[str] = Counter()
    answered: set[str] = set()
    broken: list[str] = []  # what the bench sent that is no frame: its id may stand in it all the same
    for entry in trace.entries:
        if entry.frame is None:
            if entry.ours and isinstance(entry.line.text, str):
                broken.append(entry.line.text)
            continue
        if entry.ours and entry.frame.kind == reading.CALL:
            open_calls[entry.frame.message_id] += 1
        elif not entry.ours and entry.frame.kind in (reading.RESULT, reading.ERROR):
            if entry.frame.message_id == "-1":
                continue  # 2.1 part 4 §4.2.3: the error on a CALL whose id could not be read
            if not open_calls[entry.frame.message_id] and _echoed(entry.frame, broken):
                continue
            if not open_calls[entry.frame.message_id]:
                again = entry.frame.message_id in answered
                actual = "a second reply" if again else "a reply to a CALL that nobody made"
                yield _finding("OCPP-J 4.1.1", "one reply to each CALL", actual, entry)
            else:
                open_calls[entry.frame.message_id] -= 1
            answered.add(entry.frame.message_id)


def _echoed(frame: Frame, broken: list[str]) -> bool:
    """Whether this is the one error on a broken frame of the bench, under the id that stands in it."""
    if frame.kind != reading.ERROR:
        return False
    for text in broken:
        if f'"{frame.message_id}"' in text:
            broken.remove(text)
            return True
    return False


@always("one call at a time")
def one_call_at_a_time(trace: Trace) -> Iterator[Finding]:
    """A side sends no CALL while one of its own is outstanding."""
    outstanding: Entry | None = None
    for entry in trace.entries:
        if entry.line.direction == "link":
            outstanding = None
        elif entry.frame is None:
            if entry.ours and _id(outstanding) and f'"{_id(outstanding)}"' in str(entry.line.text):
                outstanding = None  # a broken reply of the bench ends the CALL too
        elif not entry.ours and entry.frame.kind == reading.CALL:
            if outstanding is not None and entry.line.t - outstanding.line.t < REPLY_S:
                actual = f"{entry.action} while {outstanding.action} was not answered"
                yield _finding("OCPP-J 4.1.1", "one outstanding CALL at a time", actual, outstanding, entry)
            outstanding = entry
        elif entry.ours and entry.frame.kind != reading.CALL and _id(outstanding) == entry.frame.message_id:
            outstanding = None


@always("message ids")
def message_ids(trace: Trace) -> Iterator[Finding]:
    """A sender does not use a message id twice on a connection."""
    used: dict[str, Entry] = {}
    for entry in trace.entries:
        if entry.line.direction == "link":
            used.clear()
        elif not entry.ours and entry.frame is not None and entry.frame.kind in (reading.CALL, reading.SEND):
            first = used.setdefault(entry.frame.message_id, entry)
            if first is not entry:
                yield _finding("OCPP-J 4.1.4", "a new message id", f"{entry.frame.message_id} again", first, entry)


@always("sequence numbers")
def sequence_numbers(trace: Trace) -> Iterator[Finding]:
    """The seqNo of a transaction's events, and of a report's parts, count up without a gap."""
    if trace.subject.version == V16 or trace.subject.role is not Role.STATION:
        return
    streams: dict[tuple[str, str], list[tuple[int, Entry]]] = {}
    for entry, frame in trace.theirs:
        key = _stream(frame)
        if key and isinstance(number := frame.payload.get("seqNo"), int):
            streams.setdefault(key, []).append((number, entry))
    for (action, of), parts in streams.items():
        ordered = sorted(parts, key=lambda part: part[0])
        for (before, first), (after, second) in pairwise(ordered):
            rule = "E01.FR.07" if action == "TransactionEvent" else "B08.FR.14"
            if after - before > 1:
                actual = f"{before} is followed by {after}"
                yield _finding(rule, f"seqNo of {action} {of} without a gap", actual, first, second)
            elif after == before and _content(first) != _content(second):
                actual = f"{before} twice, of different messages"
                yield _finding(rule, f"a seqNo of its own for each {action} of {of}", actual, first, second)


def _content(entry: Entry) -> dict[str, object]:
    """A payload without what may change when it is sent again (E11.FR.07)."""
    payload = entry.frame.payload if entry.frame else {}
    return {key: value for key, value in payload.items() if key != "offline"}


def _id(entry: Entry | None) -> str:
    return entry.frame.message_id if entry is not None and entry.frame else ""


def _stream(frame: Frame) -> tuple[str, str] | None:
    if frame.kind != reading.CALL or not isinstance(frame.payload, dict):
        return None
    if frame.action == "TransactionEvent":
        info = frame.payload.get("transactionInfo")
        return ("TransactionEvent", str(info.get("transactionId"))) if isinstance(info, dict) else None
    if frame.action == "NotifyReport":
        return "NotifyReport", str(frame.payload.get("requestId"))
    return None


@always("one transaction, one beginning")
def one_beginning(trace: Trace) -> Iterator[Finding]:
    """A transaction starts once and is over after its end (the same event may be sent again as a retry)."""
    begun: dict[str, Entry] = {}
    over: dict[str, Entry] = {}
    for entry, frame in trace.theirs:
        if frame.kind != reading.CALL or frame.action != "TransactionEvent" or not isinstance(frame.payload, dict):
            continue
        stream = _stream(frame)
        if stream and (end := over.get(stream[1])) and _number(entry) > _number(end):
            yield _finding("E01.FR.07", f"nothing more of {stream[1]} after its end", "an event", end, entry)
        if stream and frame.payload.get("eventType") == "Ended":
            over.setdefault(stream[1], entry)
        if stream and frame.payload.get("eventType") == "Started":
            first = begun.setdefault(stream[1], entry)
            if first is not entry and first.frame and first.frame.payload.get("seqNo") != frame.payload.get("seqNo"):
                yield _finding("E01.FR.07", "one Started event", f"another for {stream[1]}", first, entry)


def _number(entry: Entry) -> int:
    number = entry.frame.payload.get("seqNo") if entry.frame else None
    return number if isinstance(number, int) else -1
