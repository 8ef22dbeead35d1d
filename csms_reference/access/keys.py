"""The keys that sign our access tokens. The database keeps them, so that all nodes sign and check alike."""

from __future__ import annotations

import json
from typing import Any

from joserfc.jwk import ECKey
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, update

from csms_reference.access.revocation import revoke
from csms_reference.store.access_tables import signing_keys

ALGORITHM = "ES256"
LASTS_MS = 90 * 24 * 3600 * 1000
"""How long a key signs; then another one does."""

REMAINS_MS = 3600 * 1000
"""How long a key is told of after it has signed last: longer than what it signed."""


def signing(connection: Connection, now_ms: int) -> ECKey:
    """The key that signs now, made where there is none or the last one is old."""
    lasting = select(signing_keys).where(signing_keys.c.ends_ms.is_(None))
    newest = connection.execute(lasting.order_by(signing_keys.c.created_ms.desc(), signing_keys.c.kid)).first()
    if newest is None or newest.created_ms + LASTS_MS <= now_ms:
        return rotate(connection, now_ms)
    return _read(newest.private_key)


def rotate(connection: Connection, now_ms: int, *, grace_ms: int | None = None) -> ECKey:
    """Make another key sign from now on.

    ``grace_ms`` later the others count for nothing, nor what they signed; without it they outlive what they signed.
    """
    outlived = signing_keys.c.created_ms <= now_ms - LASTS_MS - REMAINS_MS
    connection.execute(delete(signing_keys).where(or_(outlived, signing_keys.c.ends_ms <= now_ms)))
    if grace_ms is not None:
        ends_ms = now_ms + grace_ms
        later = or_(signing_keys.c.ends_ms.is_(None), signing_keys.c.ends_ms > ends_ms)
        shortened = update(signing_keys).where(later).values(ends_ms=ends_ms).returning(signing_keys.c.kid)
        revoke(connection, now_ms, *connection.execute(shortened).scalars(), since_ms=ends_ms)
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    private = json.dumps(key.as_dict(private=True))
    connection.execute(insert(signing_keys), {"kid": key.kid, "private_key": private, "created_ms": now_ms})
    return key


def kept(connection: Connection, now_ms: int) -> list[Row[Any]]:
    """The keys that count, without what is secret of them."""
    columns = (signing_keys.c.kid, signing_keys.c.created_ms, signing_keys.c.ends_ms)
    return list(connection.execute(select(*columns).where(_counts(now_ms))))


def published(connection: Connection, now_ms: int) -> dict[str, ECKey]:
    """The public keys by their ids: those that count."""
    chosen = select(signing_keys.c.private_key).where(_counts(now_ms)).order_by(signing_keys.c.created_ms)
    rows = connection.execute(chosen).scalars()
    return {str(key.kid): key for key in (_public(_read(row)) for row in rows)}


def _counts(now_ms: int) -> ColumnElement[bool]:
    return or_(signing_keys.c.ends_ms.is_(None), signing_keys.c.ends_ms > now_ms)


def _read(private: str) -> ECKey:
    return ECKey.import_key(json.loads(private))


def _public(key: ECKey) -> ECKey:
    return ECKey.import_key(key.as_dict(private=False))
