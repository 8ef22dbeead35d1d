"""YAML files that people write: read against a table of keys, every error with file, line, column and a way out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml

from protocol.documents import compose

T = TypeVar("T")
Scalar = str | int | float | bool
TAG = "tag:yaml.org,2002:"
SIZE_LIMIT = 1_000_000
"""Bytes; a larger file is not a profile."""
LISTED = 30
"""How many names an error lists at most."""


class ProfileError(Exception):
    """A profile or EV model that cannot be used. Its text is one line; ``line``, ``column`` from 1, 0: none."""

    def __init__(self, where: str, problem: str, line: int = 0, column: int = 0) -> None:
        # What a file says may stand in the message: it must not break the line or reach the terminal as a command.
        where, problem = (_printable(words) for words in (where, problem))
        super().__init__(f"{where}:{line}:{column}: {problem}" if line else f"{where}: {problem}")
        self.where, self.problem, self.line, self.column = where, problem, line, column


@dataclass(frozen=True, slots=True)
class Spot:
    """One node of a file that is being read."""

    where: str
    node: yaml.Node

    def fault(self, problem: str) -> ProfileError:
        """The error that points here."""
        mark = self.node.start_mark
        return ProfileError(self.where, problem, mark.line + 1, mark.column + 1)

    def at(self, node: yaml.Node) -> Spot:
        """Another node of the same file."""
        return Spot(self.where, node)

    def pairs(self, what: str) -> Iterator[tuple[Spot, str, Spot]]:
        """The entries of a mapping as (key's spot, key, value's spot); raises where it is none or a key comes twice."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fault(f"{what} must be a mapping of keys to values, not {self.looks()}")
        seen: dict[str, int] = {}
        for key_node, value_node in self.node.value:
            key = self.at(key_node)
            name = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if not name:
                raise key.fault(f"a key of {what} must be plain text")
            if name in seen:
                raise key.fault(f"'{name}' is already given in line {seen[name]}; keep one of the two")
            seen[name] = key_node.start_mark.line + 1
            yield key, name, self.at(value_node)

    def scalar(self) -> Scalar | None:
        """The plain value here; None for null and for anything that is not one."""
        if not isinstance(self.node, yaml.ScalarNode):
            return None
        if self.node.tag not in {TAG + kind for kind in ("str", "int", "float", "bool")}:
            return str(self.node.value) if self.node.tag == TAG + "timestamp" else None
        try:
            value: Scalar = yaml.constructor.SafeConstructor().construct_object(self.node)
        except (ValueError, KeyError):  # an explicit tag that does not fit, or digits without end
            return None
        return value

    def looks(self) -> str:
        """What stands here, for an error message."""
        if isinstance(self.node, yaml.ScalarNode):
            return f"'{_short(self.node.value)}'" if self.node.value else "nothing"
        return "a list" if isinstance(self.node, yaml.SequenceNode) else "a mapping"


