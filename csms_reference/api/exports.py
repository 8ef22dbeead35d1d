"""The HTTP API: meter values to take away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from csms_reference import parquet
from csms_reference.access.guard import Identified
from csms_reference.api.desk import Desk
from csms_reference.api.models import Instant
from csms_reference.front import Front
from csms_reference.instants import read_ms
from csms_reference.services.readings import BEGINNING_MS, END_MS, Choice

MEDIA_TYPE = "application/vnd.apache.parquet"
PART_BYTES = 256 * 1024
FILE = {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}


def exports(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(tags=["transactions"])

    @router.get("/meter-values.parquet", response_class=StreamingResponse, responses={200: FILE})
    async def export_meter_values(
        who: Identified,
        from_: Annotated[Instant | None, Query(alias="from", description="Those of then, or later.")] = None,
        to: Annotated[Instant | None, Query(description="Those before.")] = None,
        station: Annotated[str | None, Query(max_length=255, description="Of this station alone.")] = None,
    ) -> StreamingResponse:
        """Meter values as a Parquet file, whose columns say in their metadata what they hold."""
        begin_ms, end_ms = read_ms(from_), read_ms(to)
        chosen = Choice(
            BEGINNING_MS if begin_ms is None else begin_ms, END_MS if end_ms is None else end_ms, station, who.owner
        )
        file = tempfile.TemporaryFile()  # noqa: SIM115 -- it has no name, and is gone with whoever reads it
        try:
            await parquet.export(csms.store, chosen, file)
        except BaseException:
            file.close()
            raise
        headers = {
            "Content-Length": str(file.tell()),
            "Content-Disposition": 'attachment; filename="meter-values.parquet"',
        }
        file.seek(0)
        return StreamingResponse(_parts(file), media_type=MEDIA_TYPE, headers=headers)

    return router


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(PART_BYTES):
            yield part
