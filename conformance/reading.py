"""Reads recorded frames for the judge: small on purpose, and independent of the Session's own parser."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

CALL, RESULT, ERROR, RESULT_ERROR, SEND = 2, 3, 4, 5, 6
ID_CHARS = 36
ELEMENTS = {CALL: 4, RESULT: 3, ERROR: 5, RESULT_ERROR: 5, SEND: 4}


class Unreadable(ValueError):
    """The text is no OCPP-J frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as written; ``action`` of CALL and SEND, ``code`` and ``description`` of the error kinds."""

    kind: int
    message_id: str
    payload: Any
    action: str = ""
    code: str = ""
    description: str = ""


def read(text: str | bytes) -> Frame:
    """Parse one frame. Raises Unreadable with the reason."""
    if isinstance(text, bytes):
        raise Unreadable("a binary message")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError) as problem:
        raise Unreadable(f"not JSON: {problem}") from None
    if not isinstance(value, list) or not value or not isinstance(value[0], int) or isinstance(value[0], bool):
        raise Unreadable("not an array that begins with a message type number")
    if value[0] not in ELEMENTS:
        raise Unreadable("not an array that begins with a message type number")
    kind = int(value[0])
    if len(value) != ELEMENTS[kind]:
        raise Unreadable(f"{len(value)} elements where {ELEMENTS[kind]} belong")
    if not isinstance(value[1], str) or not 0 < len(value[1]) <= ID_CHARS:
        raise Unreadable("the message id is not a string of 1 to 36 characters")
    if kind == RESULT:
        return Frame(kind, value[1], value[2])
    if not isinstance(value[2], str):
        raise Unreadable("the third element is not a string")
    if kind in (CALL, SEND):
        return Frame(kind, value[1], value[3], action=value[2])
    if not isinstance(value[3], str) or not isinstance(value[4], dict):
        raise Unreadable("error description or details of the wrong type")
    return Frame(kind, value[1], value[4], code=value[2], description=value[3])


def overlong(text: str | bytes) -> Frame | None:
    """The CALLERROR in a text with which nothing is wrong but that its id is too long; None for any other."""
    try:
        kind, message_id, *rest = json.loads(text)
        if kind != ERROR or not isinstance(message_id, str) or len(message_id) <= ID_CHARS:
            return None
        return replace(read(write(kind, message_id[:ID_CHARS], *rest)), message_id=message_id)
    except (ValueError, TypeError, RecursionError):
        return None


def write(*elements: Any) -> str:
    """The text of a frame."""
    return json.dumps(elements, ensure_ascii=False, separators=(",", ":"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
