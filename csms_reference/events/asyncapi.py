"""The streams of events as an AsyncAPI 3.0 document, made of the registry of kinds."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from csms_reference.events.kinds import KINDS, Kind

REFS = "#/components/schemas/{model}"
SERVER_SENT, WEB_SOCKET = "serverSentEvents", "webSocket"


def document(address: str, prefix: str) -> dict[str, Any]:
    """The document of a CSMS whose API is at ``address`` (host and port); ``prefix`` is the path of its version."""
    messages, schemas = described()
    everything = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    streamed = {name: ref for name, ref in everything.items() if name not in ANSWERS}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chargebench reference CSMS: events",
            "version": "1",
            "description": "What happens at charging stations, as it happens. A client hears what its scopes allow, "
            "and an owner of stations its own alone. Of the same event it may be told again after it has come back.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "http": {"host": address, "protocol": "http", "security": [SECURITY]},
            "ws": {"host": address, "protocol": "ws", "security": [SECURITY]},
        },
        "channels": {
            SERVER_SENT: {
                "address": f"{prefix}/events",
                "title": "Server-sent events",
                "description": "text/event-stream; `id` is the event's, and `Last-Event-ID` goes on after it. "
                "Comments come while nothing else does.",
                "servers": [{"$ref": "#/servers/http"}],
                "messages": streamed,
                "bindings": {},
            },
            WEB_SOCKET: {
                "address": f"{prefix}/events/ws",
                "title": "WebSocket",
                "servers": [{"$ref": "#/servers/ws"}],
                "messages": everything | {"wish": {"$ref": "#/components/messages/wish"}},
                "bindings": {"ws": {"method": "GET", "query": QUERY}},
            },
        },
        "operations": {
            "tellByServerSentEvents": _operation("send", SERVER_SENT, streamed),
            "tellByWebSocket": _operation("send", WEB_SOCKET, everything),
            "changeWhatIsHeard": _operation("receive", WEB_SOCKET, ["wish"]),
        },
        "components": {
            "messages": {**messages, "wish": _message("wish", "Another choice of events.", WISH)},
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


SECURITY = {"$ref": "#/components/securitySchemes/bearer"}

_WORDS = {"type": "array", "items": {"type": "string"}, "maxItems": 100}
WISH = {
    "type": "object",
    "properties": {
        "station": {**_WORDS, "description": "Of these stations; none: of all that the client may see."},
        "kind": {**_WORDS, "description": "Kinds, or patterns such as transaction.*; none: all but message.*."},
    },
    "additionalProperties": False,
}
QUERY = {
    **WISH,
    "properties": {
        **WISH["properties"],  # type: ignore[dict-item]
        "after": {"type": "string", "description": "Go on after the event of this id."},
    },
}
GAP = {
    "type": "object",
    "properties": {"kind": {"const": "gap"}, "missed": {"type": ["integer", "null"], "minimum": 1}},
    "required": ["kind", "missed"],
    "additionalProperties": False,
}
LISTENING = {
    "type": "object",
    "properties": {"kind": {"const": "listening"}, "stations": _WORDS, "kinds": _WORDS},
    "required": ["kind", "stations", "kinds"],
    "additionalProperties": False,
}
REFUSED = {
    "type": "object",
    "properties": {"kind": {"const": "refused"}, "detail": {"type": "string"}},
    "required": ["kind", "detail"],
    "additionalProperties": False,
}
NOTICES: dict[str, tuple[str, dict[str, Any]]] = {
    "gap": ("The client was too slow, or away for too long: so many events it has missed (null: nobody knows).", GAP),
    "listening": ("What is heard from now on.", LISTENING),
    "refused": ("A wish that cannot be granted; what was heard before is heard still.", REFUSED),
}
ANSWERS = frozenset({"listening", "refused"})
"""What is said over a WebSocket alone."""


@cache
def described() -> tuple[dict[str, Any], dict[str, Any]]:
    """Every message and every schema, by their names."""
    schemas: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for name, kind in KINDS.items():
        schema = TypeAdapter(kind.data).json_schema(ref_template=REFS, mode="serialization")
        schemas |= {part: _closed(its) for part, its in schema.pop("$defs", {}).items()}
        schemas[kind.data.__name__] = _closed(schema)
        messages[name] = _of_kind(kind)
    messages |= {name: _message(name, summary, schema) for name, (summary, schema) in NOTICES.items()}
    return messages, schemas


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """An object of the fields that are described, and no others."""
    return {**schema, "additionalProperties": False} if schema.get("type") == "object" else schema


def _of_kind(kind: Kind) -> dict[str, Any]:
    summary = " ".join((kind.data.__doc__ or "").split())
    payload = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": r"^\d+-\d+$"},
            "kind": {"const": kind.name},
            "station": {"type": ["string", "null"]},
            "at": {"type": "string", "format": "date-time"},
            "data": {"$ref": REFS.format(model=kind.data.__name__)},
        },
        "required": ["id", "kind", "station", "at", "data"],
        "additionalProperties": False,
    }
    return {**_message(kind.name, summary, payload), "description": f"Needs the scope `{kind.scope}`."}


def _message(name: str, summary: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "title": name, "summary": summary, "contentType": "application/json", "payload": payload}


def _operation(action: str, channel: str, names: Any) -> dict[str, Any]:
    refs = [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "messages": refs}
