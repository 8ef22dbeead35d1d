"""The HTTP API: what happens, as it happens, by server-sent events (WHATWG HTML §9.2) or over a WebSocket.

What is sent there is described by ``/v1/asyncapi.json``, as OpenAPI has no words for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Request, WebSocket, WebSocketException
from fastapi.responses import StreamingResponse
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from csms_reference.access.guard import Access, Identified
from csms_reference.access.origin import is_own
from csms_reference.api.hal import PREFIX
from csms_reference.api.hearing import Call, Hearing, Wish
from csms_reference.events.asyncapi import document
from csms_reference.events.event import Event, EventId, Gap, read_id
from csms_reference.front import Front
from csms_reference.store import StoreError

log = logging.getLogger(__name__)

STALLED_S = 30.0
"""A client that takes nothing for so long is cut off."""

STREAMS_MOST = 500
"""Streams at once, each of which may have a thousand events waiting."""

RETRY_MS = 2000
"""So long an EventSource waits before it comes again."""

FRESH = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Nobody on the way keeps a stream, or waits until there is more of it."""


class Streams:
    """Counts the streams that are open."""

    def __init__(self) -> None:
        self.open = 0

    @property
    def full(self) -> bool:
        """Whether one more would be too many."""
        return self.open >= STREAMS_MOST


def streams(csms: Front) -> APIRouter:
    """Where events are heard."""
    router = APIRouter(tags=["events"])
    count = Streams()

    @router.get("/events", include_in_schema=False)
    async def get_events(
        request: Request,
        who: Identified,
        call: Annotated[Call, Query()],
        last_event_id: Annotated[str | None, Header(max_length=40)] = None,
    ) -> StreamingResponse:
        """Events as they happen. ``Last-Event-ID`` (or ``after``) goes on after that event."""
        if count.full:
            raise HTTPException(503, "too many streams of events are open", {"Retry-After": "10"})
        hearing = Hearing(csms, request, call)
        await hearing.begin(who, _after(last_event_id) or _after(call.after))
        return EventStream(hearing, count)

    @router.get("/asyncapi.json", include_in_schema=False)
    async def get_asyncapi(request: Request) -> dict[str, Any]:
        """What is sent here, as AsyncAPI 3.0."""
        return document(request.url.netloc, PREFIX)

    @router.websocket("/events/ws")
    async def hear_events(socket: WebSocket, who: Identified) -> None:
        """The same over a WebSocket; a message with ``station`` and ``kind`` changes what is heard."""
        access: Access = socket.app.state.access
        if "origin" in socket.headers and not is_own(socket, access.settings):
            raise WebSocketException(1008, "a page of another host")
        if count.full:
            raise WebSocketException(1013, "too many streams of events are open")
        call = _call_of(socket)
        hearing = Hearing(csms, socket, call)
        try:
            await hearing.begin(who, _after(call.after))
        except HTTPException as problem:
            raise WebSocketException(1008, str(problem.detail)) from problem
        except StoreError as problem:
            raise WebSocketException(1013, "the database is not available") from problem
        await socket.accept()
        count.open += 1
        try:
            await _converse(socket, hearing)
        finally:
            count.open -= 1
            hearing.close()

    return router


# -- server-sent events -----------------------------------------------------------------------------------------------


class EventStream(StreamingResponse):
    """Server-sent events of a hearing. Whoever takes nothing is cut off."""

    def __init__(self, hearing: Hearing, count: Streams) -> None:
        super().__init__(_lines(hearing), media_type="text/event-stream", headers=FRESH)
        self._hearing = hearing
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def within_time(message: Message) -> None:
            async with asyncio.timeout(STALLED_S):
                await send(message)

        self._count.open += 1
        try:
            await super().__call__(scope, receive, within_time)
        except TimeoutError:
            log.info("a stream of events to %s was cut off: it took nothing for %g s", scope.get("client"), STALLED_S)
        finally:
            self._count.open -= 1
            self._hearing.close()


async def _lines(hearing: Hearing) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    while True:
        try:
            found = await hearing.next()
        except (EOFError, HTTPException, StoreError):
            return  # the client comes again, and is told what is wrong
        yield ":\n\n" if found is None else _told(found)


def _told(what: Event | Gap) -> str:
    number = f"id: {what.id}\n" if isinstance(what, Event) else ""
    return f"{number}data: {what.text}\n\n"


def _after(number: str | None) -> EventId | None:
    """Raises HTTPException 422."""
    if not number:
        return None
    try:
        return read_id(number)
    except ValueError as problem:
        raise HTTPException(422, str(problem)) from problem


# -- WebSocket --------------------------------------------------------------------------------------------------------


def _call_of(socket: WebSocket) -> Call:
    """What a WebSocket's query asks for. Raises WebSocketException 1008."""
    query = socket.query_params
    known = {name: query.getlist(name) for name in query if name in Wish.model_fields}
    try:
        return Call.model_validate({**query, **known})
    except ValidationError as problem:
        raise WebSocketException(1008, _why(problem)) from problem


async def _converse(socket: WebSocket, hearing: Hearing) -> None:
    """Tell and listen until either end has enough."""
    parts = [asyncio.ensure_future(_tell(socket, hearing)), asyncio.ensure_future(_listen(socket, hearing))]
    try:
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for part in parts:
            part.cancel()
        ends = await asyncio.gather(*parts, return_exceptions=True)
    for end in ends:
        if isinstance(end, TimeoutError):
            log.info("a stream of events to %s was cut off: it took nothing for %g s", socket.client, STALLED_S)
        elif isinstance(end, Exception) and not isinstance(end, WebSocketDisconnect):
            raise end


async def _tell(socket: WebSocket, hearing: Hearing) -> None:
    while True:
        try:
            found = await hearing.next()
        except EOFError:
            await socket.close(1001, "the CSMS is going down")
            return
        except (HTTPException, StoreError) as problem:
            await socket.close(1008, "it is no longer known who listens")
            log.info("a stream of events ended: %s", problem)
            return
        if found is not None:
            await _send(socket, found.text)


async def _listen(socket: WebSocket, hearing: Hearing) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        await _send(socket, json.dumps(await _changed(hearing, message.get("text") or "")))


async def _changed(hearing: Hearing, text: str) -> dict[str, Any]:
    """Change what is heard; what is said to that."""
    try:
        wish = Wish.model_validate_json(text)
        await hearing.change(wish)
    except ValidationError as problem:
        return {"kind": "refused", "detail": _why(problem)}
    except (HTTPException, StoreError) as problem:
        return {"kind": "refused", "detail": getattr(problem, "detail", "the database is not available")}
    return {"kind": "listening", "stations": wish.station, "kinds": wish.kind}


def _why(problem: ValidationError) -> str:
    first = problem.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the message'}: {first['msg']}"


async def _send(socket: WebSocket, text: str) -> None:
    async with asyncio.timeout(STALLED_S):
        await socket.send_text(text)
