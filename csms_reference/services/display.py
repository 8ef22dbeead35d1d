"""Messages on stations' displays: what each station has confirmed that it keeps (2.0.1 block O)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, delete, select

from csms_reference.instants import read_ms
from csms_reference.services.retention import crowding
from csms_reference.store.display_tables import display_messages
from csms_reference.store.prepared import Prepared, insert_or_change

FRONT = "AlwaysFront"
MOST_MESSAGES = 500
"""Messages kept of each station: those told of longest ago give way."""

Message = Mapping[str, Any]
"""A MessageInfoType."""

_TABLE = display_messages
_COLUMNS = _TABLE.c.keys()
_KEEP = Prepared(
    insert_or_change(_TABLE, *(name for name in _COLUMNS if name not in ("station", "id"))),
    _COLUMNS,
)
_TRIM = crowding(_TABLE, "confirmed_ms")
_EXPIRE = Prepared(
    delete(_TABLE)
    .where(_TABLE.c.station == bindparam("s"))
    .where((_TABLE.c.end_ms <= bindparam("now")) | (_TABLE.c.transaction_id == bindparam("t")))
)


def accepted(connection: Connection, station: str, message: Message, at_ms: int) -> None:
    """O01, O06: a station has taken a message; another one that is AlwaysFront as it is has gone (O01.FR.16)."""
    if message["priority"] == FRONT:
        connection.execute(delete(_TABLE).where(_TABLE.c.station == station).where(_TABLE.c.priority == FRONT))
    _KEEP(connection, [_row(station, message, "set", None, at_ms)])


def told(connection: Connection, station: str, request_id: int, messages: Iterable[Message], at_ms: int) -> None:
    """O03, O04: a station tells of messages that it has."""
    rows = [_row(station, message, "told", request_id, at_ms) for message in messages]
    if rows:
        _KEEP(connection, rows)
        _TRIM(connection, {"the_station": station, "n": MOST_MESSAGES})


def gone(connection: Connection, station: str, number: int) -> None:
    """O05: a station has a message no more."""
    connection.execute(delete(_TABLE).where(_TABLE.c.station == station).where(_TABLE.c.id == number))


def forget(connection: Connection, station: str, *, before_ms: int) -> None:
    """Forget what was not confirmed since an instant."""
    old = delete(_TABLE).where(_TABLE.c.station == station).where(_TABLE.c.confirmed_ms < before_ms)
    connection.execute(old)


def expire(connection: Connection, station: str, *, transaction_id: str, now_ms: int) -> None:
    """O01.FR.07, O02.FR.02: forget what a station has dropped by itself: at its end, or with its transaction."""
    _EXPIRE(connection, {"s": station, "t": transaction_id, "now": now_ms})


def of_station(connection: Connection, station: str, now_ms: int) -> list[Row[Any]]:
    """The messages of a station that are not over, by their ids."""
    chosen = select(_TABLE).where(_TABLE.c.station == station)
    chosen = chosen.where(_TABLE.c.end_ms.is_(None) | (_TABLE.c.end_ms > now_ms))
    return list(connection.execute(chosen.order_by(_TABLE.c.id)))


def _row(station: str, message: Message, known_by: str, request_id: int | None, at_ms: int) -> dict[str, Any]:
    return {
        "station": station,
        "id": message["id"],
        "priority": message["priority"],
        "state": message.get("state"),
        "start_ms": read_ms(message.get("startDateTime")),
        "end_ms": read_ms(message.get("endDateTime")),
        "transaction_id": message.get("transactionId"),
        "payload": orjson.dumps(dict(message)).decode(),
        "known_by": known_by,
        "request_id": request_id,
        "confirmed_ms": at_ms,
    }
