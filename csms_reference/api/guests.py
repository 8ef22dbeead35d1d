"""The HTTP API for guests: who has no account charges at public stations, and has their session by a key.

The key is 256 bits of chance, told once, and sent as ``Authorization: Bearer …``: addresses get into logs.
"""

from __future__ import annotations

from math import ceil
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection as Database

from csms_reference.access.guard import credentials, unproven
from csms_reference.api.charged import GuestIn, LiveSession, SessionOut, live_of, more_of
from csms_reference.api.description import operation_id
from csms_reference.api.hal import PREFIX, HalResponse, Link, Template, path
from csms_reference.api.problems import errors
from csms_reference.api.wishes import ASKED, answered, begun, stopped, wish_of
from csms_reference.front import Front
from csms_reference.operations.requests import loop_time
from csms_reference.services import history
from csms_reference.services import sessions as kept
from csms_reference.services.history import Session, State
from csms_reference.sessions import hash_of
from csms_reference.throttle import Buckets

BEGINNINGS, BEGINNINGS_PER_S = 5, 0.1
"""Sessions that one address may ask for at once, and then per second."""

WRONG_KEYS, WRONG_KEYS_PER_S = 20, 0.2

OWN = path("guest")
Key = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(scheme_name="guest", auto_error=False))]
"""So that it is described; what it is worth is found out with the database."""


class GuestOut(SessionOut):
    """A guest's session, with what its meter shows. ``key``: how to come back, told by the answer that begins it."""

    live: LiveSession | None = None


Attempt = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=22, max_length=255, description="128 bits of chance, such as a UUID."),
]
"""Guests share a name: whoever could guess the key of another would be told theirs."""


def guests(csms: Front) -> APIRouter:
    """What guests may do."""
    router = APIRouter(
        prefix=f"{PREFIX}/guest",
        tags=["guests"],
        responses=errors(400, 401, 422, 429, 503),
        default_response_class=HalResponse,
        generate_unique_id_function=operation_id,
    )
    beginnings = Buckets(BEGINNINGS, BEGINNINGS_PER_S)
    wrong = Buckets(WRONG_KEYS, WRONG_KEYS_PER_S)

    async def session_of(request: Request) -> Session:
        """The session whose key the request has. Raises HTTPException 401, 429; StoreError."""
        key, address, now_ms = credentials(request), _address(request), csms.now_ms()
        _spare(wrong.wait_s(address, loop_time()))

        def read(database: Database) -> Session | None:
            row = kept.of_key(database, hash_of(key or ""))
            return None if row is None else history.of_number(database, row.id, now_ms)

        found = await csms.store.glance(read)
        if found is None:
            wrong.take(address, loop_time())
            raise unproven("no key of a session", key)
        return found

    async def told_of(number: int) -> GuestOut:
        now_ms = csms.now_ms()
        return await csms.store.read(
            lambda database: _told(database, history.of_number(database, number, now_ms), now_ms)
        )

    @router.post("", **ASKED)
    async def begin_as_guest(given: GuestIn, request: Request, idempotency_key: Attempt = None) -> Response:
        """Charge without an account, at a public station. ``key`` is told by this answer alone."""
        _spare(beginnings.take(_address(request), loop_time()).wait_s)
        row = await begun(csms, None, wish_of(given), idempotency_key)
        shown = await told_of(row.id)
        shown.key = row.key
        return answered(shown, waited=False)

    @router.get("")
    async def get_guest(request: Request, answer: Response, _: Key) -> GuestOut:
        """The session of a guest, with what goes on now."""
        found = await session_of(request)
        answer.headers["Cache-Control"] = "no-store"
        return await told_of(found.key.number)

    @router.post("/stop", **ASKED)
    async def stop_as_guest(request: Request, _: Key) -> Response:
        """Have the session of a guest ended: it ends when its station says so."""
        found = await session_of(request)
        await stopped(csms, None, found, None)
        return answered(await told_of(found.key.number), waited=False)

    return router


def _told(database: Database, found: Session, now_ms: int) -> GuestOut:
    more = more_of(database, found, now_ms)
    shown = GuestOut(**SessionOut.of(found, now_ms, more).model_dump())
    shown.links = {"self": Link(href=OWN)}
    if found.transaction_id is not None:
        shown.live = live_of(database, found, now_ms)
        shown.live.links = {"session": Link(href=OWN)}
    if found.state is State.ACTIVE:
        shown.templates = {"stop": Template(title="Stop it", method="POST", target=f"{OWN}/stop")}
    return shown


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _spare(wait_s: float) -> None:
    """Let somebody pass who may. Raises HTTPException 429."""
    if wait_s > 0:
        raise HTTPException(429, "too many requests", {"Retry-After": str(ceil(wait_s))})
