"""The HTTP API: what was arranged with stations, such as reservations, remote starts and their availability."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from csms_reference.api.models import AfterId, Limit, Name, likewise
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import orders, reservation, status

Status = Annotated[Literal["Accepted", "Used", "Expired", "Cancelled", "Removed"] | None, Query()]


class ReservationOut(BaseModel):
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
        return cls(**likewise(cls, row) | shown | {"status": reservation.status_of(row, now_ms)})


class RemoteStartOut(BaseModel):
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
        return cls(**likewise(cls, row), asked=show(row.asked_ms))


class AvailabilityOut(BaseModel):
    """A place: what was asked for it last, and what it says of itself. EVSE 0: the station; connector 0: the EVSE."""

    evse: int
    connector: int
    operative: bool | None = None
    answer: str | None = None
    asked: str | None = None
    status: str | None = None
    since: str | None = None


def arrangements(csms: Front) -> APIRouter:
    """The endpoints of a CSMS. A station with which nothing was arranged has empty lists."""
    router = APIRouter(tags=["arrangements"])

    async def reservations_of(station: str | None, status: str | None, after: int, limit: int) -> list[ReservationOut]:
        now_ms = csms.now_ms()
        rows = await csms.store.read(
            lambda database: reservation.page(
                database, station=station, status=status, now_ms=now_ms, after=after, limit=limit
            )
        )
        return [ReservationOut.of(row, now_ms) for row in rows]

    @router.get("/reservations")
    async def list_reservations(
        station: Annotated[str | None, Query(max_length=255)] = None,
        status: Status = None,
        after: AfterId = 0,
        limit: Limit = 100,
    ) -> list[ReservationOut]:
        """Reservations of all stations in the order in which they were made."""
        return await reservations_of(station, status, after, limit)

    @router.get("/stations/{station}/reservations")
    async def list_reservations_of_station(
        station: Name, status: Status = None, after: AfterId = 0, limit: Limit = 100
    ) -> list[ReservationOut]:
        """Reservations of one station in the order in which they were made."""
        return await reservations_of(station, status, after, limit)

    @router.get("/stations/{station}/remote-starts")
    async def list_remote_starts(station: Name, after: AfterId = 0, limit: Limit = 100) -> list[RemoteStartOut]:
        """Remote starts that the station accepted, and the transactions that came of them."""
        rows = await csms.store.read(lambda database: orders.starts_of(database, station, after, limit))
        return [RemoteStartOut.of(row) for row in rows]

    @router.get("/stations/{station}/availability")
    async def list_availability(station: Name) -> list[AvailabilityOut]:
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
        return [places[where] for where in sorted(places)]

    return router
