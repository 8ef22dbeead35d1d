"""Block R, robustness: replies to nothing, late, wrong or twice, floods, and clocks that jump."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

import json
from typing import Any

from conformance.cases.csms201.states import session
from conformance.cases.robust.states import INPUT, SURVIVES, harmless, lives, name, robust, rule, up
from conformance.vocabulary import (
    ABSENT,
    CSMS,
    NOW,
    PRESENT,
    STATION,
    V16,
    Connected,
    Heard,
    Payload,
    Received,
    Script,
    Subject,
    ask,
    check,
    command,
    connect,
    expect,
    hears,
    ignore,
    let_pass,
    one_of,
    say,
    seen,
    silence,
    usually,
)

TAKES_TURNS = "4.1.1"
"""One CALL of a side at a time."""
INTEGRITY = "IEC62443-4-2:CR3.8"
"""Session integrity."""


def prompted(subject: Subject) -> Script:
    """The system has been brought to make a CALL: a station Heartbeat, a CSMS TriggerMessage."""
    if subject.role is CSMS:
        yield command(subject, "trigger", message="Heartbeat")
    else:
        yield ask("TriggerMessage", {"requestedMessage": "Heartbeat"}, having={"status": "Accepted"})


def awaited(subject: Subject) -> tuple[str, Payload]:
    """The CALL that it then makes, and what is answered to it."""
    if subject.role is CSMS:
        return "TriggerMessage", {"status": "Rejected"}
    return "Heartbeat", {"currentTime": "2026-03-02T08:00:00Z"}


def _asked(subject: Subject, within_s: float = 0.0, rules: str = "") -> Script:
    """It has made such a CALL, which nobody has answered yet."""
    call: Received = yield expect(awaited(subject)[0], within_s or subject.message_s, rule=rules)
    yield ignore(call)
    return call


@robust(31, "Replies to nothing are answered by nothing", clauses="4.2.3", catches="answers_replies chokes_on_replies")
def to_nothing(subject: Subject) -> Script:
    yield from up(subject)
    replies: tuple[list[Any], ...] = (
        [3, name(subject, 1), {}],
        [4, name(subject, 2), "InternalError", "", {}],
        [3, name(subject, 3), {"status": "Accepted"}],
        [4, name(subject, 4), "NoSuchCode", "x" * 255, {"a": [1]}],
    )
    for each in replies:
        yield say(json.dumps(each))
        heard: Heard | None = yield hears(2.0, optional=True)
        yield check(heard is None, "nothing", heard.kind if heard else "nothing", rule(subject, "4.2.3"))
    for text in ('[3,"nobody"]', '[4,"nobody"]', "[3]", '[3,"nobody",null]', '[4,"nobody",5,null,[]]'):
        yield say(text)
        yield hears(2.0, optional=True)  # is it a broken reply, or something broken? whoever cannot tell may complain
    yield from lives(subject)


@robust(32, "A reply under another id is none", clauses="4.1.4", catches="takes_any_reply_station", of=(STATION,))
def other_id_station(station: Subject) -> Script:
    yield from _other_id(station)


@robust(32, "A reply under another id is none", clauses="4.1.4", catches="takes_any_reply_csms", of=(CSMS,))
def other_id_csms(csms: Subject) -> Script:
    yield from _other_id(csms)


def _other_id(subject: Subject) -> Script:
    yield from up(subject)
    action, result = awaited(subject)
    yield from prompted(subject)
    call = yield from _asked(subject)
    yield say(json.dumps([3, "another", result]))
    yield from prompted(subject)
    yield silence(10.0, action, rule=rule(subject, "4.1.4"))
    yield say(json.dumps([3, call.message_id, result]))
    yield expect(action, subject.message_s, rule=rule(subject, "4.1.4"))
    yield from lives(subject)


@robust(33, "While an answer is slow nothing else is asked, and others are answered", clauses=TAKES_TURNS,
        catches="impatient_station", of=(STATION,))  # fmt: skip
def slow_station(station: Subject) -> Script:
    yield from _slow(station)


@robust(33, "While an answer is slow nothing else is asked, and others are answered", clauses=TAKES_TURNS,
        catches="impatient_csms", of=(CSMS,))  # fmt: skip
def slow_csms(csms: Subject) -> Script:
    yield from _slow(csms)


def _slow(subject: Subject) -> Script:
    yield from up(subject)
    yield from lives(subject)
    yield from prompted(subject)
    call = yield from _asked(subject)
    yield from lives(subject)
    yield silence(15.0, rule=rule(subject, TAKES_TURNS))
    yield say(json.dumps([3, call.message_id, awaited(subject)[1]]))
    yield from lives(subject)


@robust(34, "A broken reply to a CALL of its own does no harm", clauses="4.2.2", catches="chokes_on_broken_replies")
def broken_replies(subject: Subject) -> Script:
    yield from up(subject)
    field = next(iter(awaited(subject)[1]))
    wrong: list[list[Any]] = [[], [{}], [None], [{field: 5}], [{field: "x" * 1000}], [[]], [{field: []}, "more"]]
    for rest in wrong:
        yield from prompted(subject)
        call = yield from _asked(subject, 2 * subject.message_s + 60.0, SURVIVES)
        yield say(json.dumps([3, call.message_id, *rest]))
        yield from lives(subject)


@robust(35, "An error on a CALL of its own does no harm", clauses="4.2.3", catches="chokes_on_errors")
def errors(subject: Subject) -> Script:
    yield from up(subject)
    wrong: tuple[list[Any], ...] = (
        ["InternalError", "", {}],
        ["NoSuchCode", "x" * 256, {"a": {"b": 1}}],
        ["SecurityError"],
        [],
    )
    for rest in wrong:
        yield from prompted(subject)
        call = yield from _asked(subject, 2 * subject.message_s + 60.0, SURVIVES)
        yield say(json.dumps([4, call.message_id, *rest]))
        yield from lives(subject)


@robust(36, "Two answers to one CALL do no harm", clauses="4.2.3", catches="answers_replies")
def two_answers(subject: Subject) -> Script:
    yield from up(subject)
    yield from prompted(subject)
    call = yield from _asked(subject)
    for reply in ([3, call.message_id, awaited(subject)[1]], [3, call.message_id, {}]):
        yield say(json.dumps(reply))
    heard: Heard | None = yield hears(2.0, optional=True, where={"kind": "error"})
    yield check(heard is None, "nothing on the second", heard.kind if heard else "nothing", rule(subject, "4.2.3"))
    yield from lives(subject)


FLOOD = 60


@robust(37, "A flood of CALLs does no harm", clauses="4.2.2", catches="drowns loses_the_first")
def flood(subject: Subject) -> Script:
    yield from up(subject)
    action, payload, _ = harmless(subject)
    for number in range(FLOOD):
        yield say(json.dumps([2, name(subject, number), action, payload]))
    # who sends before the last CALL was answered breaks 4.1.1 itself: the rest may be refused, or left alone
    yield hears(
        subject.message_s,
        where={"id": name(subject, 0)},
        having={"kind": "result"},
        rule=f"{SURVIVES} {rule(subject, '4.2.2')}",
    )
    yield let_pass(subject.tolerance_s)
    yield from lives(subject)


@robust(38, "A CALL that is sent twice gets no more than two replies", clauses="4.1.4", catches="answers_twice")
def sent_twice(subject: Subject) -> Script:
    yield from up(subject)
    action, payload, _ = harmless(subject)
    key, replies = name(subject, 1), []
    for _ in range(2):
        yield say(json.dumps([2, key, action, payload]))
    while (heard := (yield hears(3.0, where={"id": key}, optional=True))) is not None:
        replies.append(heard.kind)
    yield check(1 <= len(replies) <= 2, "one or two replies", len(replies), rule(subject, "4.1.4"))
    yield check("result" in replies, "a result to the first", ", ".join(replies), SURVIVES)
    yield from lives(subject)


@robust(
    39,
    "A clock that jumps does no harm",
    verifies=INPUT,
    catches="chokes_on_the_time floods_on_the_time",
    of=(STATION,),
)
def jumps(station: Subject) -> Script:
    yield from up(station)
    for moment in ("2038-01-19T03:14:08Z", "1970-01-01T00:00:00Z", "2106-02-07T06:28:16Z", NOW):
        yield usually("Heartbeat", currentTime=moment)
        yield from prompted(station)
        yield expect("Heartbeat", station.message_s, rule=SURVIVES)
        before: list[Received] = yield seen()
        yield let_pass(10.0)
        since: list[Received] = yield seen()
        count = len(since) - len(before)
        yield check(count <= 5, "no storm of messages after the jump", f"{count} in 10 s", INPUT)
        yield from lives(station)


@robust(40, "A second connection of the same station is served, or the first goes on", verifies=INTEGRITY,
        catches="prefers_the_dead", of=(CSMS,))  # fmt: skip
def second_link(csms: Subject) -> Script:
    yield from up(csms)
    second: Connected = yield connect(csms, beside=True, having={"ending": one_of("", "refused")}, rule=INTEGRITY)
    if not second.ending:
        key = name(csms, 1)
        yield say(json.dumps([2, key, "Heartbeat", {}]))
        yield hears(csms.message_s, where={"id": key}, having={"kind": "result"}, rule=INTEGRITY)
    yield from prompted(csms)
    yield expect("TriggerMessage", csms.message_s, rule=INTEGRITY)
    yield from lives(csms)


@robust(41, "The end of a transaction that never began is answered", catches="refuses_what_it_never_saw", of=(CSMS,))
def never_began(csms: Subject) -> Script:
    yield from up(csms)
    if csms.version == V16:
        end: Payload = {"transactionId": 2147483647, "meterStop": 5, "timestamp": NOW}
        yield ask("StopTransaction", end, rule=SURVIVES)
    else:
        tx = session(csms)
        for kind in ("Ended", "Updated", "Started"):
            trigger = {"Ended": "EVDeparted", "Updated": "MeterValuePeriodic", "Started": "CablePluggedIn"}[kind]
            yield ask("TransactionEvent", tx.event(trigger, kind=kind), having={"errorCode": ABSENT}, rule=SURVIVES)
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule=SURVIVES)
