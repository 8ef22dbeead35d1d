"""The HTTP API: the local authorization lists that stations were sent."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from csms_reference.access.ownership import Mine
from csms_reference.api.desk import Desk
from csms_reference.api.hal import Page, link, page_of, path
from csms_reference.api.models import AfterKey, Limit, Name
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import authorization, locallist


class ListOut(Page[dict[str, Any]]):
    """What a station was sent as ``sync_local_list`` knows it: entries as the command ``send_local_list`` takes them.

    ``version`` is null where somebody else has sent a list, or nobody; ``size``: entries in all; ``sent``: when it was
    sent, or changed last. Owners see the entries of their own tokens.
    """

    version: int | None
    sent: str | None
    size: int


def lists(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(tags=["tokens"])

    @router.get("/stations/{station}/local-list")
    async def get_local_list(station: Name, mine: Mine, after: AfterKey = "", limit: Limit = 100) -> ListOut:
        """The list of one station, entries after ``after``."""
        known = await csms.store.read(lambda database: locallist.sent(database, station, owner=mine.owner))
        version, entries = (None, {}) if known is None else (known.version, known.entries)
        chosen = [entry for name, entry in entries.items() if name > authorization.key(after)][:limit]
        where, links = path("stations", station, "local-list"), {"station": link("stations", station)}
        last = chosen[-1]["id_token"] if chosen else None
        page = page_of(chosen, where, limit=limit, last=last, links=links)
        sent = None if known is None else show(known.sent_ms)
        return ListOut(version=version, sent=sent, size=len(entries), embedded=page.embedded, links=page.links)

    return router
