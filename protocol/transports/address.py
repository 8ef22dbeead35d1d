"""Where the station's identity stands in a connection URL (OCPP-J 1.6 and 2.1 part 4, §3.1.1)."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit

from protocol.link import Turned

IDENTITY_CHARS = 48
"""The longest identity of a station in 2.x (part 4 §3.1.1); OCPP-J 1.6 names no limit."""

PLACE = "{id}"
"""Stands for the identity in the path or the query of an endpoint URL."""

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def connection_url(endpoint: str, identity: str) -> str:
    """Put the percent-encoded identity where ``{id}`` stands in the path or the query of an OCPP-J endpoint URL.

    Without one it is appended to the path; a query string stays where it is.
    """
    parts, segment = urlsplit(endpoint), quote(identity, safe="")
    if not names_place(parts.path, parts.query):
        return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{segment}"))
    path = parts.path.replace(PLACE, segment) or "/"
    return urlunsplit(parts._replace(path=path, query=parts.query.replace(PLACE, segment)))


def names_place(path: str, query: str) -> bool:
    """Say whether an endpoint URL itself tells where the identity stands."""
    return PLACE in path or PLACE in query


def identity_in(target: str, *, prefix: str = "/", chars: int = IDENTITY_CHARS) -> str | Turned:
    """Return the identity in an HTTP request target: its last path segment, percent-decoded. A bad one is turned away.

    ``prefix`` is the path of the endpoint; what lies outside it is not found. With ``/`` every endpoint is ours.
    """
    path = re.split("[?#]", target, maxsplit=1)[0]
    if not path.startswith("/") or _BROKEN_ESCAPE.search(path):
        return Turned(400, "malformed path")
    folder, _, segment = path.rpartition("/")
    if not f"{folder}/".startswith(f"{prefix.rstrip('/')}/"):
        return Turned(404, "no OCPP endpoint here")
    try:
        identity = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        return Turned(400, "the identity is not UTF-8")
    return identity_fault(identity, chars=chars) or identity


def identity_fault(identity: str, *, chars: int = IDENTITY_CHARS) -> Turned | None:
    """Say how to turn away a station whose identity no CSMS can know, or None when it may be one."""
    if not identity:
        return Turned(404, "no identity in the path")
    if len(identity) > chars:
        return Turned(404, f"the identity has more than {chars} characters")
    if "/" in identity or not identity.isprintable() or identity in {".", ".."}:
        return Turned(400, "characters that no identity has")
    return None
