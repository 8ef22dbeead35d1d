"""Transaction ids for OCPP 1.6, where the CSMS has to give them out.

An id follows from what the StartTransaction says, so that the same message gets the same id whenever and however often
it arrives, and nobody can walk through the ids of others. See docs/decisions/004-transaction-ids-for-1.6.md.
"""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import Connection, bindparam, select

from csms_reference.services.retention import ALL, Kept, due, trimming
from csms_reference.store.prepared import Prepared
from csms_reference.store.tables import orphans, transactions

_SAME = Prepared(select(transactions.c.transaction_id).where(transactions.c.digest == bindparam("d")))
_TRIM_ORPHANS = trimming(orphans, "station")
_TAKEN = Prepared(select(transactions.c.id).where(transactions.c.transaction_id == bindparam("t")))


def content_digest(*content: object) -> str:
    """The fingerprint of a message's content."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def transaction_number(connection: Connection, digest: str, secret: bytes = b"") -> int:
    """The id (1 … 2³¹-1) of the transaction whose start has this digest: the one it has, or a new one."""
    known = _SAME(connection, {"d": digest}).scalar()
    if known is not None:
        return int(known)
    attempt = 0
    while True:
        number = candidate(digest, secret, attempt)
        if number and _TAKEN(connection, {"t": str(number)}).scalar() is None:
            return number
        attempt += 1


def candidate(digest: str, secret: bytes, attempt: int) -> int:
    """The id to try next: 31 bits of a keyed hash."""
    found = hashlib.blake2b(f"{digest}/{attempt}".encode(), key=secret[:64], digest_size=4).digest()
    return int.from_bytes(found, "big") >> 1


def owner(connection: Connection, transaction_id: str) -> str | None:
    """The station whose 1.6 transaction this is; None if nobody's."""
    chosen = select(transactions.c.station).where(transactions.c.transaction_id == transaction_id)
    return connection.scalar(chosen.where(transactions.c.version == "1.6"))


def keep_orphan(
    connection: Connection,
    *,
    station: str,
    transaction_id: str,
    why: str,
    payload: str,
    timestamp_ms: int | None,
    received_ms: int,
    kept: Kept = ALL,
) -> bool:
    """Keep a StopTransaction that belongs to no transaction of its station; False if it is kept already."""
    digest = content_digest(station, payload)
    same = select(orphans.c.id).where(orphans.c.station == station).where(orphans.c.digest == digest)
    if connection.scalar(same) is not None:
        return False
    values = {"station": station, "transaction_id": transaction_id, "why": why, "digest": digest, "payload": payload}
    connection.execute(orphans.insert(), {**values, "timestamp_ms": timestamp_ms, "received_ms": received_ms})
    if kept.orphans and due(station, received_ms, digest):
        _TRIM_ORPHANS(connection, {"the_station": station, "n": kept.orphans})
    return True
