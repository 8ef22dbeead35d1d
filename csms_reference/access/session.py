"""Sessions of people at the console: a cookie that says nothing, and a row that says whose it is."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select
from starlette.requests import HTTPConnection
from starlette.responses import Response

from csms_reference.access.accounts import person
from csms_reference.access.login import Login
from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.access.revocation import revoke
from csms_reference.front import Front
from csms_reference.settings import Settings
from csms_reference.store.access_tables import sessions, users

LASTS_MS = 12 * 3600 * 1000
"""How long a session lasts, used or not."""


class Sessions:
    """The sessions of a CSMS; the same for all of its nodes. ``secret`` draws 256 bits."""

    def __init__(self, csms: Front, login: Login, secret: Callable[[], str]) -> None:
        self._csms = csms
        self._login = login
        self._secret = secret

    async def begin(self, username: str, password: str, address: str) -> str:
        """Log in: the cookie's value. Raises login.NotIn, StoreError."""
        who = await self._login.check(username, password, address)
        cookie, now_ms = self._secret(), self._csms.now_ms()

        def write(database: Connection) -> None:
            database.execute(delete(sessions).where(sessions.c.expires_ms <= now_ms))
            values = {"username": who, "created_ms": now_ms, "expires_ms": now_ms + LASTS_MS}
            database.execute(insert(sessions), {"session_hash": self._hash(cookie), **values})

        await self._csms.store.write(write)
        return cookie

    async def principal(self, cookie: str) -> Principal | None:
        """Whose session it is, with what they are allowed now; None when it is over. Raises StoreError."""
        chosen = (
            select(sessions.c.username.label("whose"), users)
            .select_from(sessions.outerjoin(users, sessions.c.username == users.c.username))
            .where(sessions.c.session_hash == self._hash(cookie), sessions.c.expires_ms > self._csms.now_ms())
        )
        row = await self._csms.store.glance(lambda database: database.execute(chosen).one_or_none())
        if row is None:
            return None
        if row.whose is None:
            return OPERATOR
        return person(row) if row.active else None

    async def end(self, cookie: str) -> None:
        """Log out, and end the streams that are open. Raises StoreError."""
        session = self._hash(cookie)

        def write(database: Connection) -> None:
            if database.execute(delete(sessions).where(sessions.c.session_hash == session)).rowcount:
                revoke(database, self._csms.now_ms(), session)

        await self._csms.store.write(write)

    def _hash(self, cookie: str) -> str:
        """Under the API key, so that another key ends every session."""
        key = (self._csms.settings.api_key or "").encode()
        return hmac.new(key, cookie.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def cookie_of(connection: HTTPConnection, settings: Settings) -> str | None:
    """The session's cookie, if there is one."""
    return connection.cookies.get(name_of(settings))


def set_cookie(response: Response, value: str, settings: Settings) -> None:
    """Give the browser its session. It is sent with what our own pages ask for, and no script reads it."""
    response.set_cookie(
        name_of(settings), value, LASTS_MS // 1000, httponly=True, samesite="strict", secure=_secure(settings)
    )


def drop_cookie(response: Response, settings: Settings) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(name_of(settings), httponly=True, samesite="strict", secure=_secure(settings))


def name_of(settings: Settings) -> str:
    """The cookie's name. Over HTTPS its prefix keeps neighbours and plain HTTP from setting it (RFC 6265bis §4.1.3)."""
    return "__Host-session" if _secure(settings) else f"session-{urlsplit(settings.api_base).port or 80}"


def _secure(settings: Settings) -> bool:
    return settings.api_base.startswith("https:")
