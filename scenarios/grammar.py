"""The schema's half of reading a scenario: validates a document and words each error so that it helps."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from scenarios.source import ScenarioError, Source, Where, named, near

SCHEMA_PATH = Path(__file__).with_name("scenario.schema.json")
TYPES = {
    "object": "a mapping", "array": "a list", "string": "text", "boolean": "true or false",
    "integer": "a whole number", "number": "a number", "null": "nothing",
}  # fmt: skip
Fault = jsonschema_rs.ValidationError


def _kind(fault: Fault) -> Any:
    """The rule that failed, with the attributes that belong to that rule."""
    return fault.kind


@cache
def schema() -> dict[str, Any]:
    """The published JSON Schema of scenario files."""
    loaded: dict[str, Any] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    return loaded


@cache
def _validator(definition: str) -> jsonschema_rs.Validator:
    document = schema()
    if definition:
        document = {"$ref": f"#/$defs/{definition}", "$defs": document["$defs"]}
    return jsonschema_rs.Draft202012Validator(document, validate_formats=True)


def validate(source: Source, definition: str = "") -> None:
    """Check a document against the schema, or one definition of it. Raises ScenarioError for the first fault."""
    faults = [_deepest(fault, ()) for fault in _validator(definition).iter_errors(source.data)]
    misspelt = {(*base, *fault.instance_path) for fault, base in faults if fault.kind.name == "additionalProperties"}
    worded = [
        _worded(source, fault, base)
        for fault, base in faults
        if fault.kind.name != "required" or (*base, *fault.instance_path) not in misspelt
    ]
    if worded:
        raise min(worded, key=lambda error: (error.line, error.column))


def _deepest(fault: Fault, base: Where) -> tuple[Fault, Where]:
    """Of a choice that failed, the branch that was meant: the one whose own type fits."""
    if fault.kind.name not in ("anyOf", "oneOf"):
        return fault, base
    meant = [branch for branch in _kind(fault).context if branch and not _wrong_kind(branch, fault)]
    if len(meant) == 1 and isinstance(fault.instance, dict | list):
        return _deepest(meant[0][0], base)
    return fault, base


def _wrong_kind(branch: list[Fault], fault: Fault) -> bool:
    return any(each.kind.name == "type" and each.instance_path == fault.instance_path for each in branch)


def _worded(source: Source, fault: Fault, base: Where) -> ScenarioError:
    where: Where = (*base, *fault.instance_path)
    kind = fault.kind.name
    if kind == "additionalProperties":
        strange = _kind(fault).unexpected[0]
        known = _parent(fault).get("properties", {})
        return source.error((*where, strange), f"unknown key {strange!r}{near(strange, known)}", at_key=True)
    if kind == "required":
        owner = f" of {where[-1]!r}" if where and isinstance(where[-1], str) else ""
        return source.error(where, f"the key {_kind(fault).property!r}{owner} is missing")
    if kind == "propertyNames":
        return source.error(where, f"a key here is not {_says(fault) or 'one that is known'}")
    subject = f"{where[-1]!r} " if where and isinstance(where[-1], str) else ""
    return source.error(where, f"{subject}{_said(fault)}")


def _said(fault: Fault) -> str:
    """The rest of the sentence about a value: what it is and what would be right."""
    kind, value = fault.kind.name, fault.instance
    shown = _clipped(json.dumps(value, ensure_ascii=False, default=str))
    if says := _says(fault):
        return f"is {shown}; right would be {says}"
    if kind == "enum":
        options = [str(option) for option in dict.fromkeys(map(str, _kind(fault).options))]
        return (
            f"is {shown}{near(value, options)}"
            if isinstance(value, str)
            else f"is {shown}; one of: {', '.join(options)}"
        )
    if kind == "type":
        wanted = [TYPES[name] for name in sorted(_kind(fault).types)]
        return f"is {named(value)}; right would be {' or '.join(wanted)}"
    if kind in ("minItems", "minProperties", "minLength"):
        return (
            "must not be empty" if getattr(fault.kind, "limit", 1) == 1 else f"needs at least {_limit(fault)} entries"
        )
    if kind in BOUNDS:
        return f"is {shown}; right would be {BOUNDS[kind].format(_limit(fault))}"
    return f"is {shown}: {_clipped(fault.message)}"


BOUNDS = {
    "minimum": "{} or more",
    "maximum": "{} or less",
    "exclusiveMinimum": "more than {}",
    "maxLength": "at most {} characters",
}
SHOWN_LIMIT = 60


def _clipped(text: str) -> str:
    return text if len(text) <= SHOWN_LIMIT else f"{text[: SHOWN_LIMIT - 3]}…"


def _limit(fault: Fault) -> object:
    return fault.kind.as_dict().get("limit", "1")


def _says(fault: Fault) -> str:
    """What the schema itself says would be right (its ``x-say``), at the failing rule or just above it."""
    parent = _parent(fault)
    says: str = parent.get("x-say", "")
    return says


def _parent(fault: Fault) -> dict[str, Any]:
    node: Any = schema()
    for part in fault.schema_path[:-1]:
        if isinstance(node, dict) and "$ref" in node and part not in node:
            node = schema()["$defs"][node["$ref"].removeprefix("#/$defs/")]
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return {}
    return node if isinstance(node, dict) else {}
