"""What the cases about robustness share: the two versions' words for the same things, and proof of life."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from conformance.cases.csms16 import states as csms16
from conformance.cases.csms201 import states as csms201
from conformance.cases.station16 import states as station16
from conformance.cases.station201 import states as station201
from conformance.vocabulary import (
    CSMS,
    PRESENT,
    STATION,
    V16,
    V21,
    V201,
    Heard,
    Matcher,
    Payload,
    Register,
    Role,
    Script,
    Subject,
    ask,
    case,
    check,
    given,
    hears,
    one_of,
    say,
)

SURVIVES = "IEC62443-4-2:CR7.1"
"""Whatever a peer says, the system goes on working: protection against denial of service."""
INPUT = "IEC62443-4-2:CR3.5"
"""What comes in is validated before it is used."""

VERSIONS = (V16, V201, V21)

NOT_A_RESULT = one_of("error", "unreadable")
ERRORS_16 = (
    "NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError", "FormationViolation",
    "PropertyConstraintViolation", "OccurenceConstraintViolation", "OccurrenceConstraintViolation",
    "TypeConstraintViolation", "GenericError",
)  # fmt: skip
ERRORS = (
    "FormatViolation", "GenericError", "InternalError", "MessageTypeNotSupported", "NotImplemented", "NotSupported",
    "OccurrenceConstraintViolation", "PropertyConstraintViolation", "ProtocolError", "RpcFrameworkError",
    "SecurityError", "TypeConstraintViolation",
)  # fmt: skip


def robust(
    number: int, title: str, *, clauses: str = "", verifies: str = "", catches: str, of: Iterable[Role] = tuple(Role)
) -> Register:
    """A case about robustness, for both sides unless told otherwise and for every version.

    ``clauses`` are those of OCPP-J of the rule, first that of 2.x, then that of 1.6.
    """
    verified = " ".join([*both(clauses), verifies, SURVIVES])
    return _own("R", number, title, of=of, versions=VERSIONS, verifies=verified, catches=catches)


def probe(
    number: int, title: str, *, verifies: str, catches: str, of: Iterable[Role], versions: Iterable[str] = VERSIONS
) -> Register:
    """A case that probes security."""
    return _own("S", number, title, of=of, versions=versions, verifies=verifies, catches=catches)


def _own(letter: str, number: int, title: str, *, of: Iterable[Role], versions: Iterable[str], **more: Any) -> Register:
    def register(script: Callable[[Subject], Script]) -> Callable[[Subject], Script]:
        for role in of:
            name = f"CB_{letter}_{number:02}_{'CS' if role is STATION else 'CSMS'}"
            case(name, title, under_test=role, versions=tuple(versions), **more)(script)
        return script

    return register


def both(clauses: str) -> list[str]:
    """The ids of a rule of OCPP-J in 2.x and in 1.6."""
    parts = clauses.split()
    return [f"OCPP-J.{parts[0]}", f"OCPP-J1.6:{parts[-1]}"] if parts else []


def rule(subject: Subject, clauses: str) -> str:
    """The id of a rule of OCPP-J in the version under test."""
    return both(clauses)[subject.version == V16]


def up(subject: Subject) -> Script:
    """The system is up, and the bench is its peer (a precondition)."""
    old = subject.version == V16
    if subject.role is CSMS:
        yield from given((csms16 if old else csms201).attached(subject))
    else:
        yield from given((station16 if old else station201).ready(subject))


def lives(subject: Subject, rules: str = SURVIVES) -> Script:
    """The system answers a CALL with which nothing is wrong."""
    action, payload, having = harmless(subject)
    yield ask(action, payload, within_s=subject.message_s, having=having, rule=rules)


def harmless(subject: Subject) -> tuple[str, Payload, dict[str, Any]]:
    """A CALL that changes nothing, and what its result has."""
    if subject.role is CSMS:
        return "Heartbeat", {}, {"currentTime": PRESENT}
    if subject.version == V16:
        return "GetConfiguration", {"key": ["HeartbeatInterval"]}, {"configurationKey.0.key": "HeartbeatInterval"}
    asked = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    having = {"getVariableResult.0.variable.name": "HeartbeatInterval"}
    return "GetVariables", {"getVariableData": [asked]}, having


def name(subject: Subject, number: int) -> str:
    """A message id of this case that was not used before."""
    return f"cb-{subject.nonce}-{number}"[:36]


def code(subject: Subject, *usual: str) -> Matcher:
    """The error codes that an answer may have: those named, as the version spells them, or any that there is."""
    if not usual:
        return one_of(*(ERRORS_16 if subject.version == V16 else ERRORS))
    spelt = {"FormatViolation": "FormationViolation", "RpcFrameworkError": "GenericError"}
    if subject.version == V16:
        return one_of(*usual, *(spelt[each] for each in usual if each in spelt), *_ALSO_16)
    return one_of(*usual)


_ALSO_16 = ("FormationViolation", "ProtocolError", "OccurenceConstraintViolation")


def turned_down(subject: Subject, text: str, key: str, codes: Matcher, rules: str) -> Script:
    """What was said is not taken for a message: it gets no result, and an error only with such a code.

    OCPP-J 2.x §4.2.3 lets a system drop what is invalid; on an error is its id (``key``), or -1 where that cannot be
    read.
    """
    yield say(text)
    here = one_of(key, "-1", "")  # what cannot be read has no id
    heard: Heard | None = yield hears(2.0, where={"id": here}, optional=True)
    if heard is not None:
        yield check(heard.kind == "error", f"no result of {text[:80]}", heard.kind, rules)
        yield check(heard.kind != "error" or codes.holds(heard.code), f"CALLERROR {codes}", heard.code, rules)
    else:
        yield check(True, f"no result of {text[:80]}", "nothing came", rules)
