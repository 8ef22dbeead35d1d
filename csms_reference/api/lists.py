"""The HTTP API: the local authorization lists that stations were sent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from csms_reference.api.models import Limit, Name
from csms_reference.front import Front
from csms_reference.services import locallist


class ListOut(BaseModel):
    """What a station was sent as ``sync_local_list`` knows it. ``version`` is null where somebody else has sent a list,
    or nobody; ``size``: entries in all; ``entries``: as the command ``send_local_list`` takes them."""

    version: int | None
    size: int
    entries: list[dict[str, Any]]


def lists(csms: Front) -> APIRouter:
    """The endpoints of a CSMS."""
    router = APIRouter(tags=["tokens"])

    @router.get("/stations/{station}/local-list")
    async def get_local_list(
        station: Name, after: Annotated[str, Query(max_length=255)] = "", limit: Limit = 100
    ) -> ListOut:
        """The list of one station in the order of its tokens in lower case, those after ``after``."""
        known = await csms.store.read(lambda database: locallist.sent(database, station))
        if known is None:
            return ListOut(version=None, size=0, entries=[])
        chosen = [entry for name, entry in known.entries.items() if name > after.lower()]
        return ListOut(version=known.version, size=len(known.entries), entries=chosen[:limit])

    return router
