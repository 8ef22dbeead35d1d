"""The state of connectors, and notices: what stations report without asking for anything."""

from __future__ import annotations

import logging
import zlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, bindparam, delete, func, insert, select, update

from csms_reference.services import metering
from csms_reference.store.prepared import Prepared, insert_or_change
from csms_reference.store.tables import connectors, notices, status_history

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    """What a StatusNotification says. EVSE 0, connector 0 is the station as a whole."""

    evse: int
    connector: int
    status: str
    timestamp_ms: int | None
    error_code: str | None = None
    info: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept of each station: old lines give way to new ones, new connectors to known ones. 0: all."""

    history: int = 0
    notices: int = 0
    connectors: int = 0


ALL = Kept()
TRIMMED_EVERY = 32
"""Of so many lines, one brings its station's table back to size: it may hold a little more in between."""

_STATE = ("status", "error_code", "since_ms", "received_ms")
_HERE = connectors.c.station == bindparam("s")
_CHANGE = Prepared(
    update(connectors)
    .where(_HERE)
    .where(connectors.c.evse == bindparam("e"))
    .where(connectors.c.connector == bindparam("c"))
    .values({name: bindparam(name) for name in _STATE})
)
_COUNT = Prepared(select(func.count()).where(_HERE))
_ADD = Prepared(insert_or_change(connectors, *_STATE), connectors.c.keys())
_HISTORY = Prepared(insert(status_history), [column.name for column in status_history.c if column.name != "id"])
_NOTICE = Prepared(insert(notices), [column.name for column in notices.c if column.name != "id"])


def _trim(table: Table, *same: str) -> Prepared:
    """DELETE of what is older than the last n lines of the same station (and kind)."""
    whose = and_(*(table.c[name] == bindparam(f"the_{name}") for name in same))
    oldest_kept = select(table.c.id).where(whose).order_by(table.c.id.desc()).offset(bindparam("n")).limit(1)
    return Prepared(delete(table).where(whose).where(table.c.id <= oldest_kept.scalar_subquery()))


_TRIM_HISTORY = _trim(status_history, "station")
_TRIM_NOTICES = _trim(notices, "station", "kind")


def changed(connection: Connection, station: str, news: ConnectorStatus, received_ms: int, kept: Kept = ALL) -> None:
    """Note a connector's state: the last that arrived counts; the history tells of those before."""
    now = {
        "status": news.status,
        "error_code": news.error_code,
        "since_ms": news.timestamp_ms,
        "received_ms": received_ms,
    }
    if not _CHANGE(connection, {"s": station, "e": news.evse, "c": news.connector, **now}).rowcount:
        _add(connection, {"station": station, "evse": news.evse, "connector": news.connector, **now}, kept.connectors)
    _HISTORY(
        connection,
        {
            "station": station,
            "evse": news.evse,
            "connector": news.connector,
            "status": news.status,
            "error_code": news.error_code,
            "info": news.info,
            "timestamp_ms": news.timestamp_ms,
            "received_ms": received_ms,
        },
    )
    if kept.history and _due(station, received_ms, news.status):
        _TRIM_HISTORY(connection, {"the_station": station, "n": kept.history})


def _add(connection: Connection, row: dict[str, Any], most: int) -> None:
    """A connector never heard of. One too many stands in the history alone: no station has that many."""
    if most and _COUNT(connection, {"s": row["station"]}).scalar() >= most:
        log.warning("%s tells of more than %d connectors", row["station"], most)
        return
    _ADD(connection, row)


def _due(station: str, received_ms: int, what: str) -> bool:
    """Chosen by content, not by counting: no process has to remember, and a run is the same every time."""
    return zlib.crc32(f"{station} {received_ms} {what}".encode("utf-8", "replace")) % TRIMMED_EVERY == 0


def notice(
    connection: Connection,
    station: str,
    kind: str,
    payload: str,
    *,
    timestamp_ms: int | None,
    received_ms: int,
    kept: Kept = ALL,
) -> None:
    """Keep a message as it came. One that carries its own time is kept once, however often it arrives."""
    if timestamp_ms is not None and not metering.first_time(connection, station, kind + payload, received_ms):
        return
    values = {"station": station, "kind": kind, "payload": payload}
    _NOTICE(connection, {**values, "timestamp_ms": timestamp_ms, "received_ms": received_ms})
    if kept.notices and _due(station, received_ms, payload):
        _TRIM_NOTICES(connection, {"the_station": station, "the_kind": kind, "n": kept.notices})


def of_station(connection: Connection, station: str) -> list[Row[Any]]:
    """The connectors that a station told of."""
    chosen = select(connectors).where(connectors.c.station == station)
    return list(connection.execute(chosen.order_by(connectors.c.evse, connectors.c.connector)))
