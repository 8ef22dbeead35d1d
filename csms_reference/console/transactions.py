"""Transactions: those that were, those that run, and the curve of each."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sqlalchemy import Connection as Database
from sqlalchemy import Row, Select, select
from starlette.responses import Response

from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.console.curve import curve
from csms_reference.console.desk import Asked, Page, missing
from csms_reference.console.newest import newest
from csms_reference.console.scope import at_own
from csms_reference.instants import read_ms
from csms_reference.services import authorization, tariff
from csms_reference.services.course import course, latest, readings, thinned
from csms_reference.store.tables import transactions

ROWS_MOST = 50_000
DRAWN_MOST = 600
TABLED_MOST = 60


class Wanted(NamedTuple):
    """What the list is narrowed to; empty: not at all. ``since`` and ``until`` are days."""

    station: str = ""
    token: str = ""
    state: str = ""
    since: str = ""
    until: str = ""

    def query(self) -> Select[Any]:
        """The transactions that are wanted."""
        chosen, table = select(transactions), transactions.c
        for column, value in ((table.station, self.station), (table.token_key, authorization.key(self.token))):
            if value:
                chosen = chosen.where(column == value)
        if self.state in ("Active", "Ended", "Abandoned"):
            chosen = chosen.where(table.state == self.state)
        if self.state == "odd":
            chosen = chosen.where(table.flags != "[]")
        if (since_ms := read_ms(f"{self.since}T00:00:00Z")) is not None:
            chosen = chosen.where(table.started_ms >= since_ms)
        if (until_ms := read_ms(f"{self.until}T00:00:00Z")) is not None:
            chosen = chosen.where(table.started_ms < until_ms + 86_400_000)
        return chosen


async def overview(asked: Asked) -> Response:
    """Transactions, those that became known last first."""
    wanted = Wanted(*(asked.query(name)[:255] for name in Wanted._fields))
    narrowed = wanted._asdict()
    chosen = wanted.query().where(at_own(asked.who, transactions.c.station))
    page = await newest(asked, chosen, transactions.c.id, narrowed)
    return asked.page(
        "transactions.html.j2",
        rows=page.rows,
        wanted=narrowed,
        narrowed=any(narrowed.values()),
        flags=lambda row: json.loads(row.flags),
        earlier=page.earlier,
        later=page.later,
        live="",
    )


def _find(database: Database, who: Principal, station: str, transaction_id: str) -> Row[Any]:
    table = transactions.c
    chosen = select(transactions).where(table.station == station, table.transaction_id == transaction_id)
    row = database.execute(chosen.where(at_own(who, table.station))).one_or_none()
    if row is None:
        raise missing(f"transaction {transaction_id!r} of {station!r}")
    return row


async def one(asked: Asked) -> Response:
    """One transaction: its course, and what it costs."""
    station, number = asked.path("station"), asked.path("transaction")

    def read(database: Database) -> dict[str, Any]:
        row = _find(database, asked.who, station, number)
        points = course(readings(database, station, number, ROWS_MOST), row.meter_start_wh)
        cost = tariff.of_transaction(database, station, number)
        return {"row": row, "points": points, "cost": cost, "parts": json.loads(cost["parts"]) if cost else {}}

    told = await asked.read(read)
    points = told.pop("points")
    return asked.page(
        "transaction.html.j2",
        **told,
        curve=curve(thinned(points, DRAWN_MOST)),
        latest=latest(points),
        measured=len(points),
        tabled=thinned(points, TABLED_MOST),
        flags=json.loads(told["row"].flags),
        gaps=json.loads(told["row"].gaps),
        live=station,
    )


PAGES = (
    Page("/transactions", overview, Scope.TRANSACTIONS_READ),
    Page("/transactions/{station}/{transaction}", one, Scope.TRANSACTIONS_READ),
)
