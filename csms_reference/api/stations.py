"""The HTTP API: stations, and what is known of each."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection as Database

from csms_reference.api.hal import Page, Template, form, link, page_of, path
from csms_reference.api.models import ConnectorOut, Limit, Name, StationIn, StationOut
from csms_reference.api.problems import errors, missing
from csms_reference.front import Front
from csms_reference.services import registration, status


def stations(csms: Front) -> APIRouter:
    """The stations of a CSMS."""
    router = APIRouter(prefix="/stations", tags=["stations"])

    async def shown(rows: list[Any]) -> list[StationOut]:
        seen = await csms.seen([row.station for row in rows])
        return [_linked(row, connected=row.station in seen, seen_ms=seen.get(row.station)) for row in rows]

    @router.get("")
    async def list_stations(after: str = "", limit: Limit = 100) -> Page[StationOut]:
        """Stations in the order of their ids, those after ``after``."""
        items = await shown(await csms.store.read(lambda database: registration.page(database, after, limit)))
        last = items[-1].id if items else None
        return page_of(items, path("stations"), limit=limit, last=last, templates={"default": _registering()})

    @router.post("", status_code=201)
    async def put_station(station: StationIn) -> StationOut:
        """Register a station, or change one: only what is given is changed."""
        given = station.model_dump(exclude_unset=True, exclude={"id"})
        await csms.register(station.id, **given)
        (made,) = await shown([await csms.store.read(lambda database: registration.find(database, station.id))])
        return made

    @router.get("/{station}", responses=errors(404))
    async def get_station(station: Name) -> StationOut:
        """One station with its connectors."""

        def read(database: Database) -> tuple[Any, list[Any]]:
            return registration.find(database, station), status.of_station(database, station)

        row, connectors = await csms.store.read(read)
        if row is None:
            raise missing(f"station {station!r}")
        (found,) = await shown([row])
        found.connectors = [ConnectorOut.of(connector) for connector in connectors]
        return found

    return router


def _registering() -> Template:
    return form("POST", path("stations"), StationIn, "Register a station, or change one")


def _linked(row: Any, *, connected: bool, seen_ms: int | None) -> StationOut:
    found = StationOut.of(row, connected=connected, seen_ms=seen_ms)
    found.links = {"self": link("stations", found.id)}
    return found
