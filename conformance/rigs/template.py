"""Texts with slots for what a case wants done: ``/arms/{evse}``, ``Bearer ${LAB_TOKEN}``.

``{name}`` stands for a field of the operation, ``{name.part}`` for a part of one, ``${NAME}`` for an environment
variable (``${NAME:-otherwise}`` where it may be unset), ``{{name}}`` for itself. Values never become syntax: each place
has its way to escape them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_MARKS = re.compile(
    r"\$\{(?P<setting>[A-Za-z_]\w*)(?::-(?P<otherwise>[^}]*))?\}"
    r"|\{(?P<plain>\{[A-Za-z_][\w.]*\})\}"
    r"|\{(?P<field>[A-Za-z_]\w*(?:\.\w+)*)\}"
)
LEFT_OUT = object()
"""What a template comes to that is nothing but a field which the case did not give."""

Escape = Callable[[str], str]


class Unset(ValueError):
    """An environment variable that a template names is not set."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a field in a template."""

    path: str

    @property
    def name(self) -> str:
        """The field, without the part of it."""
        return self.path.split(".")[0]

    def value(self, fields: Mapping[str, Any]) -> Any:
        """What the field says; None where it was not given."""
        found: Any = fields
        for part in self.path.split("."):
            if isinstance(found, Mapping):
                found = found.get(part)
            elif isinstance(found, list | tuple) and part.isdecimal() and int(part) < len(found):
                found = found[int(part)]
            else:
                return None
        return found


@dataclass(frozen=True, slots=True)
class Setting:
    """What an environment variable said."""

    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """A text with slots."""

    parts: tuple[str | Slot | Setting, ...]

    @classmethod
    def of(cls, text: str, environment: Mapping[str, str]) -> Template:
        """Read a template. Raises Unset."""
        parts: list[str | Slot | Setting] = []
        end = 0
        for mark in _MARKS.finditer(text):
            parts += [text[end : mark.start()]] if mark.start() > end else []
            parts.append(_part(mark, environment))
            end = mark.end()
        return cls((*parts, text[end:]) if end < len(text) else tuple(parts))

    @property
    def names(self) -> list[str]:
        """The fields that it has slots for."""
        return [part.name for part in self.parts if isinstance(part, Slot)]

    def text(self, fields: Mapping[str, Any], escape: Escape = str, settings: Escape = str) -> str:
        """The text with its fields and settings, each escaped; what was not given is empty."""
        return "".join(
            escape(spelt(part.value(fields)))
            if isinstance(part, Slot)
            else (settings(part.text) if isinstance(part, Setting) else part)
            for part in self.parts
        )

    def value(self, fields: Mapping[str, Any]) -> Any:
        """The field itself, with its type, where the template is nothing else; LEFT_OUT if it was not given."""
        match self.parts:
            case (Slot() as slot,):
                found = slot.value(fields)
                return LEFT_OUT if found is None else found
        return self.text(fields)


def _part(mark: re.Match[str], environment: Mapping[str, str]) -> str | Slot | Setting:
    if mark["field"]:
        return Slot(mark["field"])
    if mark["plain"]:
        return mark["plain"]
    found = environment.get(mark["setting"]) or mark["otherwise"]
    if found is None:
        raise Unset(f"the environment variable {mark['setting']} is not set")
    return Setting(found)


def spelt(value: Any) -> str:
    """A value as text: JSON's spelling for all but texts, nothing for None."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def fill(node: Any, fields: Mapping[str, Any]) -> Any:
    """A structure of templates with its fields. What a case did not give is left out; ``<<`` is merged."""
    if isinstance(node, Template):
        return node.value(fields)
    if isinstance(node, list):
        return [filled for each in node if (filled := fill(each, fields)) is not LEFT_OUT]
    if not isinstance(node, dict):
        return node
    found: dict[str, Any] = {}
    for key, each in node.items():
        filled = fill(each, fields)
        if key == "<<":
            found |= filled if isinstance(filled, dict) else {}
        elif filled is not LEFT_OUT:
            found[key] = filled
    return found


def names_in(node: Any) -> list[str]:
    """The fields that a structure of templates has slots for."""
    if isinstance(node, Template):
        return node.names
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [name for each in parts for name in names_in(each)]
