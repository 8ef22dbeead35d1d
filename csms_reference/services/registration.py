"""Which stations there are, and how far each is let in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from csms_reference.store.tables import stations


class Registration(StrEnum):
    """How far a station is let in (2.0.1 RegistrationStatusEnumType)."""

    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@dataclass(frozen=True, slots=True)
class Make:
    """What a station says it is when it boots."""

    vendor: str
    model: str
    serial: str | None = None
    firmware: str | None = None
    reason: str | None = None


_FIND = select(stations).where(stations.c.station == bindparam("s"))
_CHANGE = update(stations).where(stations.c.station == bindparam("s"))


def find(connection: Connection, station: str) -> Row[Any] | None:
    """A station's row."""
    return connection.execute(_FIND, {"s": station}).one_or_none()


def add(connection: Connection, station: str, *, registration: Registration, now_ms: int, **more: Any) -> None:
    """Register a new station. Raises IntegrityError if there is one of that name."""
    values = {"station": station, "registration": str(registration), "created_ms": now_ms, **more}
    connection.execute(insert(stations), values)


def change(connection: Connection, station: str, **values: Any) -> bool:
    """Change a station's columns; False if there is no such station."""
    return connection.execute(_CHANGE.values(values), {"s": station}).rowcount > 0


def standing_of(row: Any) -> Registration:
    """How far a station is let in before it boots again: as far as it was told, and not at all once it is rejected."""
    registration = Registration(row.registration)
    return registration if registration is Registration.REJECTED else Registration(row.told or registration)


def booted(connection: Connection, station: str, version: str, make: Make, now_ms: int) -> Registration:
    """B01.FR.02: note a boot and say how far the station is let in. Notes too what it is about to be told."""
    registration = connection.scalar(select(stations.c.registration).where(stations.c.station == station))
    told = Registration(registration) if registration else Registration.REJECTED
    change(
        connection,
        station,
        version=version,
        vendor=make.vendor,
        model=make.model,
        serial=make.serial,
        firmware=make.firmware,
        boot_reason=make.reason,
        told=told.value,
        last_boot_ms=now_ms,
        last_seen_ms=now_ms,
    )
    return told


def page(connection: Connection, after: str, limit: int) -> list[Row[Any]]:
    """Stations in the order of their names, those after ``after``."""
    chosen = select(stations).where(stations.c.station > after).order_by(stations.c.station).limit(limit)
    return list(connection.execute(chosen))
