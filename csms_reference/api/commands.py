"""The HTTP API: what stations are asked to do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from sqlalchemy import Connection as Database
from sqlalchemy import Row

from csms_reference.access.ownership import Mine
from csms_reference.api.desk import Desk
from csms_reference.api.hal import Page, page_of, path
from csms_reference.api.models import AfterId, CallIn, Choice, CommandIn, Limit, Name
from csms_reference.api.ordering import ORDERED, Attempted, CommandOut
from csms_reference.api.problems import missing
from csms_reference.api.revision import SHOWN, Seen
from csms_reference.front import Front
from csms_reference.services import commands as kept
from csms_reference.services.commands import State
from csms_reference.store.command_tables import commands as table

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


def commands(csms: Front, desk: Desk) -> APIRouter:
    """What the stations of a CSMS can be asked, and were."""
    router = desk(tags=["commands"])

    @router.post("/stations/{station}/commands", **ORDERED)
    async def post_command(station: Name, order: CommandIn, attempt: Attempted) -> Response:
        """Have a command carried out; its fields stand beside ``command``. 202: it is under way, see ``Location``."""
        return await attempt.order(csms, station, order.command, order.model_extra or {})

    @router.post("/stations/{station}/calls", **ORDERED)
    async def post_call(station: Name, order: CallIn, attempt: Attempted) -> Response:
        """Have a raw CALL of the station's version sent. 202: it is under way, see ``Location``."""
        return await attempt.call(csms, station, order.action, order.payload, validate=order.validated)

    @router.get("/commands")
    async def list_commands(
        *,
        mine: Mine,
        station: Choice = None,
        state: State | None = None,
        command: Choice = None,
        after: AfterId = 0,
        limit: Limit = 100,
    ) -> Page[CommandOut]:
        """Commands in the order in which they were asked for, those after ``after``."""
        narrowed = {"station": station, "state": state, "command": command}
        rows = await csms.store.read(
            lambda database: kept.page(database, after, limit, mine.at(table.c.station), **narrowed)
        )
        last = rows[-1].id if rows else None
        items = [CommandOut.of(row) for row in rows]
        return page_of(items, path("commands"), limit=limit, last=last, query=narrowed)

    @router.get("/commands/{number}", **SHOWN)
    async def get_command(number: Number, seen: Seen, mine: Mine) -> CommandOut:
        """One command, and how far it is."""

        def read(database: Database) -> Row[Any]:
            row = kept.find(database, number)
            if row is None or not mine.has(database, row.station):
                raise missing(f"command {number}")
            return row

        return seen.shown(CommandOut.of(await csms.store.read(read)))

    return router
