"""Plain data to JSON and back by its types: dataclasses, named tuples, enums, dates, tuples, sets and mappings.

What is read back equals what was written, and is of the same types. ``Any`` (as of a mapping by type, for what the
functions of a station keep) is told by the class's own name.
"""

from __future__ import annotations

import base64
import importlib
import sys
import types
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

ROOM = "simulator."
"""Classes are looked up in this room only: a file cannot have anything else made."""

PLAIN = (str, int, float, bool, types.NoneType)


class Unreadable(ValueError):
    """What was read does not fit the type it should be of."""


# -- out


def encode(value: Any) -> Any:
    """A value as JSON takes it. Raises TypeError for what is no plain data."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: encode(getattr(value, each.name)) for each in fields(value) if each.init}
    if isinstance(value, Mapping):
        return [[_key(key), encode(each)] for key, each in value.items()]
    if isinstance(value, AbstractSet):
        return sorted((encode(each) for each in value), key=repr)
    if isinstance(value, Sequence):
        return [encode(each) for each in value]
    raise TypeError(f"{type(value).__name__} is no plain data: {value!r}")


def _key(key: Any) -> Any:
    return name_of(key) if isinstance(key, type) else encode(key)


def name_of(kind: type) -> str:
    """The name by which a class is found again."""
    return f"{kind.__module__}:{kind.__qualname__}"


# -- in


def decode(kind: Any, data: Any) -> Any:
    """A value of a type, from JSON. Raises Unreadable."""
    if kind in PLAIN:
        return _plain(kind, data)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), data)
    if origin is not None:
        return _collection(origin, get_args(kind), data)
    if not isinstance(kind, type):
        raise Unreadable(f"no values of {kind!r} can be kept")
    if kind is datetime:
        return _date(data)
    if kind is bytes:
        return base64.b64decode(_plain(str, data))
    if issubclass(kind, Enum):
        return _member(kind, data)
    if is_dataclass(kind):
        return _fields(kind, data)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _named_tuple(kind, data)
    raise Unreadable(f"no values of {kind.__name__} can be kept")


def _plain(kind: Any, data: Any) -> Any:
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if type(data) is not kind:
        raise Unreadable(f"{data!r} is no {kind.__name__}")
    return data


def _member(kind: type[Enum], data: Any) -> Any:
    try:
        return kind(data)
    except ValueError as wrong:
        raise Unreadable(str(wrong)) from None


def _date(data: Any) -> datetime:
    try:
        return datetime.fromisoformat(_plain(str, data))
    except ValueError as wrong:
        raise Unreadable(str(wrong)) from None


def _one_of(kinds: tuple[Any, ...], data: Any) -> Any:
    if data is None and types.NoneType in kinds:
        return None
    for kind in kinds:
        try:
            return decode(kind, data)
        except Unreadable:
            continue
    raise Unreadable(f"{data!r} is none of {', '.join(map(str, kinds))}")


def _collection(origin: Any, inner: tuple[Any, ...], data: Any) -> Any:
    if not isinstance(data, list):
        raise Unreadable(f"{data!r} is no list")
    if issubclass(origin, Mapping):
        return dict(_entry(inner, pair) for pair in data)
    if issubclass(origin, AbstractSet):
        return frozenset(decode(inner[0], each) for each in data)
    if origin is list:
        return [decode(inner[0], each) for each in data]
    if (len(inner) == 2 and inner[1] is Ellipsis) or (issubclass(origin, Sequence) and origin is not tuple):
        return tuple(decode(inner[0], each) for each in data)
    if len(inner) != len(data):
        raise Unreadable(f"{data!r} has not {len(inner)} elements")
    return tuple(decode(kind, each) for kind, each in zip(inner, data, strict=True))


def _entry(inner: tuple[Any, ...], pair: Any) -> tuple[Any, Any]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise Unreadable(f"{pair!r} is no entry of a mapping")
    if inner[0] is type or get_origin(inner[0]) is type:
        kind = class_of(pair[0])
        return kind, decode(kind, pair[1])
    return decode(inner[0], pair[0]), decode(inner[1], pair[1])


def _fields(kind: type, data: Any) -> Any:
    if not isinstance(data, dict):
        raise Unreadable(f"{data!r} has no fields of {kind.__name__}")
    hints = hints_of(kind)
    return kind(**{each.name: decode(hints[each.name], data[each.name]) for each in fields(kind) if each.name in data})


def _named_tuple(kind: Any, data: Any) -> Any:
    hints = hints_of(kind)
    if not isinstance(data, list) or len(data) != len(kind._fields):
        raise Unreadable(f"{data!r} is no {kind.__name__}")
    return kind(*(decode(hints[name], each) for name, each in zip(kind._fields, data, strict=True)))


def class_of(name: Any) -> type:
    """The class of a name, in this room. Raises Unreadable."""
    module, _, path = _plain(str, name).partition(":")
    if not module.startswith(ROOM):
        raise Unreadable(f"{name} is nothing that a station keeps")
    try:
        found = getattr(importlib.import_module(module), path)
    except (ImportError, AttributeError):
        raise Unreadable(f"there is no {name}") from None
    if not isinstance(found, type):
        raise Unreadable(f"{name} is no class")
    return found


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """The types of a class's fields; names that its module imports for type checkers only are found, too."""
    return get_type_hints(kind, {**_classes(), **vars(sys.modules[kind.__module__])})


@cache
def _classes() -> dict[str, type]:
    """Every class of the room by its bare name, for annotations that nobody imports at run time."""
    found: dict[str, type] = {}
    for name, module in list(sys.modules.items()):
        if name.startswith(ROOM):
            found.update((key, each) for key, each in vars(module).items() if isinstance(each, type))
    return found
