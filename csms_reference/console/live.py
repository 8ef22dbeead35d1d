"""What has changed, told to open pages as server-sent events: the page fetches itself anew and shows the difference.

An event says that something is new and of which kind, nothing more, so that what stations say goes one way to the
screen: through the templates.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from csms_reference.access.scopes import Scope
from csms_reference.access.vigil import Vigil
from csms_reference.console.desk import Asked, Page
from csms_reference.console.gate import visit
from csms_reference.console.scope import own, station_of
from csms_reference.console.tally import KEPT_S
from csms_reference.console.watch import KINDS as FRAMES
from csms_reference.events.bus import Subscription
from csms_reference.events.event import Filter
from csms_reference.events.kinds import KINDS
from csms_reference.store import StoreError
from csms_reference.store.tables import stations

SETTLED_S = {True: 0.0, False: KEPT_S}
"""News of the fleet wait until no figure is shown any more that was counted before."""

GATHERED_S = {True: 0.25, False: 1.0}
"""News of one station, and of the fleet, come no faster: what happens meanwhile is told together."""


async def news(asked: Asked) -> Response:
    """The stream of one station (``station``), or of the fleet; with ``log`` of its messages, too."""
    name, whose = asked.query("station"), None
    if name:
        await asked.read(lambda database: station_of(database, asked.who, name))
        whose = frozenset({name})
    elif asked.who.owner is not None:
        theirs = select(stations.c.station).where(own(asked.who))
        whose = frozenset(await asked.read(lambda database: list(database.execute(theirs).scalars())))
    kinds = {each.name for each in KINDS.values() if not each.asked and asked.who.may(each.scope)}
    if name and asked.query("log") and asked.who.may(Scope.OPERATIONS_READ):
        kinds |= FRAMES
    heard = asked.csms.bus.subscribe(Filter(kinds, whose), most=1)  # one is as good as many: the page looks for itself
    lines = _told(asked, heard, SETTLED_S[bool(name)], GATHERED_S[bool(name)])
    return StreamingResponse(lines, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def _told(asked: Asked, heard: Subscription, settled_s: float, gathered_s: float) -> AsyncIterator[str]:
    """Events as a browser reads them, until nobody is signed in any more; the subscription ends with the stream."""
    vigil = Vigil(asked.request)
    try:
        yield "retry: 2000\n\n"
        while True:
            if await vigil.is_due():
                if await _is_gone(asked):
                    return
                yield ": alive\n\n"
            try:
                async with asyncio.timeout_at(vigil.next_s):
                    event = await heard.next()
            except TimeoutError:
                continue
            if event is None:
                return
            await asyncio.sleep(settled_s)
            yield "event: news\ndata: \n\n"
            await asyncio.sleep(gathered_s)
    except StoreError:
        return  # the page asks again, and is told
    finally:
        heard.close()


async def _is_gone(asked: Asked) -> bool:
    """Whether the stream would not be given to who asked for it now, as far as it goes. Raises StoreError."""
    try:
        now = await visit(asked.request, asked.csms.settings)
    except HTTPException:
        return True
    return now is None or now.who != asked.who


STREAMS = frozenset({"/live"})
"""Pages that are not shown."""

PAGES = (Page("/live", news, Scope.STATIONS_READ),)
