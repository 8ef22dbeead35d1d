"""The HTTP API: transactions with their meter readings, and ends that belong to none."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import ColumnElement, select
from sqlalchemy import Connection as Database

from csms_reference.access.ownership import Mine
from csms_reference.api.desk import Desk
from csms_reference.api.forms import orders
from csms_reference.api.hal import Link, Page, Resource, filled, link, page_of, path
from csms_reference.api.models import AfterId, Choice, Instant, Limit, Name, likewise
from csms_reference.api.problems import errors, missing
from csms_reference.api.revision import SHOWN, Seen
from csms_reference.api.tariffs import costs
from csms_reference.front import Front
from csms_reference.instants import read_ms, show
from csms_reference.services import authorization, registration, tariff
from csms_reference.services.transactions import find
from csms_reference.store.tables import meter_values, orphans
from csms_reference.store.tables import transactions as table


class TransactionOut(Resource):
    """A transaction. ``energy_wh`` is null while it is unknown, or where the meter readings contradict each other.

    ``abandoned``: why it counts as over although its end has not come.
    """

    id: int
    station: str
    transaction_id: str
    version: str
    state: str
    abandoned: str | None
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


class OrphanOut(Resource):
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
        return cls(**likewise(cls, row) | {"received": show(row.received_ms), "payload": json.loads(row.payload)})


def transactions(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(tags=["transactions"])

    @router.get("/transactions")
    async def list_transactions(
        *,
        mine: Mine,
        station: Choice = None,
        state: Annotated[Literal["Active", "Ended", "Abandoned"] | None, Query()] = None,
        token: Annotated[str | None, Query(max_length=255, description="The id of the token that began it.")] = None,
        since: Annotated[Instant | None, Query(description="Those that began then, or later.")] = None,
        until: Annotated[Instant | None, Query(description="Those that began before.")] = None,
        after: AfterId = 0,
        limit: Limit = 100,
    ) -> Page[TransactionOut]:
        """Transactions in the order in which they became known, those after id ``after``."""
        query = {"station": station, "state": state, "token": token, "since": since, "until": until}
        chosen = (
            select(table)
            .where(table.c.id > after, mine.at(table.c.station), *_clauses(**query))
            .order_by(table.c.id)
            .limit(limit)
        )
        rows = await csms.store.read(lambda database: list(database.execute(chosen)))
        items, last = [_brief(TransactionOut.of(row)) for row in rows], rows[-1].id if rows else None
        return page_of(items, path("transactions"), limit=limit, last=last, query=query)

    _readings(csms, router)  # before single transactions, whose ids may have slashes
    costs(csms, router)

    @router.get("/transactions/{station}/{transaction_id:path}", **SHOWN)
    async def get_transaction(station: Name, transaction_id: Name, seen: Seen, mine: Mine) -> TransactionOut:
        """One transaction of one station."""

        def read(database: Database) -> TransactionOut:
            row = database.execute(select(table).where(*_named(station, transaction_id))).one_or_none()
            if row is None:
                raise missing(f"transaction {transaction_id!r} of {station!r}")
            return _linked(TransactionOut.of(row), database, mine)

        return seen.shown(await csms.store.read(read))

    @router.get("/orphans")
    async def list_orphans(
        mine: Mine, station: Choice = None, after: AfterId = 0, limit: Limit = 100
    ) -> Page[OrphanOut]:
        """1.6 StopTransactions that belong to no transaction of the station that sent them."""
        chosen = (
            select(orphans).where(orphans.c.id > after, mine.at(orphans.c.station)).order_by(orphans.c.id).limit(limit)
        )
        if station is not None:
            chosen = chosen.where(orphans.c.station == station)
        items = [OrphanOut.of(row) for row in await csms.store.read(lambda database: list(database.execute(chosen)))]
        last = items[-1].id if items else None
        return page_of(items, path("orphans"), limit=limit, last=last, query={"station": station})

    return router


def _readings(csms: Front, router: APIRouter) -> None:
    @router.get("/transactions/{station}/{transaction_id:path}/meter-values", responses=errors(404))
    async def list_meter_values(
        station: Name, transaction_id: Name, measurand: Choice = None, after: AfterId = 0, limit: Limit = 100
    ) -> Page[MeterValueOut]:
        """The meter readings of a transaction, in the order in which they arrived."""
        chosen = select(meter_values).where(meter_values.c.station == station, meter_values.c.id > after)
        chosen = chosen.where(meter_values.c.transaction_id == transaction_id).order_by(meter_values.c.id).limit(limit)
        if measurand is not None:
            chosen = chosen.where(meter_values.c.measurand == measurand)

        def read(database: Database) -> list[Any]:
            if find(database, station, transaction_id) is None:
                raise missing(f"transaction {transaction_id!r} of {station!r}")
            return list(database.execute(chosen))

        items = [MeterValueOut.of(row) for row in await csms.store.read(read)]
        own, last = path("transactions", station, transaction_id), items[-1].id if items else None
        links, query = {"transaction": Link(href=own)}, {"measurand": measurand}
        return page_of(items, f"{own}/meter-values", limit=limit, last=last, query=query, links=links)


def _clauses(
    station: str | None, state: str | None, token: str | None, since: str | None, until: str | None
) -> list[ColumnElement[bool]]:
    columns = table.c
    found = {
        "station": None if station is None else columns.station == station,
        "state": None if state is None else columns.state == state,
        "token": None if token is None else columns.token_key == authorization.key(token),
        "since": None if since is None else columns.started_ms >= read_ms(since),
        "until": None if until is None else columns.started_ms < read_ms(until),
    }
    return [clause for clause in found.values() if clause is not None]


def _named(station: str, transaction_id: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.station == station, table.c.transaction_id == transaction_id


def _brief(shown: TransactionOut) -> TransactionOut:
    shown.links = {"self": link("transactions", shown.station, shown.transaction_id)}
    return shown


def _linked(shown: TransactionOut, database: Database, mine: Mine) -> TransactionOut:
    """With links to its relatives, as far as they are there, and the form that ends it."""
    own = path("transactions", shown.station, shown.transaction_id)
    shown.links = {
        "self": Link(href=own),
        "collection": link("transactions"),
        "meter-values": Link(href=f"{own}/meter-values", title="Its meter readings"),
    }
    if tariff.of_transaction(database, shown.station, shown.transaction_id) is not None:
        shown.links["cost"] = Link(href=f"{own}/cost", title="What it costs")
    if shown.id_token is not None and mine.holds(authorization.find(database, shown.id_token)):
        shown.links["token"] = link("tokens", shown.id_token)
    if registration.find(database, shown.station) is not None:
        shown.links["station"] = link("stations", shown.station)
        if shown.state == "Active":
            stop = orders(shown.station, shown.version)["remote_stop"]
            given = {"command": "remote_stop", "transaction_id": shown.transaction_id}
            shown.templates = {"stop": stop.model_copy(update={"properties": filled(stop.properties, given)})}
    return shown
