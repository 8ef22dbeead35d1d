"""What operators have ordered of stations: transactions to begin, and which places are to be open (blocks F and G)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from csms_reference.services import authorization
from csms_reference.services.retention import ALL, Kept, due, trimming
from csms_reference.store.prepared import Prepared, insert_or_change
from csms_reference.store.reservation_tables import availability_orders, remote_starts
from csms_reference.store.tables import transactions

_START = [column.name for column in remote_starts.c if column.name != "id"]
_STARTED = Prepared(
    insert_or_change(
        remote_starts, *(name for name in _START if name not in ("station", "remote_start_id")),
        by=("station", "remote_start_id"),
    ),
    _START,
)  # fmt: skip
_OPENED = Prepared(
    insert_or_change(availability_orders, "operative", "answer", "asked_ms"), availability_orders.c.keys()
)
_TRIM = trimming(remote_starts, "station")
_ORDERS = remote_starts
_WAITING = Prepared(
    select(_ORDERS.c.id)
    .where(_ORDERS.c.station == bindparam("s"), _ORDERS.c.token_key == bindparam("t"))
    .where(_ORDERS.c.remote_start_id.is_(None), _ORDERS.c.transaction_id.is_(None))
    .where(_ORDERS.c.evse.is_(None) | (_ORDERS.c.evse == bindparam("e")))
    .where(_ORDERS.c.asked_ms >= bindparam("since"))
    .order_by(_ORDERS.c.id.desc())
    .limit(1)
)
"""1.6: the youngest order that waits for a transaction; asked at every start of one."""


def remote_start(
    connection: Connection,
    station: str,
    *,
    remote_start_id: int | None,
    evse: int | None,
    id_token: str,
    asked_ms: int,
    kept: Kept = ALL,
) -> None:
    """F01, F02: a station has agreed to begin. ``remote_start_id`` None: OCPP 1.6."""
    row = {"station": station, "remote_start_id": remote_start_id, "evse": evse, "id_token": id_token}
    _STARTED(
        connection, {**row, "token_key": authorization.key(id_token), "asked_ms": asked_ms, "transaction_id": None}
    )
    if remote_start_id is not None:  # the transaction may have been quicker than we are
        began = (transactions.c.station == station, transactions.c.remote_start_id == remote_start_id)
        chosen = select(transactions.c.transaction_id).where(*began, transactions.c.received_ms >= asked_ms)
        if (found := connection.execute(chosen).scalar()) is not None:
            began_as_ordered(connection, station, remote_start_id, found)
    if kept.notices and due(station, asked_ms, id_token):
        _TRIM(connection, {"the_station": station, "n": kept.notices})


def began_as_ordered(connection: Connection, station: str, remote_start_id: int, transaction_id: str) -> None:
    """F01.FR.25, F02.FR.01: a transaction says which order it follows."""
    where = (remote_starts.c.station == station, remote_starts.c.remote_start_id == remote_start_id)
    unlinked = update(remote_starts).where(*where, remote_starts.c.transaction_id.is_(None))
    connection.execute(unlinked.values(transaction_id=transaction_id))


def began(
    connection: Connection, station: str, *, evse: int, id_token: str, transaction_id: str, since_ms: int
) -> None:
    """1.6: a transaction of this token belongs to the youngest order since ``since_ms`` that waits for one there."""
    found = _WAITING(
        connection, {"s": station, "t": authorization.key(id_token), "e": evse, "since": since_ms}
    ).scalar()
    if found is not None:
        connection.execute(update(_ORDERS).where(_ORDERS.c.id == found).values(transaction_id=transaction_id))


def availability(
    connection: Connection, station: str, evse: int, connector: int, *, operative: bool, answer: str, asked_ms: int
) -> None:
    """G03, G04: what was asked for a place last, and whether it is so or will be. 0 stands for all of them."""
    where = {"station": station, "evse": evse, "connector": connector}
    _OPENED(connection, {**where, "operative": operative, "answer": answer, "asked_ms": asked_ms})


def starts_of(connection: Connection, station: str, after: int, limit: int) -> list[Row[Any]]:
    """The remote starts of a station in their order, those after the id ``after``."""
    chosen = select(remote_starts).where(remote_starts.c.station == station, remote_starts.c.id > after)
    return list(connection.execute(chosen.order_by(remote_starts.c.id).limit(limit)))


def availability_of(connection: Connection, station: str) -> list[Row[Any]]:
    """What was asked for the places of a station."""
    table = availability_orders
    chosen = select(table).where(table.c.station == station).order_by(table.c.evse, table.c.connector)
    return list(connection.execute(chosen))
