"""What was issued: codes and refresh tokens, each of which counts once (RFC 9700 §2.1.1, §2.2.2)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from csms_reference.access import revocation
from csms_reference.access.accounts import digest
from csms_reference.store.access_tables import authorization_codes, refresh_tokens

CODE_LASTS_MS = 60_000
REFRESH_LASTS_MS = 30 * 24 * 3600 * 1000
"""How long a refresh token waits to be used."""

_KEYS = {authorization_codes: authorization_codes.c.code_hash, refresh_tokens: refresh_tokens.c.token_hash}


def keep(connection: Connection, kind: Table, secret: str, now_ms: int, **columns: Any) -> None:
    """Keep what was issued, and forget what nobody can use any more."""
    lasts_ms = CODE_LASTS_MS if kind is authorization_codes else REFRESH_LASTS_MS
    connection.execute(delete(kind).where(kind.c.expires_ms <= now_ms))
    values = {_KEYS[kind].name: digest(secret), "expires_ms": now_ms + lasts_ms, **columns}
    connection.execute(insert(kind).values(values))


def known(connection: Connection, kind: Table, secret: str, now_ms: int) -> Row[Any] | None:
    """What this is, used or not; None where it never was, or is too old."""
    chosen = select(kind).where(_KEYS[kind] == digest(secret), kind.c.expires_ms > now_ms)
    return connection.execute(chosen).one_or_none()


def use(connection: Connection, kind: Table, secret_hash: str, now_ms: int) -> None:
    """It has been used, and counts no more."""
    connection.execute(update(kind).where(_KEYS[kind] == secret_hash).values(used_ms=now_ms))


def revoke(connection: Connection, family: str, now_ms: int) -> None:
    """End everything that came of one login: whoever uses a thing twice is one of two who have it."""
    connection.execute(delete(refresh_tokens).where(refresh_tokens.c.family == family))
    revocation.revoke(connection, now_ms, family)
