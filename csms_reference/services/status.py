"""The state of connectors, and notices: what stations report without asking for anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from csms_reference.services import metering
from csms_reference.store.prepared import Prepared
from csms_reference.store.tables import connectors, notices, status_history


@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    """What a StatusNotification says. EVSE 0, connector 0 is the station as a whole."""

    evse: int
    connector: int
    status: str
    timestamp_ms: int | None
    error_code: str | None = None
    info: str | None = None


_CHANGE = Prepared(
    update(connectors)
    .where(connectors.c.station == bindparam("s"))
    .where(connectors.c.evse == bindparam("e"))
    .where(connectors.c.connector == bindparam("c"))
    .values(
        status=bindparam("status"),
        error_code=bindparam("error_code"),
        since_ms=bindparam("since_ms"),
        received_ms=bindparam("received_ms"),
    )
)
_ADD = Prepared(insert(connectors), connectors.c.keys())
_HISTORY = Prepared(insert(status_history), [column.name for column in status_history.c if column.name != "id"])
_NOTICE = Prepared(insert(notices), [column.name for column in notices.c if column.name != "id"])


def changed(connection: Connection, station: str, news: ConnectorStatus, received_ms: int) -> None:
    """Note a connector's state: the last that arrived counts, all are kept."""
    now = {
        "status": news.status,
        "error_code": news.error_code,
        "since_ms": news.timestamp_ms,
        "received_ms": received_ms,
    }
    where = {"s": station, "e": news.evse, "c": news.connector}
    if not _CHANGE(connection, {**where, **now}).rowcount:
        _ADD(connection, {"station": station, "evse": news.evse, "connector": news.connector, **now})
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


def notice(
    connection: Connection, station: str, kind: str, payload: str, *, timestamp_ms: int | None, received_ms: int
) -> None:
    """Keep a message as it came. One that carries its own time is kept once, however often it arrives."""
    if timestamp_ms is not None and not metering.first_time(connection, station, kind + payload, received_ms):
        return
    values = {"station": station, "kind": kind, "payload": payload}
    _NOTICE(connection, {**values, "timestamp_ms": timestamp_ms, "received_ms": received_ms})


def of_station(connection: Connection, station: str) -> list[Row[Any]]:
    """The connectors that a station told of."""
    chosen = select(connectors).where(connectors.c.station == station)
    return list(connection.execute(chosen.order_by(connectors.c.evse, connectors.c.connector)))
