"""Tokens that were made for one charging session: good at its station, until it has begun, and while it runs."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from csms_reference.store.prepared import Prepared
from csms_reference.store.session_tables import charging_sessions
from csms_reference.store.tables import transactions

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 of Crockford: ids ignore case, and nobody reads I for 1 or O for 0."""

LENGTH = 20
"""Of an idTag in 1.6; so many of these letters are 100 bits."""

_LOWER = frozenset(LETTERS.lower())


class OneTime(NamedTuple):
    """A token of one session. ``good``: it may charge here, now, for this transaction."""

    session: int
    username: str | None
    good: bool


_SESSION = charging_sessions.c
_FIND = Prepared(
    select(
        _SESSION.id,
        _SESSION.username,
        _SESSION.station,
        _SESSION.deadline_ms,
        _SESSION.failed,
        _SESSION.transaction_id,
        transactions.c.state,
    )
    .select_from(
        charging_sessions.outerjoin(
            transactions,
            (transactions.c.station == _SESSION.station) & (transactions.c.transaction_id == _SESSION.transaction_id),
        )
    )
    .where(_SESSION.token_key == bindparam("key"), _SESSION.one_time == bindparam("one_time"))
)


def made_of(chance: bytes) -> str:
    """A token's id of random bytes, of which it takes the lowest 100 bits."""
    number = int.from_bytes(chance, "big")
    return "".join(LETTERS[number >> 5 * place & 31] for place in range(LENGTH))


def find(
    connection: Connection, key: str, station: str | None, transaction_id: str | None, now_ms: int
) -> OneTime | None:
    """The token of this key, if it is one of these. ``transaction_id``: what is about to begin with it, or None."""
    if len(key) != LENGTH or not _LOWER.issuperset(key):
        return None
    row = _FIND(connection, {"key": key, "one_time": True}).mapping()
    if row is None:
        return None
    if row["transaction_id"] is None:
        good = row["failed"] is None and now_ms < row["deadline_ms"]
    elif transaction_id is None:
        good = row["state"] == "Active"
    else:
        good = row["transaction_id"] == transaction_id
    return OneTime(row["id"], row["username"], good and station in (None, row["station"]))
