"""Block R, robustness: what is no OCPP-J frame, or no frame for this side. Both sides, every version."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

import json
from typing import Any

from conformance.cases.robust.states import code, harmless, lives, name, robust, rule, turned_down, up
from conformance.vocabulary import CSMS, V16, Script, Subject


def _heart(subject: Subject, number: int) -> tuple[str, str]:
    """A harmless CALL as text, and its id."""
    action, payload, _ = harmless(subject)
    key = name(subject, number)
    return json.dumps([2, key, action, payload]), key


@robust(
    1,
    "What is no JSON is not answered with a result, and does no harm",
    clauses="4.2.3",
    catches="chokes_on_noise mends_json",
)
def noise(subject: Subject) -> Script:
    yield from up(subject)
    text, key = _heart(subject, 1)
    for said in ("", "hello", "{", "\ufeff", "\u0000"):
        yield from turned_down(subject, said, "", code(subject), rule(subject, "4.2.3"))
    for said in (text[:-1], f"{text} ,", text.replace("[2", "[02"), text.replace('"', "'")):
        yield from turned_down(subject, said, key, code(subject), rule(subject, "4.2.3"))
    yield from lives(subject)


@robust(
    2,
    "JSON that is no frame is not answered with a result, and does no harm",
    clauses="4.2.3",
    catches="chokes_on_json",
)
def no_frame(subject: Subject) -> Script:
    yield from up(subject)
    for said in ("{}", "[]", "null", "true", "2", '"Heartbeat"', "[[]]", "[2]", '{"2": "Heartbeat"}'):
        yield from turned_down(subject, said, "", code(subject), rule(subject, "4.2.3"))
    yield from lives(subject)


@robust(3, "A CALL with too few or too many elements is not carried out", clauses="4.2.1", catches="counts_no_elements")
def elements(subject: Subject) -> Script:
    yield from up(subject)
    action, payload, _ = harmless(subject)
    wrong: list[list[Any]] = [[], [action], [action, payload, payload], [action, payload, None, 5]]
    for number, parts in enumerate(wrong, 1):
        key = name(subject, number)
        said = json.dumps([2, key, *parts])
        yield from turned_down(subject, said, key, code(subject), rule(subject, "4.2.1"))
    yield from lives(subject)


@robust(4, "An unknown message type is not taken for a CALL", clauses="4.1.3", catches="takes_any_type chokes_on_types")
def message_types(subject: Subject) -> Script:
    yield from up(subject)
    action, payload, _ = harmless(subject)
    allowed = code(subject, "MessageTypeNotSupported", "RpcFrameworkError", "FormatViolation", "NotSupported")
    for number, kind in enumerate((0, 1, 9, -2, 18446744073709551618, "2", True, None, 2.5), 1):
        key = name(subject, number)
        said = json.dumps([kind, key, action, payload])
        yield from turned_down(subject, said, key, allowed, rule(subject, "4.1.3"))
    yield from lives(subject)


@robust(5, "A CALL whose message id is none is not carried out", clauses="4.1.4", catches="takes_any_id chokes_on_ids")
def message_ids(subject: Subject) -> Script:
    yield from up(subject)
    action, payload, _ = harmless(subject)
    strange: tuple[Any, ...] = (None, 5, ["a"], {}, True)
    for key in strange:
        said = json.dumps([2, key, action, payload])
        yield from turned_down(subject, said, "", code(subject), rule(subject, "4.1.4"))
    yield from lives(subject)


@robust(6, "A message id that is too long does no harm", clauses="4.1.4", catches="chokes_on_long_ids")
def long_ids(subject: Subject) -> Script:
    yield from up(subject)
    action, payload, _ = harmless(subject)
    for chars in (37, 1000, 100_000):
        said = json.dumps([2, "x" * chars, action, payload])
        yield from turned_down(subject, said, "x" * chars, code(subject), rule(subject, "4.1.4"))
    yield from lives(subject)


@robust(
    7,
    "An action that nobody knows is not implemented",
    clauses="4.3 4.2.3",
    catches="knows_every_action errs_on_actions",
)
def unknown_action(subject: Subject) -> Script:
    yield from up(subject)
    action, payload, _ = harmless(subject)
    allowed = code(subject, "NotImplemented", "NotSupported", "FormatViolation", "ProtocolError")
    strange = (
        "SelfDestruct",
        action.lower(),
        action.upper(),
        "",
        "__class__",
        "constructor",
        "../" + action,
        "x" * 1000,
    )
    for number, each in enumerate(strange, 1):
        key = name(subject, number)
        said = json.dumps([2, key, each, payload])
        yield from turned_down(subject, said, key, allowed, rule(subject, "4.3 4.2.3"))
    yield from lives(subject)


@robust(
    8,
    "A CALL that only the other side may receive is not carried out",
    clauses="4.3 4.2.3",
    catches="serves_the_other_side",
)
def other_side(subject: Subject) -> Script:
    yield from up(subject)
    key = name(subject, 1)
    theirs: list[Any] = ["Heartbeat", {}]
    if subject.role is CSMS:
        theirs = ["Reset", {"type": "Hard" if subject.version == V16 else "Immediate"}]
    said = json.dumps([2, key, *theirs])
    allowed = code(subject, "NotImplemented", "NotSupported")
    yield from turned_down(subject, said, key, allowed, rule(subject, "4.3 4.2.3"))
    yield from lives(subject)
