"""The keys that sign our access tokens. The database keeps them, so that all nodes sign and check alike."""

from __future__ import annotations

import json

from joserfc.jwk import ECKey
from sqlalchemy import Connection, delete, insert, select

from csms_reference.store.access_tables import signing_keys

ALGORITHM = "ES256"
LASTS_MS = 90 * 24 * 3600 * 1000
"""How long a key signs; then another one does."""

REMAINS_MS = 3600 * 1000
"""How long a key is told of after it has signed last: longer than what it signed."""


def signing(connection: Connection, now_ms: int) -> ECKey:
    """The key that signs now, made where there is none or the last one is old."""
    rows = connection.execute(select(signing_keys).order_by(signing_keys.c.created_ms.desc(), signing_keys.c.kid))
    newest = rows.first()
    if newest is None or newest.created_ms + LASTS_MS <= now_ms:
        return rotate(connection, now_ms)
    return _read(newest.private_key)


def rotate(connection: Connection, now_ms: int, *, at_once: bool = False) -> ECKey:
    """Make another key sign from now on. ``at_once``: the others count for nothing any more, nor what they signed."""
    outlived = delete(signing_keys)
    if not at_once:
        outlived = outlived.where(signing_keys.c.created_ms <= now_ms - LASTS_MS - REMAINS_MS)
    connection.execute(outlived)
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    private = json.dumps(key.as_dict(private=True))
    connection.execute(insert(signing_keys), {"kid": key.kid, "private_key": private, "created_ms": now_ms})
    return key


def published(connection: Connection) -> dict[str, ECKey]:
    """The public keys by their ids: those that count."""
    rows = connection.execute(select(signing_keys.c.private_key).order_by(signing_keys.c.created_ms)).scalars()
    return {str(key.kid): key for key in (_public(_read(row)) for row in rows)}


def _read(private: str) -> ECKey:
    return ECKey.import_key(json.loads(private))


def _public(key: ECKey) -> ECKey:
    return ECKey.import_key(key.as_dict(private=False))
