"""Reservations from the CSMS's side: asked for, used, cancelled, expired or removed (2.0.1 block H; 1.6 §5.13)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select, update

from csms_reference.services.retention import ALL, Kept, due, trimming
from csms_reference.store.prepared import Prepared, insert_or_change
from csms_reference.store.reservation_tables import reservations
from csms_reference.store.tables import transactions

ACCEPTED, USED, EXPIRED, CANCELLED, REMOVED = "Accepted", "Used", "Expired", "Cancelled", "Removed"
"""The life of a reservation: the first while it stands, one of the others when it is over."""

STATUSES = (ACCEPTED, USED, EXPIRED, CANCELLED, REMOVED)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a station has promised. Without an EVSE: any, or any that has a connector of the type."""

    reservation_id: int
    id_token: str
    expires_ms: int
    evse: int | None = None
    connector_type: str | None = None
    group_id: str | None = None


_COLUMNS = [column.name for column in reservations.c if column.name != "id"]
_OTHERS = tuple(name for name in _COLUMNS if name not in ("station", "reservation_id"))
_PUT = Prepared(insert_or_change(reservations, *_OTHERS, by=("station", "reservation_id")), _COLUMNS)
_TRIM = trimming(reservations, "station")


def made(connection: Connection, station: str, promise: Reservation, asked_ms: int, kept: Kept = ALL) -> None:
    """The station has accepted it, in the place of one with the same id (H01.FR.02)."""
    blank = {"ended_ms": None, "transaction_id": None}
    _PUT(connection, {"station": station, **asdict(promise), "status": ACCEPTED, "asked_ms": asked_ms, **blank})
    began = and_(transactions.c.station == station, transactions.c.reservation_id == promise.reservation_id)
    chosen = select(transactions.c.transaction_id, transactions.c.received_ms).where(began)
    found = connection.execute(chosen.where(transactions.c.received_ms >= asked_ms)).first()
    if found is not None:  # its driver was quicker than we are
        used(connection, station, promise.reservation_id, found.transaction_id, found.received_ms)
    if kept.notices and due(station, asked_ms, str(promise.reservation_id)):
        _TRIM(connection, {"the_station": station, "n": kept.notices})


def used(connection: Connection, station: str, reservation_id: int, transaction_id: str, now_ms: int) -> None:
    """H01.FR.15: a transaction says that it uses a reservation; it says so even of one that we thought over."""
    values = {"status": USED, "transaction_id": transaction_id, "ended_ms": now_ms}
    where = (reservations.c.station == station, reservations.c.reservation_id == reservation_id)
    connection.execute(update(reservations).where(*where, reservations.c.transaction_id.is_(None)).values(values))


def over(connection: Connection, station: str, reservation_id: int, status: str, now_ms: int) -> bool:
    """It stands no more. False where it did not stand."""
    where = (reservations.c.station == station, reservations.c.reservation_id == reservation_id)
    ending = update(reservations).where(*where, reservations.c.status == ACCEPTED)
    return bool(connection.execute(ending.values(status=status, ended_ms=now_ms)).rowcount)


def status_of(row: Any, now_ms: int) -> str:
    """How a reservation stands: what is out of date has expired, whether or not the station can say so."""
    return EXPIRED if row.status == ACCEPTED and row.expires_ms <= now_ms else str(row.status)


def page(
    connection: Connection,
    *only: ColumnElement[bool],
    station: str | None,
    status: str | None,
    now_ms: int,
    after: int,
    limit: int,
) -> list[Row[Any]]:
    """Reservations in the order in which they were made, those after the id ``after``."""
    table = reservations
    wanted = [table.c.id > after, *only]
    if station is not None:
        wanted.append(table.c.station == station)
    stands = and_(table.c.status == ACCEPTED, table.c.expires_ms > now_ms)
    if status == ACCEPTED:
        wanted.append(stands)
    elif status == EXPIRED:
        wanted.append((table.c.status == EXPIRED) | (and_(table.c.status == ACCEPTED, table.c.expires_ms <= now_ms)))
    elif status is not None:
        wanted.append(table.c.status == status)
    return list(connection.execute(select(table).where(and_(*wanted)).order_by(table.c.id).limit(limit)))
