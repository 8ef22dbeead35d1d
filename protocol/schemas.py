"""Payload validation against the official schemas, with compiled validators and OCPP's own error codes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind

from protocol.errors import Code
from protocol.versions import V16, Side, Version

Kind = Literal["request", "response"]

INTEGER_MIN, INTEGER_MAX = -(2**31), 2**31 - 1
"""OCPP integers have 32 bits (2.0.1 part 2 §2.1.4, primitive datatypes); the schemas do not say so."""

FORMATS: dict[str, Code] = {
    "type": Code.TYPE_CONSTRAINT_VIOLATION,
    "required": Code.OCCURRENCE_CONSTRAINT_VIOLATION,
    "minItems": Code.OCCURRENCE_CONSTRAINT_VIOLATION,
    "maxItems": Code.OCCURRENCE_CONSTRAINT_VIOLATION,
    "additionalProperties": Code.FORMAT_VIOLATION,
}
"""The code of each schema rule; every rule not named here is a PropertyConstraintViolation."""

_SEVERITY = (
    Code.FORMAT_VIOLATION,
    Code.PROTOCOL_ERROR,
    Code.OCCURRENCE_CONSTRAINT_VIOLATION,
    Code.TYPE_CONSTRAINT_VIOLATION,
    Code.PROPERTY_CONSTRAINT_VIOLATION,
)
NODES_SEARCHED = 1000
"""Values in a payload up to which every violation is looked for; above it the first one found will do.

A violation costs about 25 µs to describe, and a megabyte holds half a million of them.
"""

UNKEEPABLE = "^0000|:60|^(0001|9999).*[+-][0-9]{2}:[0-9]{2}$"
"""Date-times of RFC 3339 that no clock here can hold: the year 0, leap seconds, and what may leave the years 1 to 9999
in UTC. Refusing them here means that ``stamps.parse`` reads every date-time of a valid payload."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a payload breaks its schema.

    ``field`` is the dotted path of the offending field (``meterValue.0.timestamp``), empty for the payload itself;
    ``rule`` the schema keyword.
    """

    code: Code
    field: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def check(version: Version, action: str, kind: Kind, payload: Any) -> Violation | None:
    """The gravest violation of a payload, or None if it is valid.

    Structure outranks content: a missing or unknown field is named before a wrong type, a wrong type before a
    wrong value. Raises KeyError for an action without a schema in that version.
    """
    validator = _validator(version, action, kind)
    if validator.is_valid(payload):
        return None
    if _has_more_nodes(payload, NODES_SEARCHED):
        return _first(version, validator, payload)
    found = [_violation(version, error) for error in validator.iter_errors(payload)]
    return min(found, key=lambda violation: (_SEVERITY.index(violation.code), violation.field))


def _first(version: Version, validator: jsonschema_rs.Draft4Validator, payload: Any) -> Violation:
    try:
        validator.validate(payload)
    except jsonschema_rs.ValidationError as error:
        return _violation(version, error)
    raise AssertionError("invalid for is_valid, valid for validate")


def _has_more_nodes(payload: Any, limit: int) -> bool:
    nodes = [payload]
    for node in nodes:  # grows as it goes
        if len(nodes) > limit:
            return True
        if isinstance(node, dict):
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)
    return len(nodes) > limit


def _violation(version: Version, error: jsonschema_rs.ValidationError) -> Violation:
    rule = error.kind.name
    path, message = [str(part) for part in error.instance_path], error.message
    code = FORMATS.get(rule, Code.PROPERTY_CONSTRAINT_VIOLATION)
    kind = error.kind
    if isinstance(kind, ValidationErrorKind.Required):
        path.append(kind.property)
        if version is V16:
            code = Code.PROTOCOL_ERROR  # 1.6-J §4.2.3: "incomplete" is ProtocolError's own definition
    elif isinstance(kind, ValidationErrorKind.AdditionalProperties):
        path.append(kind.unexpected[0])
    elif rule == "type" and not path:
        code = Code.FORMAT_VIOLATION
    elif rule == "not":  # the only ``not`` is ours, see UNKEEPABLE
        rule, message = "format", f"{message.rpartition(' for ')[2]} is no date-time that can be kept"
    return Violation(code, _brief(".".join(path)), rule, _brief(message))


def _brief(message: str, limit: int = 160) -> str:
    """The validator's message without the megabyte that the peer may have sent in the field."""
    return message if len(message) <= limit else f"{message[: limit // 2]} … {message[-limit // 2 :]}"


class Validation:
    """Which of its own payloads a Session checks before it sends them: one in ``every``, all for 1, none for 0.

    One for all sessions of a load run, so that the sample is one of the whole traffic. What is received is checked
    whatever stands here: a peer may send anything, and whoever reads a payload relies on its shape. Raises ValueError
    for a negative number.
    """

    __slots__ = ("_passed", "every")

    def __init__(self, every: int) -> None:
        if every < 0:
            raise ValueError(f"one payload in {every} cannot be checked; right would be 0 (none), 1 (all) or more")
        self.every = every
        self._passed = 0

    def due(self) -> bool:
        """Whether the next payload is to be checked; the first one is."""
        if self.every <= 1:
            return self.every == 1
        self._passed += 1
        return self._passed % self.every == 1


ALL = Validation(1)
"""What a Session does unless it is told otherwise."""

NONE = Validation(0)


def has_schema(version: Version, action: str) -> bool:
    """Whether this action exists in this version."""
    return action in version.actions


@cache
def _validator(version: Version, action: str, kind: Kind) -> jsonschema_rs.Draft4Validator:
    if action not in version.actions:
        raise KeyError(action)
    schema = _bounded(load(version, action, kind))
    # The schemas keep to what drafts 4 and 6 share, but draft 6 takes 1.0 for an integer and OCPP does not.
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


def load(version: Version, action: str, kind: Kind) -> dict[str, Any]:
    """The official schema as published. Raises KeyError if there is none (a SEND has no response)."""
    if any(action in sends for sends in version.sends.values()):
        suffix = "" if kind == "request" else None
    elif version is V16:
        suffix = "" if kind == "request" else "Response"
    else:
        suffix = "Request" if kind == "request" else "Response"
    if suffix is None:
        raise KeyError(f"{action} has no {kind}")
    file = resources.files("ocpp") / version.schemas / "schemas" / f"{action}{suffix}.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8-sig"))
    return schema


def _bounded(node: Any) -> Any:
    """The schema with OCPP's 32-bit bounds on every integer that has none, and no date-time that cannot be kept.

    An object that may have no field at all says so in the way of the others, so that its violations name the field.
    """
    if isinstance(node, list):
        return [_bounded(item) for item in node]
    if not isinstance(node, dict):
        return node
    bounded = {key: _bounded(value) for key, value in node.items()}
    if bounded.get("type") == "integer":
        bounded.setdefault("minimum", INTEGER_MIN)
        bounded.setdefault("maximum", INTEGER_MAX)
    if bounded.get("additionalProperties") is False and bounded.get("type") == "object":
        bounded.setdefault("properties", {})
    if bounded.get("format") == "date-time":
        bounded["not"] = {"pattern": UNKEEPABLE}
    return bounded


def preload(version: Version, side: Side) -> None:
    """Compile every validator that ``side`` of a connection can need, so that no first message pays for it."""
    for action in version.actions:
        _validator(version, action, "request")
        if action not in version.sends[side] | version.sends[side.other]:
            _validator(version, action, "response")
