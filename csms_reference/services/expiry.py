"""What is kept for some days only: deleted oldest first and a little at a time, for others wait for the database too.

Age is counted from when something was received: a station's clock may be wrong. Tables are walked in the order of their
ids, which is about that of arrival, so that no index is needed which every message would pay for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, select

from csms_reference.store.alert_tables import alerts
from csms_reference.store.session_tables import charging_sessions
from csms_reference.store.tables import (
    meter_values,
    notices,
    orphans,
    status_history,
    transaction_events,
    transactions,
)
from csms_reference.store.tariff_tables import charges

ROWS = 500
"""Rows that are looked at in one go: some milliseconds."""

Page = Callable[[Connection, int, int], tuple[int, int]]
"""Deletes what was received before an instant, among some rows after an id. How many rows are gone, and the id to go on
after (0: the rest is younger)."""


def lines(table: Table) -> Page:
    """For a table whose rows stand alone."""
    received = func.coalesce(table.c.received_ms, table.c.timestamp_ms, 0)  # older versions kept the latter alone

    def page(connection: Connection, before_ms: int, after: int) -> tuple[int, int]:
        rows = _oldest(connection, (table.c.id, received.label("at_ms")), table, after)
        old = [row.id for row in rows if row.at_ms < before_ms]
        if old:
            connection.execute(delete(table).where(table.c.id.in_(old)))
        return len(old), _next(rows, before_ms)

    return page


def events(connection: Connection, before_ms: int, after: int) -> tuple[int, int]:
    """The messages of transactions that are over: of each all or none, or a repeated one would count as new."""
    table = transaction_events
    columns = (table.c.id, table.c.station, table.c.transaction_id, table.c.received_ms.label("at_ms"))
    rows = _oldest(connection, columns, table, after)
    gone = 0
    for station, number in sorted({(row.station, row.transaction_id) for row in rows if row.at_ms < before_ms}):
        if _over(connection, station, number, before_ms):
            gone += _of(connection, table, station, number)
    return gone, _next(rows, before_ms)


def ended(connection: Connection, before_ms: int, after: int) -> tuple[int, int]:
    """Transactions that are over, with all that belongs to them."""
    table = transactions
    columns = (table.c.id, table.c.station, table.c.transaction_id, table.c.received_ms.label("at_ms"))
    rows = _oldest(connection, columns, table, after, ROWS // 50)
    gone = 0
    for row in rows:
        if row.at_ms < before_ms and _over(connection, row.station, row.transaction_id, before_ms):
            for each in (transaction_events, meter_values, charges, charging_sessions, table):
                gone += _of(connection, each, row.station, row.transaction_id)
    return gone, _next(rows, before_ms)


def unbegun(connection: Connection, before_ms: int, after: int) -> tuple[int, int]:
    """Charging sessions whose transaction never came; the others go with theirs."""
    column = charging_sessions.c
    columns = (column.id, column.transaction_id, column.deadline_ms.label("at_ms"))
    rows = _oldest(connection, columns, charging_sessions, after)
    old = [row.id for row in rows if row.at_ms < before_ms and row.transaction_id is None]
    if old:
        gone = connection.execute(delete(charging_sessions).where(column.id.in_(old), column.transaction_id.is_(None)))
        return gone.rowcount, _next(rows, before_ms)
    return 0, _next(rows, before_ms)


def cleared(connection: Connection, before_ms: int, after: int) -> tuple[int, int]:
    """Alerts that are over; age is counted from their end."""
    old = select(alerts.c.id).where(alerts.c.cleared_ms < before_ms, alerts.c.state == "Cleared")
    rows = list(connection.scalars(old.where(alerts.c.id > after).order_by(alerts.c.id).limit(ROWS)))
    if rows:
        connection.execute(delete(alerts).where(alerts.c.id.in_(rows)))
    return len(rows), rows[-1] if len(rows) == ROWS else 0


KEPT_FOR: dict[str, tuple[Page, ...]] = {
    "meter_values_days": (lines(meter_values),),
    "transaction_events_days": (events,),
    "transactions_days": (ended, unbegun),
    "notices_days": (lines(notices), lines(orphans), lines(status_history)),
    "alerts_days": (cleared,),
}
"""The settings that say for how many days, and what they are about."""


def _oldest(connection: Connection, columns: Any, table: Table, after: int, most: int | None = None) -> list[Row[Any]]:
    return list(connection.execute(select(*columns).where(table.c.id > after).order_by(table.c.id).limit(most or ROWS)))


def _next(rows: list[Row[Any]], before_ms: int) -> int:
    """Where to go on: nowhere, once the rows are young."""
    return rows[-1].id if rows and any(row.at_ms < before_ms for row in rows) else 0


def _over(connection: Connection, station: str, number: str, before_ms: int) -> bool:
    """Whether a transaction is over. It is locked then: another process that has something new of it waits until it is
    gone, and keeps that as the first of it. One that has it in hand already is not waited for."""
    column = transactions.c
    last = func.coalesce(column.last_ms, column.received_ms)
    mine = (column.station == station, column.transaction_id == number)
    over = select(column.id).where(*mine, column.state != "Active", last < before_ms)
    return connection.scalar(over.with_for_update(skip_locked=True)) is not None


def _of(connection: Connection, table: Table, station: str, number: str) -> int:
    gone = delete(table).where(table.c.station == station, table.c.transaction_id == number)
    return connection.execute(gone).rowcount
