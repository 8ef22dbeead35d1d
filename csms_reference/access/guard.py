"""Lets requests in, by what they prove and what they are allowed."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from fastapi import Depends, HTTPException, WebSocketException
from starlette.requests import HTTPConnection

from csms_reference.access.login import Login
from csms_reference.access.origin import is_foreign, is_own
from csms_reference.access.ownership import confine
from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.access.reach import note
from csms_reference.access.revocation import Revoked
from csms_reference.access.scopes import Scope
from csms_reference.access.session import Sessions, cookie_of
from csms_reference.settings import Settings
from csms_reference.store import Store

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

if TYPE_CHECKING:
    from csms_reference.operations.requests import Toll


class Guard(Protocol):
    """Tells who makes a request that comes without a session."""

    async def principal(self, connection: HTTPConnection) -> Principal:
        """Who that is. Raises HTTPException 401 with a challenge (RFC 6750 §3), 403; StoreError."""


class OpenGuard:
    """Lets everybody in who is on this machine, but no pages of other hosts in a browser there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def principal(self, connection: HTTPConnection) -> Principal:
        if is_foreign(connection, self._settings):
            raise HTTPException(403, "an open API takes no requests from pages of other hosts")
        return OPERATOR


class KeyGuard:
    """Knows one key, and whoever has it may do everything."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.api_key

    async def principal(self, connection: HTTPConnection) -> Principal:
        given = credentials(connection)
        if given is None or self._key is None or not hmac.compare_digest(_octets(given), _octets(self._key)):
            raise unproven("wrong or missing API key", given)
        return OPERATOR


@dataclass(frozen=True, slots=True)
class Access:
    """What an application has to know of who comes: it is ``app.state.access``."""

    settings: Settings
    store: Store
    guard: Guard
    sessions: Sessions
    login: Login
    revoked: Revoked


async def principal_of(connection: HTTPConnection) -> Principal:
    """Whoever makes this request, by its Authorization header or else its session.

    A session counts for what a page of ours asks for alone: browsers add its cookie to whatever any page asks for.
    Raises HTTPException 401, 403; StoreError.
    """
    access: Access = connection.app.state.access
    cookie = cookie_of(connection, access.settings)
    if cookie is not None and "authorization" not in connection.headers:
        who = await access.sessions.principal(cookie)
        if who is not None:
            if not _is_reading(connection) and not is_own(connection, access.settings):
                raise HTTPException(403, "a session counts for requests of the console's own pages alone")
            return who
    return await access.guard.principal(connection)


async def identified(connection: HTTPConnection) -> Principal:
    """As ``principal_of``, for HTTP and WebSockets. Raises HTTPException 401, 403, 429, WebSocketException 1008."""
    try:
        who = await principal_of(connection)
        toll: Toll | None = connection.scope.get("toll")
        if toll is not None:
            toll.proven(who.subject)
        connection.state.principal = who
        note(who, getattr(connection.app.state, "atlas", None))
        return who
    except HTTPException as problem:
        raise _as_told(problem, connection) from problem


Identified = Annotated[Principal, Depends(identified)]


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency: the principal, if it may do that, and there. Raises HTTPException 401, 403, 404 for what is
    another owner's, WebSocketException 1008."""

    read: Scope
    write: Scope

    async def __call__(self, who: Identified, connection: HTTPConnection) -> Principal:
        scope = self.scope(connection.scope.get("method", "GET"))
        try:
            if not who.may(scope):
                raise not_allowed(scope)
            if who.owner is not None:
                access: Access = connection.app.state.access
                await confine(who.owner, connection, access.store)
        except HTTPException as problem:
            raise _as_told(problem, connection) from problem
        return who

    def scope(self, method: str) -> Scope:
        """What a request with this method takes."""
        return self.read if method in READING else self.write


def guarded(read: Scope, write: Scope) -> Any:
    """A dependency for all endpoints of a router: GET needs ``read``, everything else ``write``."""
    return Depends(Needs(read, write))


def needs(scope: Scope) -> Any:
    """A dependency for an endpoint: whatever the method, it takes that scope."""
    return Depends(Needs(scope, scope))


def credentials(connection: HTTPConnection) -> str | None:
    """The bearer token of a request (RFC 6750 §2.1); None where it has no Authorization header.

    Empty for another scheme, and where there are two headers and nobody knows which is meant.
    """
    given = connection.headers.getlist("authorization")
    if not given:
        return None
    scheme, _, token = given[0].partition(" ")
    return token.strip(" ") if scheme.lower() == "bearer" and len(given) == 1 else ""


def unproven(why: str, given: str | None) -> HTTPException:
    """The refusal of who proves nothing. Who does not even try is told no error (RFC 6750 §3.1)."""
    challenge = "Bearer" if given is None else f'Bearer error="invalid_token", error_description="{why}"'
    return HTTPException(401, why, {"WWW-Authenticate": challenge})


def not_allowed(scope: Scope) -> HTTPException:
    """The refusal of who lacks a scope (RFC 6750 §3.1)."""
    challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
    return HTTPException(403, f"needs the scope {scope}", {"WWW-Authenticate": challenge})


def _as_told(problem: HTTPException, connection: HTTPConnection) -> Exception:
    """The refusal as a WebSocket tells it, where it is one."""
    return WebSocketException(1008, str(problem.detail)) if connection.scope["type"] == "websocket" else problem


def _is_reading(connection: HTTPConnection) -> bool:
    """Whether a request changes nothing, and other pages do not see its answer. A WebSocket's they would see."""
    return connection.scope["type"] == "http" and connection.scope["method"] in READING


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
