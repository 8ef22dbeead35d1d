"""The HTTP API: where somebody may charge."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection as Database
from sqlalchemy import Row, select

from csms_reference.access.driving import may_begin_at
from csms_reference.api.charged import SessionIn
from csms_reference.api.desk import Desk
from csms_reference.api.hal import Page, Resource, filled, form, page_of, path
from csms_reference.api.models import AfterKey, ConnectorOut, Limit
from csms_reference.api.sessions import Who
from csms_reference.front import Front
from csms_reference.services import status
from csms_reference.services.registration import Registration
from csms_reference.store.tables import stations


class PlaceOut(Resource):
    """A station where whoever asks may begin a session."""

    station: str
    connected: bool
    connectors: list[ConnectorOut]


def places(csms: Front, desk: Desk) -> APIRouter:
    """Where somebody may charge."""
    router = desk(tags=["sessions"])

    @router.get("/places")
    async def list_places(who: Who, after: AfterKey = "", limit: Limit = 100) -> Page[PlaceOut]:
        """Stations that are open to whoever asks: public ones, and those of their owner; to operators all."""
        column = stations.c
        chosen = select(column.station).where(
            may_begin_at(who), column.registration == Registration.ACCEPTED.value, column.station > after
        )

        def read(database: Database) -> dict[str, list[Row[Any]]]:
            names = database.scalars(chosen.order_by(column.station).limit(limit)).all()
            return {name: [row for row in status.of_station(database, name) if row.evse] for name in names}

        found = await csms.store.read(read)
        seen = await csms.seen(list(found))
        items = [
            PlaceOut(station=name, connected=name in seen, connectors=[ConnectorOut.of(row) for row in rows])
            for name, rows in found.items()
        ]
        for item in items:
            begin = form("POST", path("sessions"), SessionIn, "Charge there")
            fields = filled(begin.properties, {"station": item.station})
            item.templates = {"begin": begin.model_copy(update={"properties": fields})}
        return page_of(items, path("places"), limit=limit, last=items[-1].station if items else None)

    return router