@dataclass(frozen=True, slots=True)
class Reader(Generic[T]):
    """Turns a node into a value or raises ProfileError. ``says`` completes the sentence "must be …"."""

    says: str
    read: Callable[[Spot], T]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping. ``default``: what stands in when it is absent, in words where it depends on others."""

    name: str
    reader: Reader[Any]
    meaning: str
    required: bool = False
    default: str = ""


def load(path: Path, where: str | None = None) -> Spot:
    """The root of a YAML file. ProfileError if it cannot be read or is not one YAML document."""
    where = where or str(path)
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise ProfileError(where, f"cannot be read: {error.strerror or error}") from None
    if len(data) > SIZE_LIMIT:
        raise ProfileError(where, f"is larger than {SIZE_LIMIT} bytes and so cannot be a profile")
    try:
        node = compose(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ProfileError(where, f"is not UTF-8 text (byte {error.start})") from None
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(where, error) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ProfileError(where, f"is not YAML: {_one_line(str(error)) or 'nested too deeply'}") from None
    if node is None:
        raise ProfileError(where, "is empty; copy a built-in profile and adapt it", 1, 1)
    return Spot(where, node)


def fields(spot: Spot, keys: Iterable[Key], what: str) -> dict[str, Any]:
    """The values of a mapping by key, absent ones left out. Raises for unknown, missing and unusable ones."""
    known = {key.name: key for key in keys}
    values: dict[str, Any] = {}
    for key_spot, name, value in spot.pairs(what):
        if name not in known:
            raise key_spot.fault(f"{what} has no key '{_short(name)}'; {suggest(name, known)}")
        values[name] = known[name].reader.read(value)
    missing = [key for key in known.values() if key.required and key.name not in values]
    if missing:
        key = missing[0]
        raise spot.fault(f"{what} lacks the key '{key.name}' ({key.reader.says}): {key.meaning}")
    return values


def suggest(name: str, known: Iterable[str]) -> str:
    """A way out for a name that is none of the known ones; of very many only the nearest are listed."""
    names = sorted(known)
    lowered = {known_name.lower(): known_name for known_name in names}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    hint = f"did you mean '{lowered[close[0]]}'? " if close else ""
    if len(names) > LISTED:
        return f"{hint}Nearest: {', '.join(get_close_matches(name, names, n=5, cutoff=0.0))}"
    return f"{hint}Known: {', '.join(names)}"


def text(longest: int) -> Reader[str]:
    """Text of 1..longest characters."""
    says = f"text of 1 to {longest} characters"

    def read(spot: Spot) -> str:
        value = spot.scalar()
        if isinstance(value, str) and 0 < len(value) <= longest and value.isprintable():
            return value
        hint = "" if value is None or isinstance(value, str) else "; put it in quotes"
        raise spot.fault(f"must be {says}, not {spot.looks()}{hint}")

    return Reader(says, read)


def number(above: float = -math.inf, at_least: float = -math.inf, at_most: float = math.inf) -> Reader[float]:
    """A finite number within bounds."""
    bounds = [(f"above {above:g}", above), (f"at least {at_least:g}", at_least), (f"at most {at_most:g}", at_most)]
    says = " ".join(["a number", " and ".join(words for words, bound in bounds if math.isfinite(bound))]).strip()

    def read(spot: Spot) -> float:
        value = spot.scalar()
        plain = math.nan if isinstance(value, bool | str | None) else _float(value)
        if math.isfinite(plain) and plain > above and at_least <= plain <= at_most:
            return plain
        raise spot.fault(f"must be {says}, not {spot.looks()}")

    return Reader(says, read)


def whole(at_least: float = -math.inf, at_most: float = math.inf) -> Reader[int]:
    """An integer within bounds."""
    bounded = number(at_least=at_least, at_most=at_most)
    says = bounded.says.replace("a number", "a whole number", 1)

    def read(spot: Spot) -> int:
        value = spot.scalar()
        if isinstance(value, int) and not isinstance(value, bool) and at_least <= value <= at_most:
            return value
        raise spot.fault(f"must be {says}, not {spot.looks()}")

    return Reader(says, read)


def boolean() -> Reader[bool]:
    """True or false."""

    def read(spot: Spot) -> bool:
        value = spot.scalar()
        if isinstance(value, bool):
            return value
        raise spot.fault(f"must be true or false, not {spot.looks()}")

    return Reader("true or false", read)


def one_of(*choices: Scalar) -> Reader[Any]:
    """One of a few plain values."""
    says = "one of " + ", ".join(str(choice) for choice in choices)

    def read(spot: Spot) -> Scalar:
        value = spot.scalar()
        for choice in choices:
            if type(value) is type(choice) and value == choice:
                return choice
        names = [str(choice) for choice in choices]
        raise spot.fault(f"'{_short(str(value))}' is unusable here; {suggest(str(value), names)}")

    return Reader(says, read)


def items(reader: Reader[T], plural: str, least: int = 1) -> Reader[tuple[T, ...]]:
    """A list of at least ``least`` entries."""
    says = f"a list of {plural}"

    def read(spot: Spot) -> tuple[T, ...]:
        if not isinstance(spot.node, yaml.SequenceNode) or len(spot.node.value) < least:
            raise spot.fault(f"must be {says}, at least {least}, not {spot.looks()}")
        return tuple(reader.read(spot.at(node)) for node in spot.node.value)

    return Reader(says, read)


def _not_yaml(where: str, error: yaml.MarkedYAMLError) -> ProfileError:
    mark = error.problem_mark or error.context_mark
    problem = f"is not YAML: {_one_line(error.problem or error.context or 'unreadable')}"
    return ProfileError(where, problem, *((mark.line + 1, mark.column + 1) if mark else ()))


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _printable(words: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _short(words: str) -> str:
    line = _one_line(words)
    return line if len(line) <= 40 else line[:37] + "..."
