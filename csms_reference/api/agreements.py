"""The HTTP API: messages on stations' displays, and what was agreed upon with vendors for DataTransfer."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection as Database

from csms_reference.api.desk import Desk
from csms_reference.api.hal import Link, Page, Resource, Template, form, link, narrowed, path, rank, whole_page
from csms_reference.api.models import AfterKey, Limit, Name, likewise
from csms_reference.api.problems import errors, missing
from csms_reference.api.revision import CHANGED, Seen
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import display, vendors

Vendor = Annotated[str, Path(min_length=1, max_length=255)]


class MessageOut(Resource):
    """A message on a display. ``known_by``: set (the station has accepted it) or told (it has said that it has it)."""

    id: int
    priority: str
    state: str | None
    start: str | None
    end: str | None
    transaction_id: str | None
    message: dict[str, Any]
    known_by: str
    request_id: int | None
    confirmed: str | None

    @classmethod
    def of(cls, row: Any) -> MessageOut:
        """From its row."""
        same = likewise(cls, row)
        instants = {"start": row.start_ms, "end": row.end_ms, "confirmed": row.confirmed_ms}
        shown = {name: show(at_ms) for name, at_ms in instants.items()}
        return cls(**{**same, **shown, "message": json.loads(row.payload)})


class AgreementIn(BaseModel):
    """What a vendor's message is answered. An empty ``message_id`` is for any; ``data`` go back."""

    model_config = ConfigDict(extra="forbid")
    vendor_id: Annotated[str, Field(min_length=1, max_length=255)]
    message_id: Annotated[str, Field(max_length=50)] = ""
    status: Literal["Accepted", "Rejected"] = "Accepted"
    data: Any = None


class AgreementOut(AgreementIn, Resource):
    """What a vendor's message is answered."""

    @classmethod
    def of(cls, row: Any) -> AgreementOut:
        """From its row."""
        return cls(**likewise(AgreementIn, row) | {"data": None if row.data is None else json.loads(row.data)})


def agreements(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(tags=["display and data transfer"])

    @router.get("/stations/{station}/display")
    async def list_messages(station: Name, after: AfterKey = "", limit: Limit = 100) -> Page[MessageOut]:
        """The messages that the station has confirmed to have and that are not over."""
        now_ms = csms.now_ms()
        rows = await csms.store.read(lambda database: display.of_station(database, station, now_ms))
        items, where = map(MessageOut.of, rows), path("stations", station, "display")
        links = {"station": link("stations", station)}
        return whole_page(items, where, lambda each: rank(each.id), after=after, limit=limit, links=links)

    @router.get("/vendors")
    async def list_vendors(after: AfterKey = "", limit: Limit = 100) -> Page[AgreementOut]:
        """What was agreed upon with vendors, in the order of their ids."""
        items = map(_linked, map(AgreementOut.of, await csms.store.read(vendors.every)))
        forms = {"default": form("PUT", path("vendors"), AgreementIn, "Agree on what a message is answered")}

        def key(each: AgreementOut) -> str:
            return f"{each.vendor_id} {each.message_id}"

        return whole_page(items, path("vendors"), key, after=after, limit=limit, templates=forms)

    @router.put("/vendors", responses=errors(412))
    async def put_vendor(given: AgreementIn, seen: Seen) -> AgreementOut:
        """Agree on what a vendor's message is answered from now on."""

        def write(database: Database) -> None:
            seen.expected(_found(database, given.vendor_id, given.message_id))
            vendors.put(database, given.vendor_id, given.message_id, given.status, given.data)

        await csms.store.write(write)
        return seen.shown(_linked(AgreementOut(**given.model_dump())))

    @router.delete("/vendors/{vendor_id:path}", status_code=204, **CHANGED)
    async def delete_vendor(vendor_id: Vendor, seen: Seen, message_id: str = "") -> None:
        """End an agreement."""

        def write(database: Database) -> bool:
            seen.expected(_found(database, vendor_id, message_id))
            return vendors.remove(database, vendor_id, message_id)

        if not await csms.store.write(write):
            raise missing(f"agreement with {vendor_id!r} on {message_id!r}")

    return router


def _found(database: Database, vendor_id: str, message_id: str) -> AgreementOut | None:
    found = map(AgreementOut.of, vendors.every(database))
    return next((each for each in found if (each.vendor_id, each.message_id) == (vendor_id, message_id)), None)


def _linked(agreement: AgreementOut) -> AgreementOut:
    where = narrowed(path("vendors", agreement.vendor_id), message_id=agreement.message_id).href
    agreement.links = {"collection": Link(href=path("vendors"))}
    agreement.templates = {"delete": Template(title="End it", method="DELETE", target=where)}
    return agreement
