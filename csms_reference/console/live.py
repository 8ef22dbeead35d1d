"""What has changed, told to open pages as server-sent events: the page fetches itself anew and shows the difference.

An event says that something is new and of which kind, nothing more, so that what stations say goes one way to the
screen: through the templates.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy import select
from starlette.responses import Response, StreamingResponse

from csms_reference.access.scopes import Scope
from csms_reference.console.desk import Asked, Page
from csms_reference.console.scope import own, station_of
from csms_reference.console.watch import KINDS as FRAMES
from csms_reference.events.bus import Subscription
from csms_reference.events.event import Filter
from csms_reference.events.kinds import KINDS
from csms_reference.store.tables import stations

GATHERED_S = {True: 0.25, False: 2.0}
"""News of one station, and of the fleet, come no faster: what happens meanwhile is told together."""

ALIVE_S = 15.0
"""After so long without news a comment shows that the stream still stands."""


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
    return StreamingResponse(
        _told(heard, GATHERED_S[bool(name)]), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


async def _told(heard: Subscription, gathered_s: float) -> AsyncIterator[str]:
    """Events as a browser reads them; the subscription ends with the stream."""
    try:
        yield "retry: 2000\n\n"
        while True:
            try:
                async with asyncio.timeout(ALIVE_S):
                    event = await heard.next()
            except TimeoutError:
                yield ": alive\n\n"
                continue
            if event is None:
                return
            yield "event: news\ndata: \n\n"
            await asyncio.sleep(gathered_s)
    finally:
        heard.close()


PAGES = (Page("/live", news, Scope.STATIONS_READ),)
