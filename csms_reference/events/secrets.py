"""Leaves passwords out of messages that people look at."""

from __future__ import annotations

import json
from typing import Any

HIDDEN = "***"
NAMES = ("AuthorizationKey", "BasicAuthPassword")
"""The variables of 1.6 and of 2.x that hold the password of a station (A01; whitepaper A01)."""


def without_passwords(text: str) -> str:
    """The message, with the values of passwords hidden in SetVariables, ChangeConfiguration and their answers."""
    lowered = text.lower()
    if not any(name.lower() in lowered for name in NAMES):
        return text
    try:
        return json.dumps(_hidden(json.loads(text)), separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError):
        return f"a message that is no JSON and names {' or '.join(NAMES)}"


def _hidden(part: Any) -> Any:
    if isinstance(part, list):
        return [_hidden(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {name: _hidden(value) for name, value in part.items()}
    if names_password(part):
        found |= {name: HIDDEN for name in ("value", "attributeValue") if name in found}
    return found


def names_password(part: dict[str, Any]) -> bool:
    """Whether a part of a message is about a variable, or key, that is one."""
    variable = part.get("variable")
    named = variable.get("name") if isinstance(variable, dict) else part.get("key")
    return isinstance(named, str) and is_password(named)


_LOWERED = frozenset(name.lower() for name in NAMES)


def is_password(name: str) -> bool:
    """Whether a variable, or key, is one: their names are the same in whatever case."""
    return name.lower() in _LOWERED
