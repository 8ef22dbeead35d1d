"""Accounts as the HTTP API takes and tells them. Secrets are told once, by the answer that makes them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import Row

from csms_reference.access import accounts as kept
from csms_reference.access import enrolment
from csms_reference.access.reach import may_all
from csms_reference.access.scopes import Scope
from csms_reference.api.hal import Link, Resource, Template, form, link, narrowed, path
from csms_reference.instants import show


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


class Overlap(BaseModel):
    """For how long the secret so far counts beside the new one. 0: no longer, and what was got with it ends."""

    model_config = ConfigDict(extra="forbid")
    overlap_s: Annotated[int, Field(ge=0, le=30 * 24 * 3600, strict=True)] = 0


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


def _linked(kind: str, name: str, change: type[BaseModel] | None, scopes: str = "") -> dict[str, Any]:
    """Its links, and its forms for who has the scopes that it has (see ``accounts.vouch``)."""
    own = path(kind, name)
    links = {"self": Link(href=own), "collection": link(kind)}
    if not may_all(kept.scopes_of(scopes)):
        return {"links": links, "templates": {}}
    templates = {"delete": Template(title="Forget it", method="DELETE", target=own)}
    if change is not None:
        templates["change"] = form("PATCH", own, change, "Change it")
    return {"links": links, "templates": templates}


def owner_out(row: Row[Any]) -> OwnerOut:
    """An owner."""
    return OwnerOut(owner=row.owner, name=row.name, created=show(row.created_ms), **_linked("owners", row.owner, None))


def user_out(row: Row[Any], password: str | None = None) -> UserOut:
    """A user; ``password``: where it was drawn."""
    same = {name: getattr(row, name) for name in ("username", "email", "owner", "active")}
    scopes, linked = row.scopes.split(), _linked("users", row.username, UserChange, row.scopes)
    linked["links"]["sessions"] = narrowed(path("sessions"), "What they have charged", user=row.username)
    return UserOut(**same, scopes=scopes, created=show(row.created_ms), password=password, **linked)


def client_out(row: Row[Any], secret: str | None = None) -> ClientOut:
    """A client; ``secret``: where it was drawn."""
    linked = _linked("clients", row.client, AccountChange, row.scopes)
    if linked["templates"] and row.secret_hash is not None:
        linked["templates"]["secret"] = form(
            "POST", path("clients", row.client, "secret"), Overlap, "Replace its secret"
        )
    return ClientOut(
        **{name: getattr(row, name) for name in ("client", "owner", "active")},
        scopes=row.scopes.split(),
        redirect_uris=kept.redirect_uris(row),
        public=row.secret_hash is None,
        created=show(row.created_ms),
        secret=secret,
        **linked,
    )
