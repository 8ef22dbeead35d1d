"""The HTTP API: who is asking, and the password that a person has."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from csms_reference.access import accounts as kept
from csms_reference.access import enrolment
from csms_reference.access.guard import Access, Identified
from csms_reference.access.login import NotIn
from csms_reference.access.principal import username_of
from csms_reference.api.accounts import DRAW
from csms_reference.api.desk import Desk
from csms_reference.api.enrolled import Password
from csms_reference.api.hal import Link, Resource, form, path
from csms_reference.api.problems import errors
from csms_reference.front import Front
from csms_reference.store.access_tables import users


class NewPassword(BaseModel):
    """The password that somebody has, and the one that they want. All their sessions and tokens end."""

    model_config = ConfigDict(extra="forbid")
    current: Annotated[str, Field(max_length=255)]
    password: Password


class AccountOut(Resource):
    """Who is asking: what tokens call them, what they may do, and whose stations they see (null: everybody's)."""

    subject: str
    scopes: list[str]
    owner: str | None


def account(csms: Front, desk: Desk) -> APIRouter:
    """The account of whoever asks."""
    router = desk(tags=["accounts"])

    @router.get("/account")
    async def get_account(who: Identified) -> AccountOut:
        """Who I am, and what I may do."""
        own = path("account")
        forms = {"password": form("POST", path("account", "password"), NewPassword, "Choose another password")}
        return AccountOut(
            subject=who.subject,
            scopes=kept.written(who.scopes).split(),
            owner=who.owner,
            links={"self": Link(href=own)},
            templates=forms if username_of(who) is not None and csms.settings.oidc_issuer is None else {},
        )

    @router.post("/account/password", status_code=204, responses=errors(403))
    async def choose_password(given: NewPassword, who: Identified, request: Request) -> None:
        """Choose another password. Whoever is logged in has to log in again, everywhere."""
        username = username_of(who)
        if username is None or csms.settings.oidc_issuer is not None:
            raise HTTPException(403, "only a person who is entered here has a password")
        await replace_password(csms, request, username, given.current, given.password)

    return router


async def replace_password(csms: Front, request: Request, username: str, current: str, password: str) -> None:
    """Give a person another password if they know the one that they have. Raises HTTPException 403, 429; StoreError."""
    access: Access = request.app.state.access
    address = "" if request.client is None else request.client.host
    try:
        await access.login.check(username, current, address)
    except NotIn as problem:
        headers = None if problem.wait_s is None else {"Retry-After": str(problem.wait_s)}
        code, why = (403, "the current password is wrong") if problem.wait_s is None else (429, str(problem))
        raise HTTPException(code, why, headers) from problem
    hashed = await asyncio.to_thread(enrolment.hashed, DRAW, password)
    now_ms = csms.now_ms()
    await csms.store.write(lambda database: kept.change(database, users, username, now_ms, password_hash=hashed))
