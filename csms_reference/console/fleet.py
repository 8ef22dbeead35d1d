"""The fleet: how many stations there are and how they are, narrowed and in pages that stay quick for 100,000."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection as Database
from sqlalchemy import Row, Select, desc, exists, func, literal_column, or_, select
from starlette.responses import Response

from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.console.desk import Asked, Page
from csms_reference.console.scope import at_own, own
from csms_reference.console.tally import Tally
from csms_reference.store.access_tables import owners
from csms_reference.store.tables import connectors, stations, transactions
from protocol.versions import VERSIONS

SHOWN = 50
LOOKED_AT = 5_000
"""Stations looked at in one go where the database does not know which of them are wanted."""

RUNNING = transactions.c.state == literal_column("'Active'")  # literally, or SQLite cannot use the index of these
FAULTED = connectors.c.status == "Faulted"
STATES: dict[str, Callable[[], Any]] = {
    "charging": lambda: exists().where(transactions.c.station == stations.c.station, RUNNING),
    "fault": lambda: exists().where(connectors.c.station == stations.c.station, FAULTED),
    "pending": lambda: stations.c.registration == "Pending",
}


class Wanted(NamedTuple):
    """What the list is narrowed to; empty: not at all."""

    text: str = ""
    link: str = ""
    state: str = ""
    version: str = ""
    owner: str = ""

    def query(self) -> Select[Any]:
        """The stations that the database can tell."""
        chosen = select(stations)
        if self.text:
            named = (stations.c.station, stations.c.model, stations.c.serial, stations.c.firmware, stations.c.vendor)
            chosen = chosen.where(or_(*(column.icontains(self.text, autoescape=True) for column in named)))
        if self.state in STATES:
            chosen = chosen.where(STATES[self.state]())
        if self.version:
            chosen = chosen.where(stations.c.version == self.version)
        return chosen.where(stations.c.owner == self.owner) if self.owner else chosen


class Counts(NamedTuple):
    """The fleet in four numbers."""

    stations: int
    charging: int
    fault: int
    pending: int


class Place(NamedTuple):
    """A connector in the list. ``state``: its status, or how far a transaction there is."""

    evse: int
    connector: int
    state: str
    charges: bool


class Line(NamedTuple):
    """A station in the list. ``seen_ms`` is None where that is not known just now."""

    station: Row[Any]
    connected: bool
    seen_ms: int | None
    places: list[Place]


def counts(database: Database, who: Principal) -> Counts:
    """How many stations there are, charge, are faulted, and wait to be accepted."""

    def how_many(query: Select[Any]) -> int:
        return int(database.execute(query).scalar() or 0)

    every = select(func.count()).select_from(stations).where(own(who))
    charging = select(func.count(transactions.c.station.distinct())).where(RUNNING)
    faulted = select(func.count(connectors.c.station.distinct())).where(FAULTED)
    return Counts(
        how_many(every),
        how_many(charging.where(at_own(who, transactions.c.station))),
        how_many(faulted.where(at_own(who, connectors.c.station))),
        how_many(every.where(stations.c.registration == "Pending")),
    )


async def found(asked: Asked, wanted: Wanted, after: str, before: str) -> list[Row[Any]]:
    """The stations of one page and one more, in their order; ``before`` pages backwards."""
    key, names = before or after, list[str]()
    many = LOOKED_AT if wanted.link else SHOWN + 1
    while len(names) <= SHOWN:
        chosen = wanted.query().where(own(asked.who)).with_only_columns(stations.c.station).limit(many)
        if key:
            chosen = chosen.where(stations.c.station < key if before else stations.c.station > key)
        looked_at = await asked.read(
            partial(_names, chosen.order_by(desc(stations.c.station) if before else stations.c.station))
        )
        seen = await asked.csms.seen(looked_at) if wanted.link else {}
        names += [name for name in looked_at if not wanted.link or (name in seen) == (wanted.link == "on")]
        if len(looked_at) < many:
            break
        key = looked_at[-1]
    these = select(stations).where(stations.c.station.in_(names[: SHOWN + 1])).order_by(stations.c.station)
    return await asked.read(lambda database: list(database.execute(these)))


def _names(chosen: Select[Any], database: Database) -> list[str]:
    return list(database.execute(chosen).scalars())


def _places(database: Database, names: list[str]) -> dict[str, list[Place]]:
    """The connectors of each station. Where 2.x calls one occupied, its transaction says more."""
    here = transactions.c.station, transactions.c.evse, transactions.c.charging_state
    running = database.execute(select(*here).where(transactions.c.station.in_(names), RUNNING))
    charging = {(row.station, row.evse): row.charging_state or "Charging" for row in running}
    chosen = select(connectors).where(connectors.c.station.in_(names), connectors.c.connector > 0)
    found: dict[str, list[Place]] = {}
    for row in database.execute(chosen.order_by(connectors.c.evse, connectors.c.connector)):
        more = charging.get((row.station, row.evse)) if row.status == "Occupied" else None
        state = more or row.status
        found.setdefault(row.station, []).append(Place(row.evse, row.connector, state, state == "Charging"))
    return found


async def lines(asked: Asked, rows: list[Row[Any]]) -> list[Line]:
    """The rows as the list shows them."""
    names = [row.station for row in rows]
    seen = await asked.csms.seen(names)
    places = await asked.read(lambda database: _places(database, names))

    def line(row: Row[Any]) -> Line:
        connected = row.station in seen
        return Line(row, connected, seen[row.station] if connected else row.last_seen_ms, places.get(row.station, []))

    return [line(row) for row in rows]


def _owners(database: Database) -> list[str]:
    return list(database.execute(select(owners.c.owner).order_by(owners.c.owner).limit(200)).scalars())


async def overview(asked: Asked) -> Response:
    """The fleet's page."""
    wanted = Wanted(*(asked.query(name)[:255] for name in Wanted._fields))
    after, before = asked.query("after"), asked.query("before")
    rows = await found(asked, wanted, after, before)
    more = len(rows) > SHOWN
    rows = rows[-SHOWN:] if before else rows[:SHOWN]
    narrowed = wanted._asdict()
    tally: Tally[Counts] = asked.request.app.state.tally
    return asked.page(
        "fleet.html.j2",
        counts=await tally.of(asked.who.owner, lambda: asked.read(lambda database: counts(database, asked.who))),
        connected=asked.csms.connected() if asked.who.owner is None else None,
        lines=await lines(asked, rows),
        wanted=narrowed,
        narrowed=any(narrowed.values()),
        versions=[version.name for version in VERSIONS],
        owners=await asked.read(_owners) if asked.who.owner is None else [],
        earlier={**narrowed, "before": rows[0].station} if rows and (more if before else after) else None,
        later={**narrowed, "after": rows[-1].station} if rows and (more or before) else None,
        live="",
    )


PAGES = (Page("/", overview, Scope.STATIONS_READ),)
