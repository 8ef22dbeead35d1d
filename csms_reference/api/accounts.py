"""The HTTP API: who may use it (users, clients), and whose stations there are (owners).

Nobody gives or changes more than they have: the scopes of an account are among those of whoever makes or changes it,
and an owner's accounts are of the same owner. Secrets are told once, by the answer that makes them.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
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
from csms_reference.api.hal import Link, Page, Resource, Template, form, link, page_of, path
from csms_reference.api.models import AfterKey, Limit
from csms_reference.api.problems import errors, missing
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.process import fresh_salt, fresh_secret
from csms_reference.store.access_tables import clients, owners, users

DRAW = Draw(fresh_secret, fresh_salt)


def _redirecting(uri: str) -> str:
    if (fault := enrolment.redirect_fault(uri)) is not None:
        raise ValueError(fault)
    return uri


Username = Annotated[str, Field(pattern=enrolment.USERNAME)]
ClientName = Annotated[str, Field(pattern=enrolment.CLIENT)]
OwnerName = Annotated[str, Field(pattern=enrolment.OWNER)]
Password = Annotated[str, Field(min_length=enrolment.PASSWORD_LEAST, max_length=255)]
Redirect = Annotated[str, Field(max_length=2000), AfterValidator(_redirecting)]
Name = Annotated[str, Path(max_length=64)]


class AccountChange(BaseModel):
    """What is to be changed of an account. Who is no longer ``active`` gets no more tokens and has no sessions."""

    model_config = ConfigDict(extra="forbid")
    scopes: list[Scope] = []
    active: bool = True


class UserChange(AccountChange):
    """What is to be changed of a user. A new password ends all sessions and refresh tokens."""

    password: Password | None = None
    email: Annotated[str, Field(max_length=254)] | None = None


class UserIn(BaseModel):
    """A person. Without a password one is drawn, and told once."""

    model_config = ConfigDict(extra="forbid")
    username: Username
    password: Password | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    scopes: list[Scope]
    owner: OwnerName | None = None


class ClientIn(BaseModel):
    """A program. With redirect URIs it acts for people; a ``public`` one, such as an app, has no secret."""

    model_config = ConfigDict(extra="forbid")
    client: ClientName
    scopes: list[Scope]
    owner: OwnerName | None = None
    redirect_uris: list[Redirect] = Field([], max_length=20)
    public: bool = False


class OwnerIn(BaseModel):
    """An owner of stations and tokens."""

    model_config = ConfigDict(extra="forbid")
    owner: OwnerName
    name: str | None = Field(None, max_length=255)


class OwnerOut(Resource):
    """An owner of stations and tokens."""

    owner: str
    name: str | None
    created: str | None


class UserOut(Resource):
    """A person. ``password``: where it was drawn, this once."""

    username: str
    email: str | None
    scopes: list[str]
    owner: str | None
    active: bool
    created: str | None
    password: str | None = None


class ClientOut(Resource):
    """A program. ``secret``: this once."""

    client: str
    scopes: list[str]
    owner: str | None
    redirect_uris: list[str]
    public: bool
    active: bool
    created: str | None
    secret: str | None = None


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
        rows = await _page(csms, owners, mine, after, limit)
        forms = {"default": form("POST", path("owners"), OwnerIn, "Enter an owner")}
        last = rows[-1].owner if rows else None
        return page_of([_owner(row) for row in rows], path("owners"), limit=limit, last=last, templates=forms)

    @router.post("/owners", status_code=201, responses=errors(409))
    async def post_owner(given: OwnerIn) -> OwnerOut:
        """Enter an owner."""
        columns = {"name": given.name, "created_ms": csms.now_ms()}
        return _owner(await _add(csms, owners, given.owner, columns))

    @router.get("/owners/{owner}", responses=errors(404))
    async def get_owner(owner: Name, mine: Mine) -> OwnerOut:
        """One owner."""
        return _owner(await csms.store.read(lambda database: _one(database, owners, owner, mine)))

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
        rows = await _page(csms, users, mine, after, limit)
        forms = {"default": form("POST", path("users"), UserIn, "Enter a user")}
        last = rows[-1].username if rows else None
        return page_of([_user(row) for row in rows], path("users"), limit=limit, last=last, templates=forms)

    @router.post("/users", status_code=201, responses=errors(409))
    async def post_user(given: UserIn, who: Identified, mine: Mine) -> UserOut:
        """Enter a user."""
        _vouch(who, given.scopes)
        owner = (await mine.given(csms.store, {"owner": given.owner} if given.owner else {})).get("owner")
        columns, password = await asyncio.to_thread(
            enrolment.of_user, DRAW, given.scopes, owner, csms.now_ms(), password=given.password, email=given.email
        )
        return _user(await _add(csms, users, given.username, columns), password=password)

    @router.get("/users/{username}", responses=errors(404))
    async def get_user(username: Name, mine: Mine) -> UserOut:
        """One user."""
        return _user(await csms.store.read(lambda database: _one(database, users, username, mine)))

    @router.patch("/users/{username}", responses=errors(404))
    async def change_user(username: Name, change: UserChange, who: Identified, mine: Mine) -> UserOut:
        """Change a user: only what is given."""
        given = change.model_dump(exclude_unset=True)
        if (password := given.pop("password", None)) is not None:
            given["password_hash"] = await asyncio.to_thread(enrolment.hashed, DRAW, password)
        return _user(await _change(csms, users, username, given, who=who, mine=mine))

    @router.delete("/users/{username}", status_code=204, responses=errors(404))
    async def delete_user(username: Name, who: Identified, mine: Mine) -> None:
        """Forget a user, and end their sessions."""
        await _remove(csms, users, username, who, mine)


# -- clients -------------------------------------------------------------------------------------------------------


def _clients(csms: Front, router: APIRouter) -> None:
    @router.get("/clients")
    async def list_clients(mine: Mine, after: AfterKey = "", limit: Limit = 100) -> Page[ClientOut]:
        """Clients in the order of their names, those after ``after``."""
        rows = await _page(csms, clients, mine, after, limit)
        forms = {"default": form("POST", path("clients"), ClientIn, "Enter a client")}
        last = rows[-1].client if rows else None
        return page_of([_client(row) for row in rows], path("clients"), limit=limit, last=last, templates=forms)

    @router.post("/clients", status_code=201, responses=errors(409))
    async def post_client(given: ClientIn, who: Identified, mine: Mine) -> ClientOut:
        """Enter a client."""
        _vouch(who, given.scopes)
        owner = (await mine.given(csms.store, {"owner": given.owner} if given.owner else {})).get("owner")
        columns, secret = enrolment.of_client(
            DRAW, given.scopes, owner, csms.now_ms(), redirect_uris=given.redirect_uris, public=given.public
        )
        return _client(await _add(csms, clients, given.client, columns), secret=secret)

    @router.get("/clients/{client}", responses=errors(404))
    async def get_client(client: Name, mine: Mine) -> ClientOut:
        """One client."""
        return _client(await csms.store.read(lambda database: _one(database, clients, client, mine)))

    @router.patch("/clients/{client}", responses=errors(404))
    async def change_client(client: Name, change: AccountChange, who: Identified, mine: Mine) -> ClientOut:
        """Change a client: only what is given."""
        return _client(await _change(csms, clients, client, change.model_dump(exclude_unset=True), who=who, mine=mine))

    @router.delete("/clients/{client}", status_code=204, responses=errors(404))
    async def delete_client(client: Name, who: Identified, mine: Mine) -> None:
        """Forget a client; it gets no more tokens."""
        await _remove(csms, clients, client, who, mine)


# -- what is common to them ----------------------------------------------------------------------------------------


def _vouch(who: Principal, scopes: list[Scope] | frozenset[Scope]) -> None:
    """See that somebody has what they give, or what the account has that they change. Raises HTTPException 403."""
    if beyond := sorted(scope for scope in scopes if not who.may(scope)):
        raise HTTPException(403, f"whoever lacks the scope {beyond[0]} cannot give it, nor change who has it")


async def _page(csms: Front, kind: Table, mine: Mine, after: str, limit: int) -> list[Row[Any]]:
    return await csms.store.read(lambda database: kept.page(database, kind, after, limit, mine.own(kind.c.owner)))


def _one(database: Database, kind: Table, name: str, mine: Mine) -> Row[Any]:
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
        _vouch(who, given["scopes"])
        given["scopes"] = kept.written(given["scopes"])

    def write(database: Database) -> Row[Any]:
        _vouch(who, kept.scopes_of(_one(database, kind, name, mine).scopes))
        kept.change(database, kind, name, csms.now_ms(), **given)
        return _one(database, kind, name, mine)

    return await csms.store.write(write)


async def _remove(csms: Front, kind: Table, name: str, who: Principal, mine: Mine) -> None:
    def write(database: Database) -> None:
        _vouch(who, kept.scopes_of(_one(database, kind, name, mine).scopes))
        kept.remove(database, kind, name, csms.now_ms())

    await csms.store.write(write)


def _linked(kind: str, name: str, change: type[BaseModel] | None) -> dict[str, Any]:
    own = path(kind, name)
    templates = {"delete": Template(title="Forget it", method="DELETE", target=own)}
    if change is not None:
        templates["change"] = form("PATCH", own, change, "Change it")
    return {"links": {"self": Link(href=own), "collection": link(kind)}, "templates": templates}


def _owner(row: Row[Any]) -> OwnerOut:
    return OwnerOut(owner=row.owner, name=row.name, created=show(row.created_ms), **_linked("owners", row.owner, None))


def _user(row: Row[Any], password: str | None = None) -> UserOut:
    same = {name: getattr(row, name) for name in ("username", "email", "owner", "active")}
    scopes, linked = row.scopes.split(), _linked("users", row.username, UserChange)
    return UserOut(**same, scopes=scopes, created=show(row.created_ms), password=password, **linked)


def _client(row: Row[Any], secret: str | None = None) -> ClientOut:
    return ClientOut(
        **{name: getattr(row, name) for name in ("client", "owner", "active")},
        scopes=row.scopes.split(),
        redirect_uris=kept.redirect_uris(row),
        public=row.secret_hash is None,
        created=show(row.created_ms),
        secret=secret,
        **_linked("clients", row.client, AccountChange),
    )
