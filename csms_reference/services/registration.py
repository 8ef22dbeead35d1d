"""Which stations there are, and how far each is let in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, or_, select, update

from csms_reference.store.command_tables import commands
from csms_reference.store.prepared import Prepared, insert_new
from csms_reference.store.tables import stations
from csms_reference.store.tariff_tables import tariff_assignments


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


class Known(NamedTuple):
    """What decides whether and how far a station is let in."""

    registration: str
    told: str | None
    password_hash: str | None
    security_profile: int | None
    serial: str | None = None
    admits_expired: bool | None = None
    intended_hash: str | None = None

    @property
    def standing(self) -> Registration:
        """How far it is let in before it boots again: as it was told, and not at all once it is rejected."""
        return standing_of(self)


_THIS = stations.c.station == bindparam("s")
_FIND = select(stations).where(_THIS)
_CHANGE = update(stations).where(_THIS)
_KNOWN = Prepared(select(*(stations.c[name] for name in Known._fields)).where(_THIS))
_TAKE_IN = Prepared(insert_new(stations), ("station", "registration", "created_ms"))
_SEEN = Prepared(
    update(stations)
    .where(_THIS, func.coalesce(stations.c.last_seen_ms, 0) < bindparam("at_ms"))
    .values(last_seen_ms=bindparam("at_ms"))
)
_TOLD = Prepared(select(stations.c.told).where(_THIS))
_BOOTED = Prepared(
    update(stations)
    .where(_THIS)
    .values(
        **{name: bindparam(f"new_{name}") for name in ("version", "vendor", "model", "serial", "firmware")},
        boot_reason=bindparam("reason"),
        told=stations.c.registration,
        last_boot_ms=bindparam("at_ms"),
        last_seen_ms=bindparam("at_ms"),
    )
)


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


def rekeyed(connection: Connection, station: str, hashed: str) -> None:
    """A station has the password that it was given: no other one counts any more (A01.FR.03)."""
    change(connection, station, password_hash=hashed)
    not_rekeyed(connection, station, hashed)


def not_rekeyed(connection: Connection, station: str, hashed: str) -> None:
    """A station has not taken the password that it was given, or it is the one that counts: it is intended no more."""
    connection.execute(_CHANGE.where(stations.c.intended_hash == hashed).values(intended_hash=None), {"s": station})


def standing_of(row: Any) -> Registration:
    """How far a station is let in before it boots again: as far as it was told, and not at all once it is rejected."""
    registration = Registration(row.registration)
    return registration if registration is Registration.REJECTED else Registration(row.told or registration)


def known(connection: Connection, station: str) -> Known | None:
    """What decides about a station that knocks; None if nobody registered it."""
    row = _KNOWN(connection, {"s": station}).row()
    return None if row is None else Known(*row)


def take_in(connection: Connection, station: str, registration: Registration, now_ms: int) -> Known | None:
    """Register a station that nobody registered; what is known of it, also where it was registered meanwhile."""
    values = {"station": station, "registration": registration.value, "created_ms": now_ms}
    if _TAKE_IN(connection, values).rowcount > 0:
        return Known(registration.value, None, None, None)
    return known(connection, station)


def seen(connection: Connection, station: str, at_ms: int) -> None:
    """Note when a station was last heard of, unless it was heard of since."""
    _SEEN(connection, {"s": station, "at_ms": at_ms})


def booted(
    connection: Connection, station: str, version: str, make: Make, now_ms: int, *, pending: bool = False
) -> Registration:
    """B01.FR.02: note a boot and say how far the station is let in. Notes too what it is about to be told.

    ``pending``: not further than that, whatever its registration.
    """
    said = {
        "new_version": version,
        "new_vendor": make.vendor,
        "new_model": make.model,
        "new_serial": make.serial,
        "new_firmware": make.firmware,
        "reason": make.reason,
    }
    _BOOTED(connection, {"s": station, "at_ms": now_ms, **said})
    told = _TOLD(connection, {"s": station}).scalar()
    if pending and told == Registration.ACCEPTED:
        change(connection, station, told=str(Registration.PENDING))
        return Registration.PENDING
    return Registration(told) if told else Registration.REJECTED


TOLD = ("station", "vendor", "model", "serial")
"""Columns in which a text is looked for."""


def page(connection: Connection, after: str, limit: int, *, text: str | None = None, **where: Any) -> list[Row[Any]]:
    """Stations in the order of their names, those after ``after``. ``where``: columns that are to be so (None: any);
    ``text``: a part of what they are called, whatever its case."""
    chosen = select(stations).where(stations.c.station > after).order_by(stations.c.station).limit(limit)
    for name, value in where.items():
        if value is not None:
            chosen = chosen.where(stations.c[name] == value)
    if text is not None:
        chosen = chosen.where(or_(*(stations.c[name].icontains(text, autoescape=True) for name in TOLD)))
    return list(connection.execute(chosen))


LASTING = frozenset(
    {"transactions", "transaction_events", "meter_values", "orphans", "charges", "charging_sessions"}
    | {"certificates", "uploads"}
)
"""Tables of what outlasts its station: it has been charged for, has to stay revocable, or is a file that has come."""


def remove(connection: Connection, station: str) -> bool:
    """Forget a station and all that belongs to it, but for commands that are under way; False if there is none."""
    if find(connection, station) is None:
        return False
    for table in reversed(stations.metadata.sorted_tables):
        if "station" in table.c and table.name not in LASTING:
            over = () if table is not commands else (commands.c.ended_ms.is_not(None),)
            connection.execute(delete(table).where(table.c.station == station, *over))
    mine = tariff_assignments.c.kind == "station", tariff_assignments.c.who == station
    connection.execute(delete(tariff_assignments).where(*mine))
    return True
