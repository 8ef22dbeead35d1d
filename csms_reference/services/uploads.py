"""Addresses to which a station may upload one file, once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from csms_reference.store.firmware_tables import uploads


def offer(
    connection: Connection, address: str, *, station: str | None, most_bytes: int, now_ms: int, expires_ms: int
) -> int:
    """Make an address; returns its number."""
    values = {
        "address": address,
        "station": station,
        "most_bytes": most_bytes,
        "created_ms": now_ms,
        "expires_ms": expires_ms,
        "attempts": 0,
    }
    (number,) = connection.execute(insert(uploads), values).inserted_primary_key or (0,)
    return int(number)


def find(connection: Connection, address: str) -> Row[Any] | None:
    """An address, whether or not it can still be used."""
    return connection.execute(select(uploads).where(uploads.c.address == address)).one_or_none()


def attempted(connection: Connection, number: int) -> None:
    """Somebody begins to send to it."""
    connection.execute(update(uploads).where(uploads.c.id == number).values(attempts=uploads.c.attempts + 1))


def received(connection: Connection, number: int, *, name: str | None, size: int, sha256: str, now_ms: int) -> bool:
    """A file has come whole. False if one had before."""
    free = update(uploads).where(uploads.c.id == number, uploads.c.received_ms.is_(None))
    return bool(connection.execute(free.values(received_ms=now_ms, name=name, size=size, sha256=sha256)).rowcount)


def page(connection: Connection, station: str | None, after: int, limit: int) -> list[Row[Any]]:
    """Addresses in their order, of one station or of all."""
    chosen = select(uploads).where(uploads.c.id > after).order_by(uploads.c.id).limit(limit)
    return list(connection.execute(chosen if station is None else chosen.where(uploads.c.station == station)))
