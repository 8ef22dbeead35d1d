"""The HTTP API: who may use it (users, clients), and whose stations there are (owners).

Nobody gives or changes more than they have: the scopes of an account are among those of whoever makes or changes it,
and an owner's accounts are of the same owner. Secrets are told once, by the answer that makes them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, HTTPException
from sqlalchemy import Connection as Database
from sqlalchemy import Row, Table

from csms_reference.access import accounts as kept
from csms_reference.access import enrolment
from csms_reference.access.enrolment import Draw
from csms_reference.access.guard import Identified
from csms_reference.access.ownership import Mine
from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.api.desk import Desk
from csms_reference.api.enrolled import (
    AccountChange,
    ClientIn,
    ClientOut,
    Name,
    OwnerIn,
    OwnerOut,
    UserChange,
    UserIn,
    UserOut,
    client_out,
    owner_out,
    user_out,
)  # fmt: skip
from csms_reference.api.hal import Page, Template, form, page_of, path
from csms_reference.api.models import AfterKey, Limit
from csms_reference.api.problems import errors, missing
from csms_reference.front import Front
from csms_reference.process import fresh_salt, fresh_secret
from csms_reference.store.access_tables import clients, owners, users

T = TypeVar("T")
DRAW = Draw(fresh_secret, fresh_salt)


def accounts(csms: Front, desk: Desk) -> APIRouter:
    """The accounts of a CSMS."""
    router = desk(tags=["accounts"])
    _owners(csms, router)
    _users(csms, router)
    _clients(csms, router)
    return router


# -- owners --------------------------------------------------------------------------------------------------------


def _owners(csms: Front, router: APIRouter) -> None:
    @router.get("/owners")
    async def list_owners(mine: Mine, after: AfterKey = "", limit: Limit = 100) -> Page[OwnerOut]:
        """Owners in the order of their names, those after ``after``."""
        form_of = form("POST", path("owners"), OwnerIn, "Enter an owner")
        return await _page(csms, owners, mine, (after, limit), told=owner_out, form_of=form_of)

    @router.post("/owners", status_code=201, responses=errors(409))
    async def post_owner(given: OwnerIn) -> OwnerOut:
        """Enter an owner."""
        columns = {"name": given.name, "created_ms": csms.now_ms()}
        return owner_out(await _add(csms, owners, given.owner, columns))

    @router.get("/owners/{owner}", responses=errors(404))
    async def get_owner(owner: Name, mine: Mine) -> OwnerOut:
        """One owner."""
        return owner_out(await csms.store.read(lambda database: one(database, owners, owner, mine)))

    @router.delete("/owners/{owner}", status_code=204, responses=errors(404))
    async def delete_owner(owner: Name) -> None:
        """Forget an owner. What was theirs keeps the name, and nobody else gets it."""
        if not await csms.store.write(lambda database: kept.remove(database, owners, owner, csms.now_ms())):
            raise missing(f"owner {owner!r}")


# -- users ---------------------------------------------------------------------------------------------------------


def _users(csms: Front, router: APIRouter) -> None:
    @router.get("/users")
    async def list_users(mine: Mine, after: AfterKey = "", limit: Limit = 100) -> Page[UserOut]:
        """Users in the order of their names, those after ``after``."""
        form_of = form("POST", path("users"), UserIn, "Enter a user")
        return await _page(csms, users, mine, (after, limit), told=user_out, form_of=form_of)

    @router.post("/users", status_code=201, responses=errors(409))
    async def post_user(given: UserIn, who: Identified, mine: Mine) -> UserOut:
        """Enter a user."""
        owner = await _owner_for(csms, who, mine, given)
        columns, password = await asyncio.to_thread(
            enrolment.of_user, DRAW, given.scopes, owner, csms.now_ms(), password=given.password, email=given.email
        )
        return user_out(await _add(csms, users, given.username, columns), password=password)

    @router.get("/users/{username}", responses=errors(404))
    async def get_user(username: Name, mine: Mine) -> UserOut:
        """One user."""
        return user_out(await csms.store.read(lambda database: one(database, users, username, mine)))

    @router.patch("/users/{username}", responses=errors(404))
    async def change_user(username: Name, change: UserChange, who: Identified, mine: Mine) -> UserOut:
        """Change a user: only what is given."""
        given = change.model_dump(exclude_unset=True)
        if (password := given.pop("password", None)) is not None:
            given["password_hash"] = await asyncio.to_thread(enrolment.hashed, DRAW, password)
        return user_out(await _change(csms, users, username, given, who=who, mine=mine))

    @router.delete("/users/{username}", status_code=204, responses=errors(404))
    async def delete_user(username: Name, who: Identified, mine: Mine) -> None:
        """Forget a user, and end their sessions."""
        await _remove(csms, users, username, who, mine)


# -- clients -------------------------------------------------------------------------------------------------------


def _clients(csms: Front, router: APIRouter) -> None:
    @router.get("/clients")
    async def list_clients(mine: Mine, after: AfterKey = "", limit: Limit = 100) -> Page[ClientOut]:
        """Clients in the order of their names, those after ``after``."""
        form_of = form("POST", path("clients"), ClientIn, "Enter a client")
        return await _page(csms, clients, mine, (after, limit), told=client_out, form_of=form_of)

    @router.post("/clients", status_code=201, responses=errors(409))
    async def post_client(given: ClientIn, who: Identified, mine: Mine) -> ClientOut:
        """Enter a client."""
        owner = await _owner_for(csms, who, mine, given)
        columns, secret = enrolment.of_client(
            DRAW, given.scopes, owner, csms.now_ms(), redirect_uris=given.redirect_uris, public=given.public
        )
        return client_out(await _add(csms, clients, given.client, columns), secret=secret)

    @router.get("/clients/{client}", responses=errors(404))
    async def get_client(client: Name, mine: Mine) -> ClientOut:
        """One client."""
        return client_out(await csms.store.read(lambda database: one(database, clients, client, mine)))

    @router.patch("/clients/{client}", responses=errors(404))
    async def change_client(client: Name, change: AccountChange, who: Identified, mine: Mine) -> ClientOut:
        """Change a client: only what is given."""
        return client_out(
            await _change(csms, clients, client, change.model_dump(exclude_unset=True), who=who, mine=mine)
        )

    @router.delete("/clients/{client}", status_code=204, responses=errors(404))
    async def delete_client(client: Name, who: Identified, mine: Mine) -> None:
        """Forget a client; it gets no more tokens."""
        await _remove(csms, clients, client, who, mine)


# -- what is common to them ----------------------------------------------------------------------------------------


def vouch(who: Principal, scopes: list[Scope] | frozenset[Scope]) -> None:
    """See that somebody has what they give, or what the account has that they change. Raises HTTPException 403."""
    if beyond := sorted(scope for scope in scopes if not who.may(scope)):
        raise HTTPException(403, f"whoever lacks the scope {beyond[0]} cannot give it, nor change who has it")


async def _page(
    csms: Front, kind: Table, mine: Mine, chosen: tuple[str, int], *, told: Callable[[Row[Any]], T], form_of: Template
) -> Page[T]:
    """A page of accounts of a kind, and the form that enters another one."""
    rows = await csms.store.read(lambda database: kept.page(database, kind, *chosen, mine.own(kind.c.owner)))
    last = getattr(rows[-1], kept.KEYS[kind].name) if rows else None
    items = [told(row) for row in rows]
    return page_of(items, path(kind.name), limit=chosen[1], last=last, templates={"default": form_of})


async def _owner_for(csms: Front, who: Principal, mine: Mine, given: UserIn | ClientIn) -> str | None:
    """Whose a new account is. Raises HTTPException 403 where it would have what who makes it lacks, 404, 422."""
    vouch(who, given.scopes)
    columns = await mine.given(csms.store, {"owner": given.owner} if given.owner else {})
    owner: str | None = columns.get("owner")
    return owner


def one(database: Database, kind: Table, name: str, mine: Mine) -> Row[Any]:
    """An account of theirs. Raises HTTPException 404."""
    row = kept.find(database, kind, name)
    if row is None or not mine.holds(row):
        raise missing(f"{kind.name[:-1]} {name!r}")
    return row


async def _add(csms: Front, kind: Table, name: str, columns: dict[str, Any]) -> Row[Any]:
    def write(database: Database) -> Row[Any] | None:
        return kept.find(database, kind, name) if kept.add(database, kind, name, **columns) else None

    row = await csms.store.write(write)
    if row is None:
        raise HTTPException(409, f"there is a {kind.name[:-1]} {name!r}")
    return row


async def _change(
    csms: Front, kind: Table, name: str, given: dict[str, Any], *, who: Principal, mine: Mine
) -> Row[Any]:
    if "scopes" in given:
        vouch(who, given["scopes"])
        given["scopes"] = kept.written(given["scopes"])

    def write(database: Database) -> Row[Any]:
        vouch(who, kept.scopes_of(one(database, kind, name, mine).scopes))
        kept.change(database, kind, name, csms.now_ms(), **given)
        return one(database, kind, name, mine)

    return await csms.store.write(write)


async def _remove(csms: Front, kind: Table, name: str, who: Principal, mine: Mine) -> None:
    def write(database: Database) -> None:
        vouch(who, kept.scopes_of(one(database, kind, name, mine).scopes))
        kept.remove(database, kind, name, csms.now_ms())

    await csms.store.write(write)
