"""The HTTP API: charging sessions, and the meter readings of one, as CSV (RFC 4180)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection as Database
from sqlalchemy import Row, select

from csms_reference import sheet
from csms_reference.api.desk import Desk
from csms_reference.api.problems import errors, missing
from csms_reference.api.sessions import Name, Narrowed, Who
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import history
from csms_reference.services.history import Key, Session
from csms_reference.sheet import Cell
from csms_reference.store.tables import meter_values

ROWS = 500
"""In one page: memory holds no more."""

FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}

OF_SESSION = (
    *("session", "begun", "user", "station", "evse", "connector", "state", "why", "transaction_id"),
    *("asked", "began", "ended", "duration_s", "energy_wh", "cost", "currency", "tariff"),
)
OF_READING = ("timestamp", "received", "measurand", "context", "phase", "location", "unit", "value", "text")

T = TypeVar("T")
Rows = list[Sequence[Cell]]


def sheets(csms: Front, desk: Desk) -> APIRouter:
    """What can be taken away as a table."""
    router = desk(tags=["sessions"])

    @router.get("/sessions.csv", response_class=StreamingResponse, responses=FILE)
    async def export_sessions(who: Who, narrowed: Narrowed) -> StreamingResponse:
        """Sessions as a table, in the order of the list. Instants are RFC 3339 in UTC, cost is with VAT."""
        now_ms = csms.now_ms()

        async def page(after: Key | None) -> tuple[Rows, Key | None]:
            found = await csms.store.read(
                lambda database: history.page(database, who, narrowed, now_ms, ROWS, after=after)
            )
            return [_session(each, now_ms) for each in found], found[-1].key if len(found) == ROWS else None

        return await _file("sessions.csv", OF_SESSION, page)

    @router.get("/sessions/{session}/meter-values.csv", response_class=StreamingResponse, responses=FILE | errors(404))
    async def export_readings(session: Name, who: Who) -> StreamingResponse:
        """The meter readings of a session as a table, in the order in which they arrived."""
        now_ms = csms.now_ms()
        found = await csms.store.read(lambda database: history.find(database, who, session, now_ms))
        if found is None:
            raise missing(f"session {session!r}")
        table = meter_values.c

        async def page(after: int | None) -> tuple[Rows, int | None]:
            chosen = select(meter_values).where(
                table.station == found.station, table.transaction_id == found.transaction_id, table.id > (after or 0)
            )

            def read(database: Database) -> list[Row[Any]]:
                return list(database.execute(chosen.order_by(table.id).limit(ROWS)))

            rows = [] if found.transaction_id is None else await csms.store.read(read)
            return [_reading(row) for row in rows], rows[-1].id if len(rows) == ROWS else None

        return await _file("meter-values.csv", OF_READING, page)

    return router


async def _file(
    name: str, header: Sequence[str], page: Callable[[T | None], Awaitable[tuple[Rows, T | None]]]
) -> StreamingResponse:
    """A table, page by page. The first is there before the answer begins, so that a database which is away is 503;
    if it fails later, the answer breaks off, which chunked transfer lets the client see. Raises StoreError."""
    first, following = await page(None)

    async def parts() -> AsyncIterator[str]:
        yield sheet.lines([header, *first])
        after = following
        while after is not None:
            rows, after = await page(after)
            yield sheet.lines(rows)

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(parts(), media_type=sheet.MEDIA_TYPE, headers=headers)


def _session(found: Session, now_ms: int) -> Sequence[Cell]:
    lasts_ms = found.lasts_ms(now_ms)
    return (
        *(found.key.name, found.begun.value, found.user, found.station, found.evse, found.connector),
        *(found.state.value, found.why, found.transaction_id),
        *(show(found.asked_ms), show(found.began_ms), show(found.ended_ms)),
        None if lasts_ms is None else lasts_ms / 1000,
        *(found.energy_wh, None if found.cost is None else Decimal(found.cost), found.currency, found.tariff),
    )


def _reading(row: Row[Any]) -> Sequence[Cell]:
    return (
        *(show(row.timestamp_ms), show(row.received_ms), row.measurand, row.context, row.phase, row.location),
        *(row.unit, row.value, row.text),
    )
