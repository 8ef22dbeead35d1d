"""Security events: those that stations tell of, and those that the CSMS notices itself (A04, A00.FR.408)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from csms_reference.services import metering
from csms_reference.services.retention import ALL, Kept, due, trimming
from csms_reference.store.certificate_tables import security_events
from csms_reference.store.prepared import Prepared

_ADD = Prepared(insert(security_events), [column.name for column in security_events.c if column.name != "id"])
_TRIM = trimming(security_events, "station")


def note(
    connection: Connection,
    station: str,
    kind: str,
    tech_info: str | None,
    *,
    timestamp_ms: int | None,
    received_ms: int,
    from_station: bool = True,
    kept: Kept = ALL,
) -> bool:
    """Keep an event; what a station says twice (it repeats what was not confirmed) is kept once (A04.FR.02).

    Whether it was new.
    """
    if from_station:
        content = f"SecurityEvent {kind} {timestamp_ms} {tech_info}"
        if not metering.first_time(connection, station, content, received_ms):
            return False
    row = {"station": station, "type": kind[:50], "tech_info": tech_info, "from_station": from_station}
    _ADD(connection, {**row, "timestamp_ms": timestamp_ms, "received_ms": received_ms})
    if kept.notices and due(station, received_ms, kind):
        _TRIM(connection, {"the_station": station, "n": kept.notices})
    return True


def page(connection: Connection, station: str, after: int, limit: int, kind: str | None = None) -> list[Row[Any]]:
    """Events of a station in the order in which they arrived."""
    chosen = select(security_events).where(security_events.c.station == station, security_events.c.id > after)
    if kind is not None:
        chosen = chosen.where(security_events.c.type == kind)
    return list(connection.execute(chosen.order_by(security_events.c.id).limit(limit)))
