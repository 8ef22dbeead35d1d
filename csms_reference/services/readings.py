"""Meter values as a table to take away: which are wanted, in pages whose cost does not depend on how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from csms_reference.store.tables import meter_values, stations

SPAN = 20_000
"""Ids that are looked at in one go; of these, those that fit are a page."""

BEGINNING_MS, END_MS = -(2**63), 2**63 - 1
"""Of time, as a database has it."""

_AT = func.coalesce(meter_values.c.timestamp_ms, meter_values.c.received_ms)


@dataclass(frozen=True, slots=True)
class Choice:
    """Meter values from an instant on and before another, by the station's clock; where that cannot be read, by when
    they were received. ``owner``: of their stations alone."""

    from_ms: int
    to_ms: int
    station: str | None = None
    owner: str | None = None


def bounds(connection: Connection) -> tuple[int, int]:
    """Before the first and at the last id there is now."""
    low, high = connection.execute(select(func.min(meter_values.c.id), func.max(meter_values.c.id))).one()
    return (low or 1) - 1, high or 0


def page(connection: Connection, chosen: Choice, after: int) -> list[Row[Any]]:
    """Those among the next ``SPAN`` ids, in the order in which they arrived."""
    column = meter_values.c
    wanted = select(meter_values).where(column.id > after, column.id <= after + SPAN)
    wanted = wanted.where(chosen.from_ms <= _AT, chosen.to_ms > _AT).order_by(column.id)
    if chosen.station is not None:
        wanted = wanted.where(column.station == chosen.station)
    if chosen.owner is not None:
        wanted = wanted.where(column.station.in_(select(stations.c.station).where(stations.c.owner == chosen.owner)))
    return list(connection.execute(wanted))
