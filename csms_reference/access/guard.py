"""Lets requests in, by what they prove and what they are allowed."""

from __future__ import annotations

import hmac
from typing import Annotated, Any, Protocol

from fastapi import Depends, HTTPException, WebSocketException
from starlette.requests import HTTPConnection

from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.access.scopes import Scope
from csms_reference.settings import Settings

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard(Protocol):
    """Tells who makes a request."""

    async def principal(self, authorization: str | None) -> Principal:
        """Who sent this ``Authorization`` header. Raises HTTPException 401."""


class KeyGuard:
    """Knows one key, and whoever has it may do everything. Without a key the API is open."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.api_key

    async def principal(self, authorization: str | None) -> Principal:
        given = (authorization or "").encode("utf-8", "surrogateescape")
        if self._key is not None and not hmac.compare_digest(given, f"Bearer {self._key}".encode()):
            raise HTTPException(401, "wrong or missing API key", {"WWW-Authenticate": "Bearer"})
        return OPERATOR


async def identified(connection: HTTPConnection) -> Principal:
    """Whoever makes this request, be it HTTP or a WebSocket. Raises HTTPException 401, WebSocketException 1008."""
    guard: Guard = connection.app.state.guard
    try:
        return await guard.principal(connection.headers.get("authorization"))
    except HTTPException as problem:
        if connection.scope["type"] == "websocket":
            raise WebSocketException(1008, str(problem.detail)) from problem
        raise


Identified = Annotated[Principal, Depends(identified)]


def needs(*scopes: Scope) -> Any:
    """A dependency: the principal, if it may do all of that. Raises HTTPException 401, 403."""

    async def allowed(who: Identified) -> Principal:
        return _with(who, *scopes)

    return Depends(allowed)


def guarded(read: Scope, write: Scope) -> Any:
    """A dependency for all endpoints of a router: GET needs ``read``, everything else ``write``."""

    async def allowed(who: Identified, connection: HTTPConnection) -> Principal:
        if connection.scope["type"] == "websocket":
            if not who.may(read):
                raise WebSocketException(1008, f"needs the scope {read}")
            return who
        return _with(who, read if connection.scope["method"] in READING else write)

    return Depends(allowed)


def _with(who: Principal, *scopes: Scope) -> Principal:
    if lacking := [scope for scope in scopes if not who.may(scope)]:
        challenge = f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'  # RFC 6750 §3.1
        raise HTTPException(403, f"needs the scope {lacking[0]}", {"WWW-Authenticate": challenge})
    return who
