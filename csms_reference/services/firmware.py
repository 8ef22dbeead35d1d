"""Firmware images, and how updates of stations go (2.0.1 L01, L02; 1.6 §5.19 and security whitepaper)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from csms_reference.services.addresses import bare
from csms_reference.services.retention import ALL, Kept, due, trimming
from csms_reference.store.firmware_tables import firmware_images, firmware_statuses, firmware_updates
from csms_reference.store.prepared import Prepared, insert_or_change

ENDS = frozenset(
    {"Installed", "DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature"}
)  # fmt: skip
"""Statuses after which nothing more follows (FirmwareStatusEnumType)."""

TAKEN = ("Accepted", "AcceptedCanceled")


@dataclass(frozen=True, slots=True)
class Image:
    """A firmware image that stations can fetch, by the name of its file."""

    name: str
    size: int
    sha256: str
    md5: str
    version: str | None = None
    model: str | None = None
    signature: str | None = None
    certificate: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """An update as a station was asked for it, and what it answered."""

    request_id: int | None
    location: str
    signed: bool
    retrieve_ms: int | None
    install_ms: int | None
    answer: str


_IMAGE = [column.name for column in firmware_images.c if column.name != "id"]
_PUBLISH = Prepared(insert_or_change(firmware_images, *_IMAGE[1:], by=("name",)), _IMAGE)
_TRIM_STATUSES = trimming(firmware_statuses, "station")
_TRIM_UPDATES = trimming(firmware_updates, "station")

# -- images ---------------------------------------------------------------------------------------------------------


def publish(connection: Connection, image: Image, now_ms: int) -> None:
    """Note an image, in the place of one of the same name."""
    _PUBLISH(connection, {**asdict(image), "created_ms": now_ms})


def withdraw(connection: Connection, name: str) -> bool:
    """Forget an image. False if there is none."""
    return bool(connection.execute(delete(firmware_images).where(firmware_images.c.name == name)).rowcount)


def image(connection: Connection, name: str) -> Row[Any] | None:
    """An image by its name."""
    return connection.execute(select(firmware_images).where(firmware_images.c.name == name)).one_or_none()


def fetched(row: Row[Any], base: str, *, secure: bool) -> dict[str, str]:
    """Fields of update_firmware for an image below the URL ``base``; ``secure``: with its signature, if it has one."""
    located: dict[str, str] = {"location": f"{base}/firmware/{row.name}"}
    if secure and row.signature is not None:
        located |= {"signature": row.signature, "signing_certificate": row.certificate}
    return located


def images(connection: Connection, after: int, limit: int) -> list[Row[Any]]:
    """Images in the order in which they were first published."""
    chosen = select(firmware_images).where(firmware_images.c.id > after).order_by(firmware_images.c.id)
    return list(connection.execute(chosen.limit(limit)))


# -- updates --------------------------------------------------------------------------------------------------------


def asked(connection: Connection, station: str, what: Update, asked_ms: int, kept: Kept = ALL) -> None:
    """Note an update that a station was asked for. What it has said of it already counts."""
    values = {"station": station, **asdict(what), "location": bare(what.location), "asked_ms": asked_ms}
    (number,) = connection.execute(insert(firmware_updates), values).inserted_primary_key or (0,)
    table = firmware_statuses
    same = (table.c.station == station, _same(table.c.request_id, what.request_id), table.c.received_ms >= asked_ms)
    said = connection.execute(select(table).where(*same).order_by(table.c.id.desc()).limit(1)).first()
    if said is not None:  # it was quicker than we are
        change = update(firmware_updates).where(firmware_updates.c.id == number)
        connection.execute(change.values(status=said.status, status_ms=said.received_ms))
    if kept.notices and due(station, asked_ms, what.location):
        _TRIM_UPDATES(connection, {"the_station": station, "n": kept.notices})


def reported(
    connection: Connection, station: str, request_id: int | None, status: str, *, now_ms: int, kept: Kept = ALL
) -> None:
    """L01.FR.01, .10: note how an update goes; Idle says that there is none."""
    values = {"station": station, "request_id": request_id, "status": status, "received_ms": now_ms}
    connection.execute(insert(firmware_statuses), values)
    if status != "Idle":
        table = firmware_updates
        same = (table.c.station == station, _same(table.c.request_id, request_id), table.c.answer.in_(TAKEN))
        newest = select(table.c.id).where(*same).order_by(table.c.id.desc()).limit(1).scalar_subquery()
        connection.execute(update(table).where(table.c.id == newest).values(status=status, status_ms=now_ms))
    if kept.notices and due(station, now_ms, status):
        _TRIM_STATUSES(connection, {"the_station": station, "n": kept.notices})


def _same(column: Any, request_id: int | None) -> Any:
    return column.is_(None) if request_id is None else column == request_id


def updates(connection: Connection, station: str, after: int, limit: int) -> list[tuple[Row[Any], list[Row[Any]]]]:
    """A station's updates in their order, each with the statuses that came under its number since it was asked for."""
    table = firmware_updates
    chosen = select(table).where(table.c.station == station, table.c.id > after).order_by(table.c.id).limit(limit)
    return [(row, _history(connection, row)) for row in connection.execute(chosen)]


def _history(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    table, later = firmware_statuses, firmware_updates
    until = connection.execute(
        select(later.c.asked_ms)
        .where(later.c.station == row.station, _same(later.c.request_id, row.request_id), later.c.id > row.id)
        .order_by(later.c.id)
        .limit(1)
    ).scalar()
    same = [table.c.station == row.station, _same(table.c.request_id, row.request_id)]
    same.append(table.c.received_ms >= row.asked_ms)
    if until is not None:
        same.append(table.c.received_ms < until)
    return list(connection.execute(select(table).where(*same).order_by(table.c.id)))
