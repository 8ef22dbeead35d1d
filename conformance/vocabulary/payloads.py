"""What stands in a message, and what has to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import eq
from typing import Any

Payload = dict[str, Any]


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING = _Missing()
"""What a matcher is given for a field that is not there."""

Where = Mapping[str, Any]
"""Dotted field path (``transactionInfo.chargingState``, ``eventData.0.trigger``) to a value or a Matcher."""
NOWHERE: Where = {}


def field_of(payload: Any, path: str) -> Any:
    """The value at a dotted path, or MISSING. A number selects from a list."""
    value = payload
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


@dataclass(frozen=True, slots=True)
class Matcher:
    """A demand on one field. ``text`` says it in words; ``holds`` is given the value, or ``MISSING``."""

    text: str
    holds: Callable[[Any], bool]

    def __str__(self) -> str:
        return self.text


def one_of(*values: Any) -> Matcher:
    """The field is present with one of these values."""
    return Matcher(" or ".join(map(str, values)), lambda value: value in values)


def optionally(*values: Any) -> Matcher:
    """The field is absent or has one of these values."""
    return Matcher(f"absent or {' or '.join(map(str, values))}", lambda value: value is MISSING or value in values)


def other_than(*values: Any) -> Matcher:
    """The field is present with none of these values."""
    return Matcher(
        f"anything but {' or '.join(map(str, values))}", lambda value: value is not MISSING and value not in values
    )


def satisfying(text: str, holds: Callable[[Any], bool]) -> Matcher:
    """The field is present and ``holds`` is true of it; ``text`` says what that means."""
    return Matcher(text, lambda value: value is not MISSING and holds(value))


PRESENT = Matcher("present", lambda value: value is not MISSING)
ABSENT = Matcher("absent", lambda value: value is MISSING)


def mismatches(payload: Any, where: Where) -> list[tuple[str, str, str]]:
    """(path, expected, actual) for each demand that does not hold."""
    found = []
    for path, demand in where.items():
        value = field_of(payload, path)
        matcher = demand if isinstance(demand, Matcher) else Matcher(str(demand) or "empty", partial(eq, demand))
        if not matcher.holds(value):
            found.append((path, str(matcher), str(value) or "empty"))
    return found
