"""Payloads that a schema allows and nobody expects: as little and as much as fits, and values from the edges.

Fields whose name says what they are about also get values that mean something at the other end, so that more than the
first check of a handler is reached.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from protocol.schemas import INTEGER_MAX, INTEGER_MIN, Kind, check, load
from protocol.versions import Version

Schema = dict[str, Any]
Payload = dict[str, Any]
Pools = Mapping[str, Sequence[Any]]
"""By the name of a field: what it may well hold."""

DATES = (
    "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2000-02-29T12:00:00.123456789Z", "2025-06-02T05:59:00Z",
    "2025-06-02T06:10:00+00:00", "2025-06-02T20:00:00+14:00", "2025-06-03T06:00:00-12:00", "2025-06-03t06:00:00z",
    "2100-02-28T23:59:59-23:59", "9998-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999999Z",
)  # fmt: skip
URIS = (
    "http://127.0.0.1:1/x", "https://u:p@127.0.0.1:1/x/", "ftp://u:p@127.0.0.1:1/", "ftps://127.0.0.1:1/x",
    "file:///etc/hostname", "http://a..b/", "http://" + "a" * 200 + "/", "http://127.0.0.1:99999/", "http://[::1",
    "http://[::1]:1/", "ws://csms", "ftp://127.0.0.1:1/%0d%0aDELE%20x", "http://127.0.0.1:1/%00", "mailto:a", "x:",
)  # fmt: skip
TEXTS = (
    "", "x", " ", "0", "-1", "1", "99", "2147483648", "1e999", "NaN", "true", "\0", "\r\n", "é", "\U0001f50c",
    "\u202e\u200b", "../../etc/passwd", "'; DROP TABLE station; --", "%s%n{0}", "$.Channel", "2.16.840.1", "[]", '"',
)  # fmt: skip
INTEGERS = (0, 1, -1, 2, 3, 5, 99, 255, 86_400, INTEGER_MAX, INTEGER_MAX - 1, INTEGER_MIN)
NUMBERS = (0, 1, -1, 0.1, -0.0, 6, 16.05, 11_000, 1e-320, 1e15, 1e308, -1e308, 2**63 - 1, -(2**63), 2**53 + 1)
MANY = (2, 3, 50, 1000)
"""Of how many alike a long list is made, where the schema has no limit."""
TRIALS = 20
"""Of so many payloads one fits what a schema's formats say, too."""
RARELY = 0.15
"""How often a field of a known payload is another one."""
ANYTHING = (None, 0, "x", "\0", [], {}, [[[[]]]], {"a": {"": [1, None]}}, 1e308, "x" * 70_000)


