"""The HTTP API: how a charging session is asked for and stopped, by whoever may."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException, Response
from sqlalchemy import Row

from csms_reference import sessions as charging
from csms_reference.access.principal import Principal
from csms_reference.api.charged import GuestIn, SessionOut
from csms_reference.api.hal import HalResponse
from csms_reference.api.problems import errors, missing
from csms_reference.front import Front
from csms_reference.services.commands import AnotherCommand
from csms_reference.services.history import Session, State
from csms_reference.services.sessions import AnotherSession
from csms_reference.sessions import Refused, Wish

ASKED: dict[str, Any] = {
    "status_code": 202,
    "response_model": SessionOut,
    "responses": {
        200: {"model": SessionOut, "description": "With the end of what the station was asked"},
        **errors(404, 409),
    },
}
"""How an endpoint that asks a station for something is described."""


def wish_of(given: GuestIn, id_token: str | None = None) -> Wish:
    """The domain's wish."""
    cost = None if given.max_cost is None else str(given.max_cost)
    return Wish(given.station, given.evse, id_token, given.max_energy_wh, cost)


async def begun(csms: Front, who: Principal | None, wish: Wish, key: str | None) -> Row[Any]:
    """Begin a session. Raises HTTPException 404, 409, 422; StoreError."""
    try:
        return await charging.begin(csms, who, wish, key)
    except AnotherSession as problem:
        raise HTTPException(422, f"Idempotency-Key: {problem}") from problem
    except Refused as problem:
        raise missing(str(problem)) if problem.missing else HTTPException(409, str(problem)) from problem


async def stopped(csms: Front, who: Principal | None, session: Session, key: str | None) -> Row[Any]:
    """Have a session stopped; the command. Raises HTTPException 409, 422; StoreError."""
    if session.state is not State.ACTIVE:
        raise HTTPException(409, f"the session is {session.state}")
    try:
        return await charging.stop(csms, who, session, key)
    except AnotherCommand as problem:
        raise HTTPException(422, f"Idempotency-Key: {problem}") from problem


def answered(shown: SessionOut, *, waited: bool) -> Response:
    """The answer to who wanted something: 200 with the end of the order where they waited for it, else 202."""
    headers = {"Location": shown.links["self"].href, "Cache-Control": "no-store"}
    if waited:
        headers["Preference-Applied"] = "wait"
    over = shown.order is not None and shown.order.state.over
    return HalResponse(shown.model_dump(mode="json", by_alias=True), 200 if over else 202, headers=headers)
