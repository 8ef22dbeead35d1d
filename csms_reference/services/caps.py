"""Charging sessions with a limit: which of them have reached it, by energy or by cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from csms_reference.services import tariff
from csms_reference.services.sessions import REPEATED_WITHIN_MS
from csms_reference.store.session_tables import CAPPED
from csms_reference.store.session_tables import charging_sessions as table
from csms_reference.store.tables import transactions

AGAIN_MS = 60_000
"""A station that was told to end a session and has not is told again: it, or who told it, may have been gone."""


def any_capped(connection: Connection) -> bool:
    """Whether there is anything to look at."""
    return connection.execute(select(table.c.id).where(CAPPED).limit(1)).first() is not None


def reached(connection: Connection, now_ms: int, after: int, limit: int) -> tuple[list[Row[Any]], int]:
    """Of limited sessions with ids above ``after``, those to be stopped now, each by one node; and the last id looked
    at (0: all were). Those that are over are not looked at again."""
    column, t = table.c, transactions.c
    chosen = select(
        column.id, column.station, column.transaction_id, column.most_wh, column.most_cost, column.deadline_ms
    )
    chosen = chosen.add_columns(t.state, t.energy_wh, t.meter_start_wh, t.meter_stop_wh)
    joined = table.outerjoin(transactions, (t.station == column.station) & (t.transaction_id == column.transaction_id))
    chosen = chosen.select_from(joined).where(CAPPED, column.id > after).order_by(column.id).limit(limit)
    rows: list[Row[Any]] = list(connection.execute(chosen))
    over = [row.id for row in rows if _is_over(row, now_ms)]
    if over:
        connection.execute(update(table).where(column.id.in_(over)).values(capped=False))
    found = [row for row in rows if row.state == "Active" and _is_reached(connection, row, now_ms)]
    return [row for row in found if _mine(connection, row.id, now_ms)], rows[-1].id if len(rows) == limit else 0


def _is_over(row: Row[Any], now_ms: int) -> bool:
    """An end that was thought lost may still turn out not to be one, and a transaction may come late."""
    return bool(row.state == "Ended" or (row.state is None and row.deadline_ms < now_ms - REPEATED_WITHIN_MS))


def _is_reached(connection: Connection, row: Row[Any], now_ms: int) -> bool:
    if row.most_wh is not None and row.energy_wh is not None and row.energy_wh >= row.most_wh:
        return True
    if row.most_cost is None:
        return False
    cost = tariff.so_far(connection, dict(row._mapping), now_ms)  # noqa: SLF001 -- public all the same
    return cost is not None and cost >= Decimal(row.most_cost)


def _mine(connection: Connection, number: int, now_ms: int) -> bool:
    """Whether it is for us to stop it, and not for another node that is just doing so."""
    quiet = or_(table.c.stopped_ms.is_(None), table.c.stopped_ms <= now_ms - AGAIN_MS)
    return connection.execute(update(table).where(table.c.id == number, quiet).values(stopped_ms=now_ms)).rowcount > 0
