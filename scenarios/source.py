"""Where a scenario's text came from: YAML with the position of every value, and errors that name it."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from protocol.documents import compose

SIZE_LIMIT_BYTES = 1 << 20
NODE_LIMIT = 100_000
DEPTH_LIMIT = 40

KINDS: dict[type, str] = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}

Where = tuple[str | int, ...]
"""The way to a value inside a document: keys and list indexes from the top."""


class ScenarioError(Exception):
    """An unusable scenario. The text is one line: file, line, column and what would be right."""

    def __init__(self, message: str, name: str, line: int = 0, column: int = 0) -> None:
        place = f"{name}:{line}:{column}" if line else name
        super().__init__(f"{place}: {message}")
        self.message = message
        self.name = name
        self.line = line
        self.column = column


@dataclass(slots=True)
class Source:
    """A document and where each of its values and keys stands. ``marks`` is empty for a scenario made in Python."""

    name: str
    data: Any = None
    marks: dict[Where, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Where, tuple[int, int]] = field(default_factory=dict)

    def error(self, where: Where, message: str, *, at_key: bool = False) -> ScenarioError:
        """An error at a value (or at its key); the nearest known enclosing value where that has no position."""
        place = self.keys.get(where) if at_key else None
        while place is None and where not in self.marks and where:
            where = where[:-1]
        line, column = place or self.marks.get(where, (0, 0))
        if not self.marks and where:
            message = f"{dotted(where)}: {message}"
        return ScenarioError(message, self.name, line, column)


def dotted(where: Where) -> str:
    """``("fleet", 0, "count")`` as ``fleet[0].count``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return text.removeprefix(".")


def named(value: Any) -> str:
    """What kind of value this is, in words."""
    return "nothing" if value is None else KINDS.get(type(value), type(value).__name__)


def near(word: object, known: Iterable[str], *, what: str = "") -> str:
    """``; did you mean X?`` if something close is known, otherwise the list of what is."""
    names = list(dict.fromkeys(known))
    folded = {name.casefold(): name for name in reversed(names)}
    close = difflib.get_close_matches(str(word).casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    if not names:
        return f"; there are no {what}" if what else ""
    shown = ", ".join(names[:24]) + (", …" if len(names) > 24 else "")
    return f"; {what + ': ' if what else 'one of: '}{shown}"


NUMBER = re.compile(r"\{n(?::0?([1-9]))?\}")
"""Where a pattern of ids has its number, and how wide it is at least."""


def numbering(pattern: str, n: int) -> str:
    """``CP-{n:03}`` and 7 as ``CP-007``. Raises ValueError for braces that mean anything else."""
    if re.search(r"[{}]", NUMBER.sub("", pattern)):
        raise ValueError(f"{pattern!r} is no pattern; right would be CP-{{n}} or CP-{{n:03}}")
    return NUMBER.sub(lambda found: f"{n:0{found[1] or 1}}", pattern)


def read(path: Path) -> Source:
    """Read a YAML file. Raises ScenarioError for what is missing, too large, or no YAML."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ScenarioError("no such file", str(path)) from None
    except OSError as wrong:
        raise ScenarioError(f"cannot be read: {wrong.strerror or wrong}", str(path)) from None
    if len(raw) > SIZE_LIMIT_BYTES:
        raise ScenarioError(f"too large for a scenario ({len(raw)} bytes; at most {SIZE_LIMIT_BYTES})", str(path))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise ScenarioError("not UTF-8 text; save the file as UTF-8", str(path), line, 1) from None
    return parse(text, str(path))


def parse(text: str, name: str = "<text>") -> Source:
    """Read YAML text, keeping positions. Raises ScenarioError for broken YAML and duplicate keys."""
    try:
        node = compose(text)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        message = f"not valid YAML: {wrong.problem or wrong.context}"
        if mark is None:
            raise ScenarioError(message, name) from None
        raise ScenarioError(message, name, mark.line + 1, mark.column + 1) from None
    except ReaderError as wrong:
        line, column = text.count("\n", 0, wrong.position) + 1, wrong.position - text.rfind("\n", 0, wrong.position)
        raise ScenarioError(f"not valid YAML: the character {wrong.character!r}", name, line, column) from None
    except yaml.YAMLError as wrong:
        raise ScenarioError(f"not valid YAML: {str(wrong).splitlines()[0]}", name) from None
    except RecursionError:
        raise ScenarioError("nested too deeply", name) from None
    if node is None:
        raise ScenarioError("empty; a scenario begins with 'scenario: <its title>'", name, 1, 1)
    source = Source(name)
    source.data = _Builder(source).build(node, ())
    return source


class _Builder:
    """Builds plain values from YAML nodes, by the YAML 1.2 core rules: 08:00 and on are text, not 480 and true."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.count = 0

    def build(self, node: yaml.Node, where: Where) -> Any:
        self.count += 1
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        if self.count > NODE_LIMIT or len(where) > DEPTH_LIMIT:
            why = "nested too deeply" if len(where) > DEPTH_LIMIT else f"more than {NODE_LIMIT} values"
            raise ScenarioError(why, self.source.name, line, column)
        self.source.marks[where] = line, column
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*where, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return node.value if node.style else scalar(node.value)

    def _mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ScenarioError("a key must be plain text", self.source.name, line, column)
            key = str(key_node.value)
            if key in built:
                first = self.source.keys[(*where, key)][0]
                message = f"{key!r} is given twice (first on line {first})"
                raise ScenarioError(message, self.source.name, line, column)
            self.source.keys[(*where, key)] = line, column
            built[key] = self.build(value_node, (*where, key))
        return built


WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?")


def scalar(text: str) -> Any:
    """A plain YAML scalar's value by the core rules of YAML 1.2."""
    if text in WORDS:
        return WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 19 and not re.match(r"[-+]?0[0-9]", text):
        return int(text)
    if _NUMBER.fullmatch(text) and not re.match(r"[-+]?0[0-9]", text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
