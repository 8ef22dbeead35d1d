"""Whose stations somebody may see: owners their own, operators every one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, select, true
from sqlalchemy import Connection as Database
from starlette.exceptions import HTTPException

from csms_reference.access.principal import Principal
from csms_reference.services import registration
from csms_reference.store.tables import stations


def own(who: Principal) -> ColumnElement[bool]:
    """Narrows stations to theirs."""
    return true() if who.owner is None else stations.c.owner == who.owner


def at_own(who: Principal, column: Any) -> ColumnElement[bool]:
    """Narrows rows that name a station in ``column`` to those of theirs."""
    if who.owner is None:
        return true()
    return column.in_(select(stations.c.station).where(stations.c.owner == who.owner))  # type: ignore[no-any-return]


def station_of(database: Database, who: Principal, station: str) -> Row[Any]:
    """A station's row. Raises HTTPException 404 where there is none, or it is somebody else's."""
    row = registration.find(database, station)
    if row is None or (who.owner is not None and row.owner != who.owner):
        raise HTTPException(404, f"There is no station {station!r}.")
    return row
