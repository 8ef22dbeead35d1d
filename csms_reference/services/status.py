"""The state of connectors, and notices: what stations report without asking for anything."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from csms_reference.services import metering
from csms_reference.services.retention import ALL, Kept, due, trimming
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
_TRIM_HISTORY = trimming(status_history, "station")
_TRIM_NOTICES = trimming(notices, "station", "kind")


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
    if kept.history and due(station, received_ms, news.status):
        _TRIM_HISTORY(connection, {"the_station": station, "n": kept.history})


def _add(connection: Connection, row: dict[str, Any], most: int) -> None:
    """A connector never heard of. One too many stands in the history alone: no station has that many."""
    if most and _COUNT(connection, {"s": row["station"]}).scalar() >= most:
        log.warning("%s tells of more than %d connectors", row["station"], most)
        return
    _ADD(connection, row)


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
    if kept.notices and due(station, received_ms, payload):
        _TRIM_NOTICES(connection, {"the_station": station, "the_kind": kind, "n": kept.notices})


def of_station(connection: Connection, station: str) -> list[Row[Any]]:
    """The connectors that a station told of."""
    chosen = select(connectors).where(connectors.c.station == station)
    return list(connection.execute(chosen.order_by(connectors.c.evse, connectors.c.connector)))
