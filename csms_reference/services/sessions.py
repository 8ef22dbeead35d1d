"""Charging sessions that somebody asks for: kept before their stations are asked, and tied to what comes of it.

A transaction is tied to the session whose number it names as its remoteStartId (2.x), whose one-time token it began
with, or, in 1.6, whose token it began with in time. That is one statement, at starts which can be meant alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select, update

from csms_reference.services import authorization, devicemodel
from csms_reference.services.authorization import Verdict
from csms_reference.services.fold import TransactionEvent
from csms_reference.store.prepared import Prepared
from csms_reference.store.session_tables import charging_sessions as table
from csms_reference.store.tables import stations, transactions

REPEATED_WITHIN_MS = 24 * 3600 * 1000
"""So long an Idempotency-Key stands for the same session."""

CONNECTS_WITHIN_S = 300
"""For stations that have not told how long they wait for the EV: longer than any that is shipped waits."""

CONNECTS_MOST_S = 3600

GRACE_MS = 60_000
"""For the messages on the way, and for a station that counts from when it has answered."""

TIMED_OUT = "no transaction"
"""Why a session has failed of which nothing was heard by its deadline."""


class Begun(StrEnum):
    """How a session was begun."""

    APP = "App"
    CARD = "Card"
    GUEST = "Guest"
    OTHER = "Other"


class AnotherSession(Exception):
    """An idempotency key came again with another request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A session that somebody asks for. ``digest`` is the same for the same request and no other."""

    station: str
    evse: int | None
    begun: Begun
    username: str | None
    client: str
    id_token: str
    one_time: bool
    digest: str
    key: str | None = None
    key_hash: str | None = None
    idempotency_key: str | None = None
    most_wh: float | None = None
    most_cost: str | None = None


def known(connection: Connection, client: str, key: str | None, digest: str, now_ms: int) -> Row[Any] | None:
    """The session that a client has asked for under this idempotency key. Raises AnotherSession."""
    if key is None:
        return None
    mine = table.c.client == client, table.c.idempotency_key == key
    row = connection.execute(select(table).where(*mine)).one_or_none()
    if row is None or row.asked_ms > now_ms - REPEATED_WITHIN_MS:
        if row is not None and row.digest != digest:
            raise AnotherSession(f"{key!r} stands for another session")
        return row
    connection.execute(update(table).where(table.c.id == row.id).values(idempotency_key=None))
    return None


def take(connection: Connection, wanted: Request, now_ms: int) -> Row[Any]:
    """Keep a session that is asked for."""
    fields = {name: getattr(wanted, name) for name in Request.__slots__}
    fields |= {
        "begun": wanted.begun.value,
        "token_key": authorization.key(wanted.id_token),
        "place": connection.scalar(select(func.coalesce(func.max(transactions.c.id), 0))),
        "capped": wanted.most_wh is not None or wanted.most_cost is not None,
        "asked_ms": now_ms,
        "deadline_ms": now_ms + 1000 * connects_within_s(connection, wanted.station) + GRACE_MS,
    }
    return connection.execute(insert(table).values(fields).returning(table)).one()


def connects_within_s(connection: Connection, station: str) -> int:
    """How long a station that was told to begin waits for the EV, where it has told (2.x EVConnectionTimeOut, 1.6
    ConnectionTimeOut)."""
    if connection.scalar(select(stations.c.version).where(stations.c.station == station)) == "1.6":
        value = devicemodel.keys_of(connection, station, "ConnectionTimeOut").get("ConnectionTimeOut")
    else:
        value = devicemodel.value_of(connection, station, "TxCtrlr", "EVConnectionTimeOut")
    return min(int(value), CONNECTS_MOST_S) if value is not None and value.isdecimal() else CONNECTS_WITHIN_S


def waits(connection: Connection, station: str, evse: int | None, now_ms: int) -> bool:
    """Whether somebody has asked for this place already, and the transaction may still come."""
    column = table.c
    mine = column.station == station, column.evse.is_(None) if evse is None else column.evse == evse
    open_ = column.transaction_id.is_(None), column.failed.is_(None), column.deadline_ms > now_ms
    return connection.execute(select(column.id).where(*mine, *open_).limit(1)).first() is not None


def get(connection: Connection, number: int) -> Row[Any]:
    """One that there is."""
    return connection.execute(select(table).where(table.c.id == number)).one()


def of_key(connection: Connection, key_hash: str) -> Row[Any] | None:
    """The session that a guest's key opens."""
    return connection.execute(select(table).where(table.c.key_hash == key_hash)).one_or_none()


def sent(connection: Connection, number: int, command: int) -> Row[Any]:
    """Note the last command to the station for its sake; the session."""
    connection.execute(update(table).where(table.c.id == number).values(command=command))
    return get(connection, number)


def failed(connection: Connection, number: int, why: str) -> None:
    """Its station has not agreed to begin, or was not reached."""
    mine = table.c.id == number, table.c.transaction_id.is_(None), table.c.failed.is_(None)
    connection.execute(update(table).where(*mine).values(failed=why[:64]))


_TAKEN = table.alias("taken")
_IS_FREE = ~exists(select(1).where(_TAKEN.c.station == bindparam("s"), _TAKEN.c.transaction_id == bindparam("t")))
_TIE = Prepared(
    update(table)
    .where(table.c.id == bindparam("n"), table.c.station == bindparam("s"), table.c.transaction_id.is_(None), _IS_FREE)
    .values(transaction_id=bindparam("new_t"))
)
"""A transaction belongs to one session at most, and a session has one transaction."""

_WAITING = Prepared(
    select(table.c.id)
    .where(table.c.token_key == bindparam("key"), table.c.station == bindparam("s"))
    .where(table.c.transaction_id.is_(None), table.c.failed.is_(None))
    .where(table.c.evse.is_(None) | (table.c.evse == bindparam("e")))
    .where(table.c.asked_ms <= bindparam("at_ms"), table.c.deadline_ms >= bindparam("at_ms"))
    .order_by(table.c.id.desc())
    .limit(1)
)
_OF_NUMBER = select(table.c.id).where(table.c.id == bindparam("n"), table.c.asked_ms > bindparam("since"))
_NAMED = Prepared(_OF_NUMBER)
_NAMED_WITH = Prepared(_OF_NUMBER.where(table.c.token_key == bindparam("key")))


def began(connection: Connection, event: TransactionEvent, verdict: Verdict | None) -> Row[Any] | None:
    """Tie the transaction of an event to the session that it is of; the session, if this was what tied them."""
    number = None if verdict is None else verdict.session
    if number is None and event.remote_start_id is not None:
        number = _named(connection, event)
    if number is None and event.version == "1.6" and event.id_token is not None:
        waiting = {"key": authorization.key(event.id_token), "s": event.station, "e": event.evse}
        number = _WAITING(connection, {**waiting, "at_ms": event.received_ms}).scalar()
    if number is None:
        return None
    which = {"n": number, "s": event.station, "t": event.transaction_id}
    return get(connection, number) if _TIE(connection, {**which, "new_t": event.transaction_id}).rowcount > 0 else None


def _named(connection: Connection, event: TransactionEvent) -> int | None:
    """The session that a remoteStartId names: others number their orders too, so that the token has to be the same."""
    which: dict[str, Any] = {"n": event.remote_start_id, "since": event.received_ms - REPEATED_WITHIN_MS}
    if event.id_token is None:
        found: int | None = _NAMED(connection, which).scalar()
    else:
        found = _NAMED_WITH(connection, {**which, "key": authorization.key(event.id_token)}).scalar()
    return found