class Payloads:
    """What fits the request (or response) of one action. ``pools``: values of fields by their names."""

    def __init__(self, version: Version, action: str, pools: Pools, kind: Kind = "request") -> None:
        self._root = load(version, action, kind)
        self._pools = pools
        self._known = version, action, kind

    def least(self) -> Payload:
        """The smallest one."""
        return self._fitting(self._fixed(self._root, "", whole=False))

    def whole(self) -> Payload:
        """One with every field, and lists as long as they may be."""
        return self._fitting(self._fixed(self._root, "", whole=True))

    def any(self, seed: int) -> Payload:
        """Whatever fits: another one for each seed."""
        chance = Random(seed)
        drawn = (self._drawn(self._root, "", chance) for _ in range(TRIALS))
        return next((payload for payload in drawn if self._fits(payload)), None) or self.least()

    def near(self, known: Payload, seed: int) -> Payload:
        """A payload that is known to mean something, with a few fields that another one has."""
        chance = Random(seed)
        drawn = (self._changed(self._root, "", known, chance) for _ in range(TRIALS))
        return next((payload for payload in drawn if self._fits(payload)), known)

    def _changed(self, schema: Schema, name: str, known: Any, chance: Random) -> Any:
        schema = self._resolved(schema)
        if isinstance(known, dict):
            fields = schema.get("properties", {})
            more = [each for each in fields if each not in known and chance.random() < RARELY / 2]
            kept = {each: self._changed(fields[each], each, value, chance) for each, value in known.items()}
            return kept | {each: self._drawn(fields[each], each, chance) for each in more}
        if isinstance(known, list):
            return [self._changed(schema["items"], name, each, chance) for each in known]
        return self._drawn(schema, name, chance) if chance.random() < RARELY else known

    def _fits(self, payload: Payload) -> bool:
        return check(*self._known, payload) is None

    def _fitting(self, payload: Payload) -> Payload:
        assert self._fits(payload), payload
        return payload

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._root["definitions"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _fixed(self, schema: Schema, name: str, *, whole: bool) -> Any:
        schema = self._resolved(schema)
        kind = schema.get("type")
        if "enum" in schema:
            return schema["enum"][-1 if whole else 0]
        if kind == "object" or "properties" in schema:
            fields = schema.get("properties", {})
            wanted = fields if whole else schema.get("required", ())
            return {each: self._fixed(fields[each], each, whole=whole) for each in wanted}
        if kind == "array":
            count = min(schema.get("maxItems", 40), 40) if whole else schema.get("minItems", 0)
            return [self._fixed(schema["items"], name, whole=whole) for _ in range(count)]
        if kind in ("integer", "number"):
            return int(schema.get("maximum", 1) if whole else schema.get("minimum", 1))
        if kind == "boolean":
            return whole
        if schema.get("format") == "date-time":
            return DATES[-1 if whole else 3]
        if schema.get("format") == "uri":
            return URIS[0]
        return "x" * schema.get("maxLength", 5000) if whole else "x"

    def _drawn(self, schema: Schema, name: str, chance: Random) -> Any:
        schema = self._resolved(schema)
        kind = schema.get("type")
        if "enum" in schema:
            return chance.choice(schema["enum"])
        if kind == "object" or "properties" in schema:
            fields, needed = schema.get("properties", {}), schema.get("required", ())
            share = chance.choice((0.2, 0.5, 0.9))
            wanted = [each for each in fields if each in needed or chance.random() < share]
            return {each: self._drawn(fields[each], each, chance) for each in wanted}
        if kind == "array":
            return self._list(schema, name, chance)
        if kind == "boolean":
            return chance.random() < 0.5
        if kind in ("integer", "number"):
            edges = INTEGERS if kind == "integer" or "multipleOf" in schema else NUMBERS
            return chance.choice(
                _within(schema, self._pool(name, chance)) or _within(schema, edges) or [schema["minimum"]]
            )
        return self._text(schema, name, chance) if kind == "string" else chance.choice(ANYTHING)

    def _pool(self, name: str, chance: Random) -> Sequence[Any]:
        return self._pools.get(name, ()) if chance.random() < 0.7 else ()

    def _list(self, schema: Schema, name: str, chance: Random) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", max(MANY))
        if chance.random() < 0.85:
            count = min(most, least + chance.choice((0, 0, 1, 3)))
            return [self._drawn(schema["items"], name, chance) for _ in range(count)]
        return [self._drawn(schema["items"], name, chance)] * min(most, chance.choice(MANY))

    def _text(self, schema: Schema, name: str, chance: Random) -> str:
        if schema.get("format") == "date-time":
            return chance.choice(DATES)
        most = schema.get("maxLength", 20_000)
        pool = self._pool(name, chance)
        if schema.get("format") == "uri" or "ocation" in name or name.lower().endswith("url"):
            pool = URIS
        fitting = [text for text in pool if isinstance(text, str) and len(text) <= most]
        odd = [*(text for text in TEXTS if len(text) <= most), "x" * most, "\U0001f50c" * most]
        return chance.choice(fitting or odd)


def _within(schema: Schema, values: Sequence[Any]) -> list[Any]:
    low, high = schema.get("minimum", -float("inf")), schema.get("maximum", float("inf"))
    return [value for value in values if isinstance(value, int | float) and low <= value <= high]
