"""The HTTP API: what was arranged with stations, such as reservations, remote starts and their availability."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from csms_reference.access.ownership import Mine
from csms_reference.api.desk import Desk
from csms_reference.api.hal import Link, Page, Resource, link, page_of, path, rank, whole_page
from csms_reference.api.models import AfterId, AfterKey, Limit, Name, likewise
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import orders, reservation, status
from csms_reference.store.reservation_tables import reservations as table

Status = Annotated[Literal["Accepted", "Used", "Expired", "Cancelled", "Removed"] | None, Query()]


def _transaction(row: Any) -> dict[str, Link]:
    known = row.transaction_id is not None
    return {"transaction": link("transactions", row.station, row.transaction_id)} if known else {}


class ReservationOut(Resource):
    """A reservation. ``evse`` is null where any will do; ``status``: Accepted while it stands."""

    id: int
    station: str
    reservation_id: int
    status: str
    evse: int | None
    connector_type: str | None
    id_token: str
    group_id: str | None
    expires: str | None
    asked: str | None
    ended: str | None
    transaction_id: str | None

    @classmethod
    def of(cls, row: Any, now_ms: int) -> ReservationOut:
        """From its row."""
        instants = {"expires": row.expires_ms, "asked": row.asked_ms, "ended": row.ended_ms}
        shown = {name: show(at_ms) for name, at_ms in instants.items()}
        links = {"station": link("stations", row.station)} | _transaction(row)
        return cls(**likewise(cls, row) | shown | {"status": reservation.status_of(row, now_ms)}, links=links)


class RemoteStartOut(Resource):
    """A remote start that a station has accepted, with the transaction that came of it. 1.6 has no remote_start_id."""

    id: int
    remote_start_id: int | None
    evse: int | None
    id_token: str
    asked: str | None
    transaction_id: str | None

    @classmethod
    def of(cls, row: Any) -> RemoteStartOut:
        """From its row."""
        return cls(**likewise(cls, row), asked=show(row.asked_ms), links=_transaction(row))


class AvailabilityOut(Resource):
    """A place: what was asked for it last, and what it says of itself. EVSE 0: the station; connector 0: the EVSE."""

    evse: int
    connector: int
    operative: bool | None = None
    answer: str | None = None
    asked: str | None = None
    status: str | None = None
    since: str | None = None


def arrangements(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS. A station with which nothing was arranged has empty lists."""
    router = desk(tags=["arrangements"])

    async def reservations_of(
        mine: Mine, station: str | None, status: str | None, after: int, limit: int
    ) -> list[ReservationOut]:
        now_ms, where = csms.now_ms(), {"station": station, "status": status}
        only = mine.at(table.c.station)
        rows = await csms.store.read(
            lambda database: reservation.page(database, only, **where, now_ms=now_ms, after=after, limit=limit)
        )
        return [ReservationOut.of(row, now_ms) for row in rows]

    @router.get("/reservations")
    async def list_reservations(
        mine: Mine,
        station: Annotated[str | None, Query(max_length=255)] = None,
        status: Status = None,
        after: AfterId = 0,
        limit: Limit = 100,
    ) -> Page[ReservationOut]:
        """Reservations of all stations in the order in which they were made."""
        items, query = (
            await reservations_of(mine, station, status, after, limit),
            {"station": station, "status": status},
        )
        return page_of(items, path("reservations"), limit=limit, last=_last(items), query=query)

    @router.get("/stations/{station}/reservations")
    async def list_reservations_of_station(
        mine: Mine, station: Name, status: Status = None, after: AfterId = 0, limit: Limit = 100
    ) -> Page[ReservationOut]:
        """Reservations of one station in the order in which they were made."""
        items, where = (
            await reservations_of(mine, station, status, after, limit),
            path("stations", station, "reservations"),
        )
        query, links = {"status": status}, {"station": link("stations", station)}
        return page_of(items, where, limit=limit, last=_last(items), query=query, links=links)

    @router.get("/stations/{station}/remote-starts")
    async def list_remote_starts(station: Name, after: AfterId = 0, limit: Limit = 100) -> Page[RemoteStartOut]:
        """Remote starts that the station accepted, and the transactions that came of them."""
        rows = await csms.store.read(lambda database: orders.starts_of(database, station, after, limit))
        items, where = [RemoteStartOut.of(row) for row in rows], path("stations", station, "remote-starts")
        return page_of(items, where, limit=limit, last=_last(items), links={"station": link("stations", station)})

    @router.get("/stations/{station}/availability")
    async def list_availability(station: Name, after: AfterKey = "", limit: Limit = 100) -> Page[AvailabilityOut]:
        """What was asked for each place, beside what the station reports of it."""

        def read(database: Any) -> tuple[list[Any], list[Any]]:
            return orders.availability_of(database, station), status.of_station(database, station)

        asked, reported = await csms.store.read(read)
        places: dict[tuple[int, int], AvailabilityOut] = {}
        for row in reported:
            place = places[row.evse, row.connector] = AvailabilityOut(evse=row.evse, connector=row.connector)
            place.status, place.since = row.status, show(row.since_ms)
        for row in asked:
            where = row.evse, row.connector
            place = places.setdefault(where, AvailabilityOut(evse=row.evse, connector=row.connector))
            place.operative, place.answer, place.asked = bool(row.operative), row.answer, show(row.asked_ms)
        return whole_page(
            places.values(),
            path("stations", station, "availability"),
            lambda place: f"{rank(place.evse)}.{rank(place.connector)}",
            after=after,
            limit=limit,
            links={"station": link("stations", station)},
        )

    return router


def _last(items: list[Any]) -> int | None:
    return items[-1].id if items else None
