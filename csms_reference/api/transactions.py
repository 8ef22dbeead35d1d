"""The HTTP API: transactions with their meter readings, and ends that belong to none."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import Connection as Database
from sqlalchemy import select

from csms_reference.api.models import AfterId, Limit, Name, likewise
from csms_reference.api.problems import errors, missing
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services.transactions import find
from csms_reference.store.tables import meter_values, orphans
from csms_reference.store.tables import transactions as table


class TransactionOut(BaseModel):
    """A transaction. ``energy_wh`` is null while it is unknown, or where the meter readings contradict each other."""

    id: int
    station: str
    transaction_id: str
    version: str
    state: str
    evse: int | None
    connector: int | None
    id_token: str | None
    token_type: str | None
    stop_token: str | None
    remote_start_id: int | None
    reservation_id: int | None
    charging_state: str | None
    started: str | None
    stopped: str | None
    meter_start_wh: float | None
    meter_stop_wh: float | None
    energy_wh: float | None
    stop_reason: str | None
    tariff: str | None
    offline: bool
    complete: bool
    gaps: list[tuple[int, int]]
    flags: list[str]

    @classmethod
    def of(cls, row: Any) -> TransactionOut:
        """From its row."""
        same = likewise(cls, row)
        times = {"started": show(row.started_ms), "stopped": show(row.stopped_ms)}
        return cls(**{**same, **times, "gaps": json.loads(row.gaps), "flags": json.loads(row.flags)})


class MeterValueOut(BaseModel):
    """A meter reading. ``text`` holds what came where that is not a finite number."""

    id: int
    timestamp: str | None
    measurand: str
    context: str
    phase: str | None
    location: str | None
    unit: str | None
    value: float | None
    text: str | None

    @classmethod
    def of(cls, row: Any) -> MeterValueOut:
        """From its row."""
        same = likewise(cls, row)
        return cls(**{**same, "timestamp": show(row.timestamp_ms)})


class OrphanOut(BaseModel):
    """A StopTransaction that belongs to no transaction of its station."""

    id: int
    station: str
    transaction_id: str
    why: str
    received: str | None
    payload: dict[str, Any]

    @classmethod
    def of(cls, row: Any) -> OrphanOut:
        """From its row."""
        return cls(
            id=row.id,
            station=row.station,
            transaction_id=row.transaction_id,
            why=row.why,
            received=show(row.received_ms),
            payload=json.loads(row.payload),
        )


def transactions(csms: Front) -> APIRouter:
    """The endpoints of a CSMS."""
    router = APIRouter(tags=["transactions"])

    @router.get("/transactions")
    async def list_transactions(
        station: str | None = None, state: str | None = None, after: AfterId = 0, limit: Limit = 100
    ) -> list[TransactionOut]:
        """Transactions in the order in which they became known, those after id ``after``."""
        chosen = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
        if station is not None:
            chosen = chosen.where(table.c.station == station)
        if state is not None:
            chosen = chosen.where(table.c.state == state)
        return [
            TransactionOut.of(row) for row in await csms.store.read(lambda database: list(database.execute(chosen)))
        ]

    @router.get("/transactions/{station}/{transaction_id}", responses=errors(404))
    async def get_transaction(station: Name, transaction_id: Name) -> TransactionOut:
        """One transaction of one station."""
        chosen = select(table).where(table.c.station == station).where(table.c.transaction_id == transaction_id)
        row = await csms.store.read(lambda database: database.execute(chosen).one_or_none())
        if row is None:
            raise missing(f"transaction {transaction_id!r} of {station!r}")
        return TransactionOut.of(row)

    @router.get("/transactions/{station}/{transaction_id}/meter-values", responses=errors(404))
    async def list_meter_values(
        station: Name, transaction_id: Name, after: AfterId = 0, limit: Limit = 100
    ) -> list[MeterValueOut]:
        """The meter readings of a transaction, in the order in which they arrived."""

        def read(database: Database) -> list[Any] | None:
            if find(database, station, transaction_id) is None:
                return None
            chosen = select(meter_values).where(meter_values.c.station == station)
            chosen = chosen.where(meter_values.c.transaction_id == transaction_id, meter_values.c.id > after)
            return list(database.execute(chosen.order_by(meter_values.c.id).limit(limit)))

        rows = await csms.store.read(read)
        if rows is None:
            raise missing(f"transaction {transaction_id!r} of {station!r}")
        return [MeterValueOut.of(row) for row in rows]

    @router.get("/orphans")
    async def list_orphans(after: AfterId = 0, limit: Limit = 100) -> list[OrphanOut]:
        """1.6 StopTransactions that belong to no transaction of the station that sent them."""
        chosen = select(orphans).where(orphans.c.id > after).order_by(orphans.c.id).limit(limit)
        return [OrphanOut.of(row) for row in await csms.store.read(lambda database: list(database.execute(chosen)))]

    return router
