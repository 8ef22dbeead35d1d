"""Transactions that never got an end: when they count as over.

A record alone cannot tell a car that charges for days from one whose station was replaced. So a transaction is
abandoned when for some time nothing new has come of it, and something speaks against it; and when nothing has come for
very long. It is taken back as soon as more of it comes, as after hours offline. Nothing of it is changed but its state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, exists, func, or_, select

from csms_reference.services import transactions
from csms_reference.store.tables import ACTIVE, connectors, stations
from csms_reference.store.tables import transactions as table


class Why(StrEnum):
    """Why a transaction counts as over."""

    AVAILABLE = "EVSEAvailable"  # its connector has been reported Available since
    FOLLOWED = "AnotherStarted"  # a later one began at the same EVSE
    REBOOTED = "StationRebooted"  # the station has booted since, and said nothing more of it
    SILENT = "Silent"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: ``after_ms`` when something speaks against a transaction, ``silent_ms`` when nothing does.

    0: for ever.
    """

    after_ms: int
    silent_ms: int

    @property
    def shortest_ms(self) -> int | None:
        """After how much silence a transaction is looked at."""
        return min((each for each in (self.after_ms, self.silent_ms) if each), default=None)


class Abandoned(NamedTuple):
    """A transaction that counts as over."""

    station: str
    transaction_id: str
    why: Why


_LAST = func.coalesce(table.c.last_ms, table.c.received_ms)
_OTHER = table.alias("other")


def page(
    connection: Connection, now_ms: int, patience: Patience, after: int, limit: int
) -> tuple[list[Abandoned], int]:
    """Judge running transactions with ids above ``after``; who is over now, and the last id looked at (0: all were)."""
    if patience.shortest_ms is None:
        return [], 0
    rows = list(connection.execute(_looked_at(now_ms, patience).where(table.c.id > after).limit(limit)))
    found = []
    for row in rows:
        why = verdict(row, now_ms, patience)
        if why is not None and transactions.abandon(connection, row.station, row.transaction_id, why):
            found.append(Abandoned(row.station, row.transaction_id, why))
    return found, rows[-1].id if len(rows) == limit else 0


def verdict(row: Row[Any], now_ms: int, patience: Patience) -> Why | None:
    """Why a transaction is over, if it is; the first reason counts."""
    if patience.after_ms and row.last_ms <= now_ms - patience.after_ms:
        for why, speaks in ((Why.AVAILABLE, row.free), (Why.FOLLOWED, row.followed), (Why.REBOOTED, row.rebooted)):
            if speaks:
                return why
    if patience.silent_ms and row.last_ms <= now_ms - patience.silent_ms:
        return Why.SILENT
    return None


def _looked_at(now_ms: int, patience: Patience) -> Select[Any]:
    """Running transactions that have been silent, each with what speaks against it."""
    since_ms = now_ms - patience.after_ms
    # 2.x: a transaction may begin before the cable is plugged in; until then an Available connector says nothing.
    plugged = or_(table.c.version == "1.6", table.c.charging_state.is_not(None))
    free = exists().where(
        connectors.c.station == table.c.station,
        connectors.c.evse == table.c.evse,
        or_(table.c.connector.is_(None), connectors.c.connector == table.c.connector),
        connectors.c.status == "Available",
        connectors.c.received_ms > _LAST,
        connectors.c.received_ms <= since_ms,
        plugged,
    )
    followed = exists().where(
        _OTHER.c.station == table.c.station,
        _OTHER.c.evse == table.c.evse,
        _OTHER.c.started_ms > table.c.started_ms,
        _OTHER.c.received_ms <= since_ms,
    )
    rebooted = exists().where(
        stations.c.station == table.c.station, stations.c.last_boot_ms > _LAST, stations.c.last_boot_ms <= since_ms
    )
    columns = (table.c.id, table.c.station, table.c.transaction_id, _LAST.label("last_ms"))
    spoken = (free.label("free"), followed.label("followed"), rebooted.label("rebooted"))
    chosen = select(*columns, *spoken).where(ACTIVE, now_ms - (patience.shortest_ms or 0) >= _LAST)
    # PostgreSQL: what another process has in hand has just been heard of, and is not waited for
    return chosen.order_by(table.c.id).with_for_update(of=table, skip_locked=True)
