"""The HTTP API: messages on stations' displays, and what was agreed upon with vendors for DataTransfer."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field

from csms_reference.api.models import Name, likewise
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import display, vendors

Vendor = Annotated[str, Path(min_length=1, max_length=255)]


class MessageOut(BaseModel):
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


def agreements(csms: Front) -> APIRouter:
    """The endpoints of a CSMS."""
    router = APIRouter(tags=["display and data transfer"])

    @router.get("/stations/{station}/display")
    async def list_messages(station: Name) -> list[MessageOut]:
        """The messages that the station has confirmed to have and that are not over."""
        now_ms = csms.now_ms()
        rows = await csms.store.read(lambda database: display.of_station(database, station, now_ms))
        return [MessageOut.of(row) for row in rows]

    @router.get("/vendors")
    async def list_vendors() -> list[AgreementIn]:
        """What was agreed upon with vendors."""
        rows = await csms.store.read(vendors.every)
        return [
            AgreementIn(
                vendor_id=row.vendor_id,
                message_id=row.message_id,
                status=row.status,
                data=None if row.data is None else json.loads(row.data),
            )
            for row in rows
        ]

    @router.put("/vendors")
    async def put_vendor(given: AgreementIn) -> AgreementIn:
        """Agree on what a vendor's message is answered from now on."""
        await csms.store.write(
            lambda database: vendors.put(database, given.vendor_id, given.message_id, given.status, given.data)
        )
        return given

    @router.delete("/vendors/{vendor_id}", status_code=204)
    async def delete_vendor(vendor_id: Vendor, message_id: str = "") -> None:
        """End an agreement."""
        if not await csms.store.write(lambda database: vendors.remove(database, vendor_id, message_id)):
            raise HTTPException(404, f"there is no agreement with {vendor_id!r} on {message_id!r}")

    return router
