"""What ends with a transaction: messages on the display, charging profiles, what its EV wanted."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Table, bindparam, exists, select

from csms_reference.services import charging, display
from csms_reference.store.charging_tables import charging_needs, charging_profiles
from csms_reference.store.display_tables import display_messages
from csms_reference.store.prepared import Prepared


def _of_it(table: Table) -> ColumnElement[bool]:
    return table.c.transaction_id == bindparam("t")


def _any(table: Table, fitting: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(1).where(table.c.station == bindparam("s"), fitting))


_LEFT = Prepared(
    select(
        _any(display_messages, _of_it(display_messages) | (display_messages.c.end_ms <= bindparam("now"))),
        _any(charging_profiles, _of_it(charging_profiles)) | _any(charging_needs, _of_it(charging_needs)),
    )
)


def over(connection: Connection, station: str, transaction_id: str, now_ms: int) -> None:
    """O02.FR.02, K02.FR.05: forget what ends with a transaction; one look tells that there is nothing, as mostly."""
    shown, charged = _LEFT(connection, {"s": station, "t": transaction_id, "now": now_ms}).row() or (False, False)
    if shown:
        display.expire(connection, station, transaction_id=transaction_id, now_ms=now_ms)
    if charged:
        charging.over(connection, station, transaction_id)
