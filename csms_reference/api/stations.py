"""The HTTP API: stations, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Connection as Database
from sqlalchemy import Row

from csms_reference.access.ownership import Mine
from csms_reference.api.desk import Desk
from csms_reference.api.forms import orders
from csms_reference.api.hal import Link, Page, Template, form, link, narrowed, page_of, path
from csms_reference.api.models import (
    AfterKey,
    Choice,
    ConnectorOut,
    Limit,
    Name,
    StationChange,
    StationIn,
    StationOut,
)
from csms_reference.api.problems import errors, missing
from csms_reference.api.revision import CHANGED, SHOWN, Seen
from csms_reference.csms import Vet
from csms_reference.front import Front
from csms_reference.services import registration, status
from csms_reference.services.registration import Registration

LOOKED_AT = 1000
"""Stations that are read at once while those are looked for that are connected."""

BELOW = {
    "availability": "What was asked for each place, and what it says of itself",
    "certificates": "Certificates that it holds, was issued and asked for",
    "charging-limits": "Limits that others have set",
    "charging-needs": "What the EVs need that charge there",
    "charging-profiles": "Its charging profiles",
    "composite-schedules": "What its profiles come to",
    "customer-information": "What it told of customers",
    "display": "Messages on its display",
    "events": "Events of its device model",
    "firmware": "Updates of its firmware",
    "live": "What goes on there now",
    "local-list": "The local list that it was sent",
    "logs": "Logs that it was asked for",
    "monitors": "Its monitors",
    "network-profiles": "Where it can be sent",
    "publications": "Firmware that it publishes",
    "remote-starts": "Remote starts that it accepted",
    "reservations": "Its reservations",
    "security-events": "Security events",
    "variables": "Its device model",
}
"""What there is of each station below its own path."""

BESIDE = {
    "alerts": "What there is to look at",
    "commands": "What it was asked to do",
    "transactions": "Its transactions",
    "sessions": "What was charged there",
    "orphans": "Ends of transactions that it did not begin",
    "uploads": "Addresses for uploads of its own",
}
"""Collections of all stations that can be narrowed to one."""


def stations(csms: Front, desk: Desk) -> APIRouter:
    """The stations of a CSMS."""
    router = desk(prefix="/stations", tags=["stations"])

    @router.get("")
    async def list_stations(
        *,
        mine: Mine,
        connected: bool | None = None,
        registration: Annotated[Registration | None, Query()] = None,
        vendor: Choice = None,
        version: Choice = None,
        text: Annotated[str | None, Query(max_length=255, description="Part of id, vendor, model or serial.")] = None,
        after: AfterKey = "",
        limit: Limit = 100,
    ) -> Page[StationOut]:
        """Stations in the order of their ids, those after ``after``."""
        where = {"registration": registration, "vendor": vendor, "version": version, "text": text}
        rows = await _chosen(csms, after, limit, connected, {**where, "owner": mine.owner})
        return page_of(
            await _shown(csms, rows),
            path("stations"),
            limit=limit,
            last=rows[-1].station if rows else None,
            query={"connected": connected, **where},
            templates={"default": form("POST", path("stations"), StationIn, "Register a station, or change one")},
        )

    @router.post("", status_code=201, responses=errors(412))
    async def put_station(station: StationIn, seen: Seen, mine: Mine) -> StationOut:
        """Register a station, or change one: only what is given is changed."""
        given = await mine.given(csms.store, station.model_dump(exclude_unset=True, exclude={"id"}))
        await csms.register(station.id, vet=mine.vet(f"station {station.id!r}", _expecting(seen)), **given)
        _announce(csms, given)
        return seen.shown(await _one(csms, station.id))

    @router.get("/{station}", **SHOWN)
    async def get_station(station: Name, seen: Seen) -> StationOut:
        """One station with its connectors, and with forms for what it can be asked to do."""
        return seen.shown(await _one(csms, station))

    _changes(csms, router)
    return router


def _changes(csms: Front, router: APIRouter) -> None:
    @router.patch("/{station}", **CHANGED)
    async def change_station(station: Name, change: StationChange, seen: Seen, mine: Mine) -> StationOut:
        """Change a station: only what is given."""

        def vet(row: Row[Any] | None) -> None:
            if row is None:
                raise missing(f"station {station!r}")
            _expecting(seen)(row)

        given = await mine.given(csms.store, change.model_dump(exclude_unset=True))
        await csms.register(station, vet=mine.vet(f"station {station!r}", vet), **given)
        _announce(csms, given)
        return seen.shown(await _one(csms, station))

    @router.delete("/{station}", status_code=204, **CHANGED)
    async def delete_station(station: Name, seen: Seen) -> None:
        """Forget a station and what belongs to it, and end its connection. Its transactions stay, and what was issued
        to it. While unknown stations are taken in, it may come again as one of these."""
        if not await csms.remove(station, vet=_expecting(seen)):
            raise missing(f"station {station!r}")


def _announce(csms: Front, given: Mapping[str, Any]) -> None:
    """A station that has a new owner may have to get other tokens."""
    if "owner" in given and csms.settings.push_token_changes:
        csms.rounds.announce()


async def _shown(csms: Front, rows: list[Any]) -> list[StationOut]:
    seen = await csms.seen([row.station for row in rows])
    return [_brief(row, connected=row.station in seen, seen_ms=seen.get(row.station)) for row in rows]


async def _one(csms: Front, station: str) -> StationOut:
    def read(database: Database) -> tuple[Any, list[Any]]:
        return registration.find(database, station), status.of_station(database, station)

    row, connectors = await csms.store.read(read)
    if row is None:
        raise missing(f"station {station!r}")
    (found,) = await _shown(csms, [row])
    found.connectors = [ConnectorOut.of(connector) for connector in connectors]
    return _linked(found)


async def _chosen(csms: Front, after: str, limit: int, connected: bool | None, where: dict[str, Any]) -> list[Row[Any]]:
    """The next stations that fit. Who is connected is not in the database, so that all are looked at for it."""

    async def read(after: str, limit: int) -> list[Row[Any]]:
        return await csms.store.read(lambda database: registration.page(database, after, limit, **where))

    if connected is None:
        return await read(after, limit)
    found: list[Row[Any]] = []
    while len(found) < limit and (rows := await read(after, LOOKED_AT)):
        seen = await csms.seen([row.station for row in rows])
        found += [row for row in rows if (row.station in seen) is connected]
        after = rows[-1].station
    return found[:limit]


def _expecting(seen: Seen) -> Vet:
    def vet(row: Row[Any] | None) -> None:
        seen.expected(None if row is None else StationOut.of(row, connected=False, seen_ms=None))

    return vet


def _brief(row: Any, *, connected: bool, seen_ms: int | None) -> StationOut:
    found = StationOut.of(row, connected=connected, seen_ms=seen_ms)
    found.links = {"self": link("stations", found.id)}
    return found


def _linked(found: StationOut) -> StationOut:
    """A station with links to all that is known of it, and with forms."""
    own = path("stations", found.id)
    found.links |= {"collection": link("stations")}
    found.links |= {name: Link(href=f"{own}/{name}", title=title) for name, title in BELOW.items()}
    found.links |= {name: narrowed(path(name), title, station=found.id) for name, title in BESIDE.items()}
    found.links |= {"issued": narrowed(path("pki", "certificates"), "What was issued to it", station=found.id)}
    found.templates = {
        "change": form("PATCH", own, StationChange, "Change it"),
        "delete": Template(title="Forget it", method="DELETE", target=own),
        **orders(found.id, found.version),
    }
    return found
