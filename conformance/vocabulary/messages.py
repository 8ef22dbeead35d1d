"""Messages: what the bench awaits, answers, asks and says, and what it looks back at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.vocabulary.payloads import MISSING, NOWHERE, Matcher, Payload, Where, field_of


@dataclass(slots=True, eq=False)
class Received:
    """A CALL of the system under test. ``line`` numbers the record from 1; ``answered`` once a reply is on its way."""

    action: str
    payload: Payload
    message_id: str
    t: float
    line: int
    answered: bool = False
    too_late: str = ""
    """Why the case can answer it no more, although it did not: the bench has, or the link is gone."""

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path, or ``default``."""
        value = field_of(self.payload, path)
        return default if value is MISSING else value


@dataclass(frozen=True, slots=True)
class Expect:
    """A CALL that must arrive. ``where`` selects it, ``having`` judges it. The result is a ``Received`` or None."""

    action: str
    within_s: float
    where: Where
    having: Where
    rule: str
    optional: bool = False
    ordered: bool = False


def expect(
    action: str,
    within_s: float,
    *,
    where: Where = NOWHERE,
    having: Where = NOWHERE,
    rule: str = "",
    optional: bool = False,
    ordered: bool = False,
) -> Expect:
    """A CALL arrives in time. What arrived since the last stimulus counts, in any order, unless ``ordered``.

    ``where`` selects among messages of that action, ``having`` is what the selected one must fulfil.
    """
    return Expect(action, within_s, where, having, rule, optional, ordered)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The first of several expectations to be met ends the wait. The result is its ``Received`` (None: none met)."""

    expectations: tuple[Expect, ...]
    within_s: float
    optional: bool = False


def any_of(*expectations: Expect, optional: bool = False) -> AnyOf:
    """One of several messages arrives."""
    return AnyOf(expectations, max(each.within_s for each in expectations), optional)


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a CALL of the system under test: the usual payload with ``fields`` over it (None removes one)."""

    call: Received
    fields: Mapping[str, Any]


def answer(call: Received, /, **fields: Any) -> Answer:
    """Answer a message taken by ``expect``; fields not given are the usual ones."""
    return Answer(call, fields)


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer a CALL of the system under test with a CALLERROR."""

    call: Received
    code: str
    description: str = ""


def refuse(call: Received, code: str, description: str = "") -> Refuse:
    """Answer a message taken by ``expect`` with a CALLERROR."""
    return Refuse(call, code, description)


@dataclass(frozen=True, slots=True)
class Ignore:
    """Never answer a CALL of the system under test."""

    call: Received


def ignore(call: Received, /) -> Ignore:
    """Leave a message taken by ``expect`` without any answer."""
    return Ignore(call)


@dataclass(frozen=True, slots=True)
class Ask:
    """The bench sends a CALL and awaits the reply. The result is a ``Reply``."""

    action: str
    payload: Payload
    within_s: float
    having: Where
    error: Matcher | None
    or_error: Matcher | None
    rule: str


@dataclass(slots=True, eq=False)
class Reply:
    """What came back on a CALL of the bench: a payload, or an error code in the peer's spelling.

    ``request`` is the CALL as it was sent, every instant a time of day, and ``asked`` the time of day when it was.
    """

    action: str
    payload: Payload
    error: str
    t: float
    line: int
    request: Payload = field(default_factory=dict)
    asked: str = ""

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path, or ``default``."""
        value = field_of(self.payload, path)
        return default if value is MISSING else value


def ask(
    action: str,
    payload: Payload | None = None,
    *,
    within_s: float = 30.0,
    having: Where = NOWHERE,
    error: Matcher | None = None,
    or_error: Matcher | None = None,
    rule: str = "",
) -> Ask:
    """Send a CALL; its result must fulfil ``having``.

    With ``error`` a CALLERROR of such a code must come instead, with ``or_error`` it may.
    """
    return Ask(action, payload or {}, within_s, having, error, or_error, rule)


@dataclass(frozen=True, slots=True)
class Say:
    """The bench sends a text as it is, whether it is a frame or not."""

    text: str


def say(text: str) -> Say:
    """Send a text as it is: no frame, a frame with something wrong about it, a reply to nothing."""
    return Say(text)


@dataclass(frozen=True, slots=True)
class Hear:
    """A reply that belongs to no ``Ask``: an answer to a ``Say``. The result is a ``Heard``, or None for none."""

    within_s: float
    where: Where
    having: Where
    rule: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply as it came: ``kind`` result, error, or unreadable (then nothing else is known)."""

    kind: str
    message_id: str = ""
    code: str = ""
    payload: Any = None
    line: int = 0

    @property
    def facts(self) -> Payload:
        """What a case may select by, or judge."""
        return {"kind": self.kind, "id": self.message_id, "code": self.code, "payload": self.payload}


def hears(
    within_s: float, *, where: Where = NOWHERE, having: Where = NOWHERE, rule: str = "", optional: bool = False
) -> Hear:
    """A reply comes to what was said by ``say``; see ``Heard`` for the facts that ``where`` and ``having`` go by."""
    return Hear(within_s, where, having, rule, optional)


@dataclass(frozen=True, slots=True)
class Silence:
    """For so long nothing may arrive, or nothing of the named actions that matches ``where``."""

    for_s: float
    of: tuple[str, ...]
    where: Where
    rule: str


def silence(for_s: float, *of: str, where: Where = NOWHERE, rule: str = "") -> Silence:
    """Nothing arrives for so long, or nothing of the named actions."""
    return Silence(for_s, of, where, rule)


@dataclass(frozen=True, slots=True)
class Seen:
    """Every CALL of an action (empty: of any) so far in this case. The result is a list of ``Received``."""

    action: str
    where: Where


def seen(action: str = "", *, where: Where = NOWHERE) -> Seen:
    """Look back at every CALL of an action, or at every CALL, in this case."""
    return Seen(action, where)


@dataclass(frozen=True, slots=True)
class Anew:
    """What came until now counts for nothing that the case looks back to."""


def anew() -> Anew:
    """Look back no further than this: what came before was of another case."""
    return Anew()


@dataclass(frozen=True, slots=True)
class Usually:
    """From now on the bench answers this action so, when the case does not answer itself."""

    action: str
    fields: Mapping[str, Any]


def usually(action: str, /, **fields: Any) -> Usually:
    """Change what the bench answers by itself."""
    return Usually(action, fields)
