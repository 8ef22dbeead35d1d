"""Conditions on a field: what a scenario's ``where`` and ``reply`` may ask, one entry in a table each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from scenarios.messages import MISSING
from scenarios.model import Condition, Fields


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def alike(left: Any, right: Any) -> bool:
    """Equality as a scenario means it: 1 and 1.0 and "1" are alike, true and "true" are; lists element by element."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return str(left).lower() == str(right).lower()
    if left is MISSING or right is MISSING:
        return left is right
    return bool(left == right) or (_number(left) is not None and _number(left) == _number(right))


def _at_least(value: Any, bound: Any) -> bool:
    number = _number(value)
    return number is not None and number >= bound


def _at_most(value: Any, bound: Any) -> bool:
    number = _number(value)
    return number is not None and number <= bound


def _contains(value: Any, part: Any) -> bool:
    if isinstance(value, list):
        return any(alike(each, part) for each in value)
    return isinstance(value, str) and str(part) in value


CONDITIONS: Mapping[str, tuple[Callable[[Any, Any], bool], str]] = {
    "equals": (alike, "{}"),
    "not": (lambda value, other: value is not MISSING and not alike(value, other), "not {}"),
    "one_of": (lambda value, options: any(alike(value, option) for option in options), "one of {}"),
    "regex": (lambda value, regex: isinstance(value, str) and re.search(regex, value) is not None, "like /{}/"),
    "at_least": (_at_least, "at least {}"),
    "at_most": (_at_most, "at most {}"),
    "contains": (_contains, "containing {}"),
    "present": (lambda value, wanted: (value is not MISSING) is wanted, "{}"),
}
"""Every condition: its test (value, argument) and how to say it."""


def conditions(spec: Any) -> tuple[Condition, ...]:
    """What a scenario wrote for one field, as conditions: a value, a list of allowed values, or a mapping."""
    if isinstance(spec, dict):
        return tuple(Condition(kind, value) for kind, value in spec.items())
    return (Condition("one_of" if isinstance(spec, list) else "equals", spec),)


def holds(found: tuple[Condition, ...], value: Any) -> bool:
    """Whether a value meets every condition."""
    return all(CONDITIONS[each.kind][0](value, each.value) for each in found)


def said(found: tuple[Condition, ...]) -> str:
    """Conditions in words."""
    words = []
    for each in found:
        if each.kind == "present":
            words.append("present" if each.value else "absent")
        else:
            shown = ", ".join(map(str, each.value)) if isinstance(each.value, list) else str(each.value)
            words.append(CONDITIONS[each.kind][1].format(shown))
    return " and ".join(words)


def said_fields(fields: Fields) -> str:
    """Several fields in words: ``token A and reason Local``."""
    return " and ".join(f"{path} {said(found)}" for path, found in fields.items())
