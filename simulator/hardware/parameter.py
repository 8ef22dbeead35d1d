"""Parameters of components: the fields of a frozen dataclass as keys that a profile may set.

Units stand last in a field's name and bound its value; ``parameter`` narrows that and says what the field means.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, field, fields, is_dataclass
from enum import Enum
from functools import cache
from inspect import cleandoc
from re import escape, search
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import yaml

from simulator import document
from simulator.document import Key, Reader, Spot, boolean, items, number, one_of, text, whole

LONGEST = 1000
"""Characters of a text, as a variable's value may have in OCPP 2.0.1 (AttributeType.value is longer still)."""

UNITS: Mapping[str, tuple[str, float, float]] = {
    "s": ("s", 0, math.inf), "ms": ("ms", 0, math.inf), "min": ("min", 0, math.inf), "h": ("h", 0, math.inf),
    "a": ("A", 0, math.inf), "ma": ("mA", 0, math.inf), "v": ("V", 0, math.inf), "w": ("W", 0, math.inf),
    "wh": ("Wh", 0, math.inf), "ohm": ("Ω", 0, math.inf), "kohm": ("kΩ", 0, math.inf), "hz": ("Hz", 0, math.inf),
    "c": ("°C", -273.15, math.inf), "k": ("K", 0, math.inf), "percent": ("%", 0, 100), "lux": ("lx", 0, math.inf),
    "mm": ("mm", 0, math.inf), "m": ("m", 0, math.inf), "deg": ("°", 0, 360), "g": ("g", 0, math.inf),
    "rpm": ("1/min", 0, math.inf), "mohm": ("mΩ", 0, math.inf), "n": ("N", 0, math.inf), "kg": ("kg", 0, math.inf),
    "db": ("dB", 0, math.inf), "bytes": ("B", 0, math.inf), "share": ("", 0, 1),
    "ppm": ("ppm", -1e6, 1e6), "dbm": ("dBm", -200, 100),
}  # fmt: skip
"""What the last word of a field's name says: unit, lowest and highest value."""


def parameter(
    default: Any = MISSING,
    meaning: str = "",
    *,
    above: float = -math.inf,
    at_least: float = -math.inf,
    at_most: float = math.inf,
) -> Any:
    """A field of a component with what it means and the bounds of its value."""
    bounds = {"above": above, "at_least": at_least, "at_most": at_most}
    metadata = {"meaning": meaning, **{name: value for name, value in bounds.items() if math.isfinite(value)}}
    return field(default=default, metadata=metadata)


def unit(name: str) -> str:
    """The unit of a field by its name; empty where it has none."""
    return UNITS.get(name.rpartition("_")[2], ("", 0, 0))[0] if "_" in name else ""


@cache
def keys_of(kind: Callable[..., Any]) -> tuple[Key, ...]:
    """What a profile may set of a component. Raises TypeError for a class that is no frozen dataclass, or for a field
    without a default that no YAML value can fill."""
    if not isinstance(kind, type) or not is_dataclass(kind) or not _frozen(kind):
        raise TypeError(f"{getattr(kind, '__name__', kind)} is not a frozen dataclass")
    try:
        hints = get_type_hints(kind)
    except NameError as error:
        raise TypeError(f"{kind.__name__}: the type of a field cannot be found: {error}") from None
    return tuple(filter(None, (_key(kind, each, hints[each.name]) for each in fields(kind) if each.init)))


def _frozen(kind: Any) -> bool:
    return bool(kind.__dataclass_params__.frozen)


def _key(kind: type[Any], each: Field[Any], hint: Any) -> Key | None:
    reader = _reader(hint, _bounds(each))
    required = each.default is MISSING and each.default_factory is MISSING
    if reader is None:
        if required:
            raise TypeError(f"{kind.__name__}.{each.name} is of a type that a profile cannot give")
        return None
    default = "" if required else _shown(_default(each))
    return Key(each.name, reader, meaning(kind, each), required, default)


def _default(each: Field[Any]) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()


