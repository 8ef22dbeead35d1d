"""Messages by their schemas: the least that fits, the whole, and the whole with each other word once."""

import json
from collections.abc import Iterator
from typing import Any

from protocol.schemas import load
from protocol.versions import Version

Schema = dict[str, Any]

KNOWN = {
    "$.evseId": 1, "$.connectorId": 1, "$.configurationSlot": 2, "$.evse.id": 1, "$.evse.connectorId": 1,
    "$.chargingProfile.id": 5, "$.connectionData.ocppCsmsUrl": "ws://x", "$.connectionData.messageTimeout": 5,
}  # fmt: skip


def least(schema: Schema, root: Schema, path: str = "$", *, whole: bool = False) -> Any:
    """The smallest value that fits; with everything that may be there if ``whole``."""
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rpartition("/")[2]]
    if path in KNOWN:
        return KNOWN[path]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        wanted = schema.get("properties", {}) if whole else schema.get("required", [])
        return {
            name: least(schema["properties"][name], root, f"{path}.{name}", whole=whole)
            for name in wanted
            if name != "customData"
        }
    if kind == "array":
        return [least(schema["items"], root, f"{path}.0", whole=whole)]
    if kind in ("integer", "number"):
        return int(schema.get("minimum", min(1, schema.get("maximum", 1))))
    if kind == "boolean":
        return True
    return "2025-06-02T06:00:00Z" if schema.get("format") == "date-time" else "x"


def variants(action: str, version: Version) -> Iterator[dict[str, Any]]:
    """The least, the whole, and each enum value in the whole."""
    root = load(version, action, "request")
    yield least(root, root)
    whole = least(root, root, whole=True)
    yield whole
    for path, value in choices(root, root, ()):
        copy = json.loads(json.dumps(whole))
        spot = copy
        for step in path[:-1]:
            spot = spot[step]
        spot[path[-1]] = value
        yield copy


def choices(schema: Schema, root: Schema, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place where one of several words stands, with each of the words but the first."""
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rpartition("/")[2]]
    for value in schema.get("enum", ())[1:]:
        yield path, value
    for name, inner in schema.get("properties", {}).items():
        if name != "customData":
            yield from choices(inner, root, (*path, name))
    if schema.get("type") == "array":
        yield from choices(schema["items"], root, (*path, 0))
