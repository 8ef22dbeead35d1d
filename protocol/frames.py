"""OCPP-J frames: the JSON array around a payload (1.6-J §4, 2.1 part 4 §4.2)."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple, NoReturn

import orjson

from protocol.errors import Code


class FrameKind(IntEnum):
    """The message type numbers of OCPP-J; 5 and 6 are new in 2.1."""

    CALL = 2
    CALLRESULT = 3
    CALLERROR = 4
    CALLRESULTERROR = 5
    SEND = 6


MESSAGE_ID_MAX = 36
DESCRIPTION_MAX = 255
LENGTHS = {FrameKind.CALL: 4, FrameKind.CALLRESULT: 3, FrameKind.CALLERROR: 5}
LENGTHS |= {FrameKind.CALLRESULTERROR: 5, FrameKind.SEND: 4}
_KINDS: dict[int, FrameKind] = {kind.value: kind for kind in FrameKind}
_CALL, _CALLRESULT = FrameKind.CALL, FrameKind.CALLRESULT


@dataclass(frozen=True, slots=True)
class Limits:
    """What a Session accepts before it looks at the content: characters of text, nesting depth, open CALLs."""

    chars: int = 1_048_576
    depth: int = 48
    open_calls: int = 32


LIMITS = Limits()


class Frame(NamedTuple):
    """A well-formed frame. ``action`` stands in CALL and SEND; ``code`` and ``description`` in the error kinds."""

    kind: FrameKind
    message_id: str
    payload: Any
    action: str = ""
    code: str = ""
    description: str = ""


class Malformed(Exception):
    """The text is no frame. ``message_id`` is empty where it could not be read; ``kind`` 0 likewise."""

    def __init__(self, why: str, code: Code = Code.RPC_FRAMEWORK_ERROR, message_id: str = "", kind: int = 0) -> None:
        super().__init__(why)
        self.why, self.code, self.message_id, self.kind = why, code, message_id, kind


def call(message_id: str, action: str, payload: Any, kind: FrameKind = FrameKind.CALL) -> str:
    """The text of a CALL (or SEND)."""
    return orjson.dumps([kind, message_id, action, payload]).decode()


def result(message_id: str, payload: Any) -> str:
    """The text of a CALLRESULT."""
    return orjson.dumps([3, message_id, payload]).decode()


def error(message_id: str, code: str, description: str, details: Any, kind: FrameKind = FrameKind.CALLERROR) -> str:
    """The text of a CALLERROR (or CALLRESULTERROR); the description is cut to 255 characters and always encodable."""
    clean = description.encode("utf-8", "replace").decode()[:DESCRIPTION_MAX]
    return orjson.dumps([int(kind), message_id, code, clean, details or {}]).decode()


def read(text: str, limits: Limits = LIMITS) -> Frame:
    """Parse one frame. Raises Malformed, and nothing else, for whatever is not one.

    A ``null`` payload is another way to write the empty one (1.6-J §4.2.1, 2.1 part 4 §4.1.5) and reads as ``{}``.
    """
    try:
        value = parse_json(text, limits)
    except Malformed as problem:
        raise _salvaged(problem, text) from None
    return _common(value) or _examined(value)


def _common(value: Any) -> Frame | None:
    """The frame, if it is one of the two that nearly all are and nothing about it is odd."""
    if type(value) is not list or not 3 <= len(value) <= 4:
        return None
    kind, message_id, third = value[0], value[1], value[2]
    if type(kind) is not int or type(message_id) is not str or not 0 < len(message_id) <= MESSAGE_ID_MAX:
        return None
    if len(value) == 4:
        if kind == 2 and type(third) is str and value[3] is not None:
            return Frame(_CALL, message_id, value[3], third)
    elif kind == 3 and third is not None:
        return Frame(_CALLRESULT, message_id, third)
    return None


def _examined(value: Any) -> Frame:
    """The frame, whatever its kind. Raises Malformed, which says what is wrong."""
    if not isinstance(value, list) or not value:
        raise Malformed("not a JSON array with elements")
    kind, message_id = value[0], _message_id(value)
    if type(kind) is not int:  # true and 2.0 are no message type numbers
        raise Malformed("the message type is not an integer", message_id=message_id)
    if kind not in _KINDS:
        raise Malformed(f"unknown message type {kind}", Code.MESSAGE_TYPE_NOT_SUPPORTED, message_id, kind)
    if not message_id:
        raise Malformed("the message id is not a string of 1 to 36 characters", kind=kind)
    known = _KINDS[kind]
    if len(value) != LENGTHS[known]:
        why = f"{len(value)} elements where {LENGTHS[known]} belong"
        raise Malformed(why, message_id=message_id, kind=kind)
    return _frame(known, message_id, value)


_OPENING = re.compile(r'\s*\[\s*([2-6])\s*,\s*"([^"\\\x00-\x1f]{1,36})"')


def _salvaged(problem: Malformed, text: str) -> Malformed:
    """The same problem with the kind and id that can still be read (2.1 part 4 §4.2.3: "-1" only when they cannot)."""
    opening = _OPENING.match(text)
    if opening is None or not opening[2].isprintable():
        return Malformed(problem.why)
    return Malformed(problem.why, problem.code, opening[2], int(opening[1]))


def _message_id(value: list[Any]) -> str:
    candidate = value[1] if len(value) > 1 else None
    return candidate if isinstance(candidate, str) and 0 < len(candidate) <= MESSAGE_ID_MAX else ""


def _frame(kind: FrameKind, message_id: str, value: list[Any]) -> Frame:
    if kind is FrameKind.CALLRESULT:
        return Frame(kind, message_id, _payload(value[2]))
    if not isinstance(value[2], str):
        raise Malformed("the third element is not a string", message_id=message_id, kind=kind)
    if kind in (FrameKind.CALL, FrameKind.SEND):
        return Frame(kind, message_id, _payload(value[3]), action=value[2])
    if not isinstance(value[3], str) or not isinstance(value[4], dict):
        raise Malformed("description or details of the wrong type", message_id=message_id, kind=kind)
    return Frame(kind, message_id, value[4], code=value[2], description=value[3])


def _payload(value: Any) -> Any:
    return {} if value is None else value


def parse_json(text: str, limits: Limits = LIMITS) -> Any:
    """Strict JSON: no duplicate keys, no NaN, no lone surrogate, no NUL, nothing too long or too deep.

    Text in the canonical forms of most writers, without spaces or with one after each comma and colon, takes a fast
    road: if writing the value again gives the same, nothing was lost in reading it. Everything else is read again,
    slowly and suspiciously. Integers that 64 bits cannot hold become floats. Raises Malformed: RpcFrameworkError for
    what is no JSON, FormatViolation for duplicate keys, PropertyConstraintViolation for JSON that holds a number or
    string which cannot be kept.
    """
    if len(text) > limits.chars:
        raise Malformed(f"{len(text)} characters, more than {limits.chars}")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _parse_carefully(text, limits)
    if len(text) >= 2 * limits.depth:  # a shorter one cannot open and close as many
        _refuse_depth(value, text, limits)
    # Without a backslash there is no escaped U+0000 either, and one character is found ten times as fast as six.
    if "\\" not in text or "\\u0000" not in text:
        plain = orjson.dumps(value)
        if plain == text.encode() or plain == text.replace(", ", ",").replace(": ", ":").encode():
            return value
    return _parse_carefully(text, limits)


def _parse_carefully(text: str, limits: Limits) -> Any:
    if "\\u0000" in text and _NUL.search(text):
        raise Malformed("a string holds U+0000", Code.PROPERTY_CONSTRAINT_VIOLATION)
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_no_constant, parse_int=_integer, parse_float=_real
        )
    except (ValueError, RecursionError) as problem:
        raise Malformed(f"not valid JSON: {_plain(problem)}") from None
    _refuse_depth(value, text, limits)
    try:
        orjson.dumps(value)
    except TypeError:  # lone surrogates: lawful JSON, but no Unicode, and not to be written again
        raise Malformed("a string is not valid Unicode", Code.PROPERTY_CONSTRAINT_VIOLATION) from None
    return value


_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # an even number of backslashes before it escapes nothing


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("an object has the same key twice", Code.FORMAT_VIOLATION)
    return found


def _integer(digits: str) -> int | float:
    if len(digits) <= 20:  # of a longer one Python may refuse, and a float is all that is wanted
        whole = int(digits)
        if -(2**63) <= whole < 2**64:
            return whole
    return _real(digits)


def _real(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Malformed("a number is out of range", Code.PROPERTY_CONSTRAINT_VIOLATION)
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_depth(value: Any, text: str, limits: Limits) -> None:
    if text.count("[") + text.count("{") <= limits.depth:
        return
    level = [value]
    for _ in range(limits.depth):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) in (list, dict)
        ]
        if not level:
            return
    raise Malformed(f"nested deeper than {limits.depth}")


def _plain(problem: Exception) -> str:
    return str(problem).encode("ascii", "replace").decode()[:120]
