"""The tables of docs/scenarios.md, made from schema and vocabulary; ``python -m scenarios.manual FILE`` renews them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from protocol.pages import Tables, renew, table
from protocol.versions import V16, V201
from scenarios import library
from scenarios.grammar import schema
from scenarios.messages import FORMS
from scenarios.reading import JUDGED, TIMING, read_scenario
from scenarios.references import fact_fields


def _spaced(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    return f"\n{table(head, rows)}\n"


def _keys(node: dict[str, Any], only: Callable[[str], bool] = lambda _: True) -> str:
    required = node.get("required", ())

    def rows() -> Iterator[tuple[str, ...]]:
        for key, each in node["properties"].items():
            if only(key):
                yield f"`{key}`" + (" *" if key in required else ""), _meaning(each), _shape(each)

    return _spaced(("Key", "Meaning", "Value"), rows())


def _meaning(node: dict[str, Any]) -> str:
    return str(node.get("description") or _target(node).get("description", ""))


def _target(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: dict[str, Any] = schema()["$defs"][node["$ref"].rpartition("/")[2]]
    return found


SHAPES = {"object": "mapping", "array": "list", "string": "text", "integer": "whole number", "boolean": "true or false"}


def _shape(node: dict[str, Any]) -> str:
    """What a value looks like, in a few words."""
    target = _target(node)
    if "x-say" in target:
        return str(target["x-say"])
    if "enum" in target:
        return ", ".join(dict.fromkeys(f"`{option}`" for option in target["enum"]))
    if "const" in target:
        return f"`{str(target['const']).lower()}`"
    if target.get("properties"):
        inner = ", ".join(f"`{key}`" for key in target["properties"])
        return f"mapping: {inner}"
    kind = target.get("type", "")
    name = kind if isinstance(kind, str) else kind[0]
    if name == "array" and target["items"].get("$ref") and _target(target["items"]).get("properties"):
        return "list of mappings, see below"
    if name == "array":
        return f"list of {_shape(target['items'])}"
    if name == "object" and "null" in kind:
        return "nothing"
    return SHAPES.get(name, name)


def _messages() -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for name, by_version in FORMS.items():
            fields = list(dict.fromkeys(key for form in by_version.values() for key in form.fields))
            replies = list(dict.fromkeys(key for form in by_version.values() for key in form.reply))
            actions = (by_version[version].action for version in (V16, V201))
            yield f"`{name}`", *actions, _listed(fields, by_version), _listed(replies, by_version)

    def _listed(names: list[str], by_version: Any) -> str:
        return ", ".join(f"`{name}`{_only(name, by_version)}" for name in names)

    def _only(name: str, by_version: Any) -> str:
        have = [version.name for version, form in by_version.items() if name in form.fields or name in form.reply]
        return "" if len(have) == len(by_version) else f" ({have[0]})"

    return _spaced(("Name", "1.6", "2.0.1", "Fields", "Of the answer"), rows())


def _facts() -> str:
    found = fact_fields()
    rows = ((f"`{name}`", ", ".join(f"`{each}`" for each in fields)) for name, fields in sorted(found.items()))
    return _spaced(("Fact", "Fields"), rows)


def _library() -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for name in [each for each in library.names() if "/" not in each]:
            each = read_scenario(library.FOLDER / f"{name}.yaml")
            versions = "both" if each.any_version else each.version.name if each.version else "mixed"
            yield f"`{name}`", each.title, versions

    return _spaced(("Name", "Title", "Versions"), rows())


def _defined(name: str) -> dict[str, Any]:
    found: dict[str, Any] = schema()["$defs"][name]
    return found


TABLES: Tables = {
    "top": lambda: _keys(schema()),
    "csms": lambda: _keys(schema()["properties"]["csms"]),
    "group": lambda: _keys(_defined("group")),
    "drivers": lambda: _keys(_defined("drivers")),
    "timing": lambda: _keys(_defined("step"), lambda key: key in TIMING),
    "actions": lambda: _keys(_defined("step"), lambda key: key not in TIMING),
    "operator": lambda: _keys(_defined("operator_step"), lambda key: key not in _defined("step")["properties"]),
    "faults": lambda: _keys(_defined("fault_step"), lambda key: key not in _defined("step")["properties"]),
    "verbs": lambda: _keys(_defined("expectation"), lambda key: key not in JUDGED),
    "judged": lambda: _keys(_defined("expectation"), lambda key: key in JUDGED),
    "csms_state": lambda: _keys(_defined("expectation")["properties"]["csms"]),
    "messages": _messages,
    "facts": _facts,
    "library": _library,
}
"""Every table of the manual, by the name in its mark."""


if __name__ == "__main__":
    renew(sys.argv[1], TABLES)
