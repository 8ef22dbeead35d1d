"""Reads YAML files that people write: every error names the file, the line, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from protocol.documents import compose


def text_of(path: Path, problem: type[ValueError]) -> str:
    """The text of a file. Raises ``problem`` for what cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as why:
        raise problem(f"{path}: {why.strerror}") from None
    except UnicodeDecodeError:
        raise problem(f"{path}: not a UTF-8 text") from None


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; empty if none is like it."""
    return next(iter(get_close_matches(name, list(known), 1)), "")


class Document:
    """One file being read: knows its name and the lines of its values. Errors are of the kind ``problem``."""

    def __init__(self, name: str, problem: type[ValueError]) -> None:
        self._name = name
        self._problem = problem
        self._loader = yaml.SafeLoader("")

    def root(self, text: str, wanted: str) -> yaml.MappingNode:
        """The mapping that the text is; ``wanted`` says what has to stand in it."""
        try:
            root = compose(text)
        except yaml.YAMLError as why:
            raise self._problem(f"{self._name}: {' '.join(str(why).split())}") from None
        if not isinstance(root, yaml.MappingNode):
            raise self._problem(f"{self._name}: expected a mapping with {wanted}")
        return root

    def entries(self, node: yaml.Node, known: Iterable[str]) -> dict[str, yaml.Node]:
        """The values of a mapping by key; only ``known`` keys may stand there, each once."""
        found: dict[str, yaml.Node] = {}
        names = list(known)
        for key, value in self.pairs(node):
            name = str(self.value(key))
            if name not in names:
                raise self.wrong(key, f"{name!r} is unknown; expected one of {', '.join(names)}")
            if name in found:
                raise self.wrong(key, f"{name!r} stands here twice")
            found[name] = value
        return found

    def pairs(self, node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
        """Keys and values of a mapping."""
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong(node, "expected a mapping")
        return list(node.value)

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        """The items of a list."""
        if not isinstance(node, yaml.SequenceNode):
            raise self.wrong(node, "expected a list")
        return list(node.value)

    def value(self, node: yaml.Node) -> Any:
        """What a node says."""
        try:
            return self._loader.construct_object(node, deep=True)
        except yaml.YAMLError as why:
            raise self.wrong(node, " ".join(str(getattr(why, "problem", why)).split())) from None

    def text(self, node: yaml.Node, wanted: str = "a text") -> str:
        """A text that is not empty."""
        value = self.value(node)
        if not isinstance(value, str) or not value:
            raise self.wrong(node, f"{value!r}; expected {wanted}")
        return value

    def line(self, node: yaml.Node) -> int:
        """The line of a value, counted from 1."""
        return int(node.start_mark.line) + 1

    def wrong(self, node: yaml.Node, what: str) -> ValueError:
        """The error that says what is wrong at a value."""
        return self._problem(f"{self._name}:{self.line(node)}: {what}")