def meaning(kind: type[Any], each: Field[Any]) -> str:
    """What a field means: as ``parameter`` says, else what the class's docstring says after ````name``:``, else the
    sentence of it that names the field."""
    if said := each.metadata.get("meaning"):
        return str(said)
    words = " ".join(cleandoc(kind.__doc__ or "").split())
    own = search(rf"``{escape(each.name)}``(?:, ``\w+``)*: (.*?)(?=\.(?: ``|$)|$)", words)
    sentence = own or search(rf"((?:[^.`]|\.(?! )|`)*``{escape(each.name)}``(?:[^.]|\.(?! ))*)\.", words)
    return sentence[1].replace("``", "").strip() if sentence else ""


def _bounds(each: Field[Any]) -> dict[str, float]:
    given = {name: each.metadata[name] for name in ("above", "at_least", "at_most") if name in each.metadata}
    _, low, high = (
        UNITS.get(each.name.rpartition("_")[2], ("", -math.inf, math.inf))
        if "_" in each.name
        else ("", -math.inf, math.inf)
    )
    if "above" not in given:
        given.setdefault("at_least", low)
    given.setdefault("at_most", high)
    return given


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if is_dataclass(value):
        return "as it comes"
    return str(value)


def _reader(hint: Any, bounds: dict[str, float]) -> Reader[Any] | None:
    """How a value of a type is read; None where no YAML value is one."""
    if hint in _PLAIN:
        return _PLAIN[hint](bounds)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _converted(one_of(*(member.value for member in hint)), hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return _nested(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return one_of(*arguments)
    if origin in (Union, types.UnionType):
        return _optional(arguments, bounds)
    if origin is tuple and arguments:
        return _tuple(arguments, bounds)
    return None


_PLAIN: Mapping[Any, Callable[[dict[str, float]], Reader[Any]]] = {
    bool: lambda bounds: boolean(),
    int: lambda bounds: whole(**{name: value for name, value in bounds.items() if name != "above"}),
    float: lambda bounds: number(**bounds),
    str: lambda bounds: text(LONGEST),
}


def _converted(reader: Reader[Any], into: Callable[[Any], Any]) -> Reader[Any]:
    return Reader(reader.says, lambda spot: into(reader.read(spot)))


def _optional(arguments: tuple[Any, ...], bounds: dict[str, float]) -> Reader[Any] | None:
    rest = [each for each in arguments if each is not type(None)]
    reader = _reader(rest[0], bounds) if len(rest) == 1 else None
    if reader is None:
        return None
    said = reader

    def read(spot: Spot) -> Any:
        return (
            None
            if spot.node.tag == document.TAG + "null" and isinstance(spot.node, yaml.ScalarNode)
            else said.read(spot)
        )

    return Reader(f"{said.says}, or null", read)


def _tuple(arguments: tuple[Any, ...], bounds: dict[str, float]) -> Reader[Any] | None:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        reader = _reader(arguments[0], bounds)
        return reader and items(reader, "values", least=0)
    readers = [_reader(each, bounds) for each in arguments]
    if any(reader is None for reader in readers):
        return None
    says = f"a list of {len(readers)} values"

    def read(spot: Spot) -> tuple[Any, ...]:
        if not isinstance(spot.node, yaml.SequenceNode) or len(spot.node.value) != len(readers):
            raise spot.fault(f"must be {says}, not {spot.looks()}")
        return tuple(
            reader.read(spot.at(node)) for reader, node in zip(readers, spot.node.value, strict=True) if reader
        )

    return Reader(says, read)


def _nested(kind: Any) -> Reader[Any]:
    return Reader("a mapping", lambda spot: made(spot, kind, document.fields(spot, keys_of(kind), kind.__name__)))


def made(spot: Spot, kind: type[Any], values: Mapping[str, Any]) -> Any:
    """A component of these parameters; its own objection (ValueError) becomes an error that points at the file."""
    try:
        return kind(**values)
    except ValueError as error:
        raise spot.fault(f"{kind.__name__}: {error}") from None
