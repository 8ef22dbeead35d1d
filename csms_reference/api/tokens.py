"""The HTTP API: tokens, and where, when and as whom they may charge."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection as Database

from csms_reference.access.accounts import find
from csms_reference.access.ownership import Mine
from csms_reference.api.desk import Desk
from csms_reference.api.hal import (
    Link,
    Page,
    Resource,
    Template,
    fields_of,
    filled,
    form,
    link,
    narrowed,
    page_of,
    path,
)
from csms_reference.api.models import AfterKey, Choice, Identifier, Instant, Limit
from csms_reference.api.problems import errors, missing
from csms_reference.api.revision import CHANGED, SHOWN, Seen
from csms_reference.front import Front
from csms_reference.instants import read_ms, show
from csms_reference.services import authorization, tokenchanges
from csms_reference.services.authorization import Standing, Terms, Token, terms_of
from csms_reference.store.access_tables import users

Id = Annotated[str, Path(max_length=255, description="Upper and lower case are the same.")]

Standings = Literal[
    "Accepted", "Blocked", "Expired", "Invalid", "NoCredit", "NotAllowedTypeEVSE", "NotAtThisLocation", "NotAtThisTime",
]  # fmt: skip


class TokenIn(BaseModel):
    """A token to register or replace. ``type`` null fits every type.

    ``places``: the EVSEs of each station where alone it may charge, an empty list for all of them; ``connector_types``:
    those at which alone it may; ``hours``: ``HH:MM-HH:MM`` in UTC. Null: everywhere, at each, always. ``languages``,
    ``message``, ``priority``: what stations are told of the driver.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"id_token": "ALICE", "places": {"CP-1": [1]}, "hours": "06:00-22:00"}]},
    )
    id_token: Identifier
    type: str | None = Field(None, max_length=20)
    status: Standings = "Accepted"
    expires: Instant | None = None
    group_id: Identifier | None = None
    languages: list[Annotated[str, Field(min_length=2, max_length=8)]] = Field([], max_length=2)
    message: str | None = Field(None, max_length=512)
    message_language: str | None = Field(None, max_length=8)
    priority: int | None = Field(None, ge=-9, le=9, strict=True)
    places: dict[Identifier, list[Annotated[int, Field(ge=1, le=2**31 - 1)]]] | None = None
    connector_types: list[Annotated[str, Field(max_length=20)]] | None = None
    hours: str | None = Field(None, pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")
    owner: Identifier | None = Field(None, description="The account whose it is; left out: as it was.")
    holder: Identifier | None = Field(None, description="The user who charges with it; left out: as it was.")


class TokenOut(Resource):
    """A token."""

    id_token: str
    type: str | None
    status: str
    expires: str | None
    group_id: str | None
    languages: list[str]
    message: str | None
    message_language: str | None
    priority: int | None
    places: dict[str, list[int]] | None
    connector_types: list[str] | None
    hours: str | None
    owner: str | None
    holder: str | None

    @classmethod
    def of(cls, row: Any) -> TokenOut:
        """From its row."""
        return cls(
            id_token=row.id_token,
            type=row.type,
            status=row.status,
            expires=show(row.expires_ms),
            group_id=row.group_id,
            owner=row.owner,
            holder=row.holder,
            **asdict(terms_of(row._mapping)),  # noqa: SLF001 -- public all the same
        )


def token_of(token: TokenIn) -> Token:
    """The domain's token."""
    places = token.places
    terms = Terms(
        languages=tuple(token.languages),
        message=token.message,
        message_language=token.message_language,
        priority=token.priority,
        places=None if places is None else {name: tuple(evses) for name, evses in places.items()},
        connector_types=None if token.connector_types is None else tuple(token.connector_types),
        hours=token.hours,
    )
    return Token(token.id_token, Standing(token.status), token.type, read_ms(token.expires), token.group_id, terms)


def tokens(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(prefix="/tokens", tags=["tokens"])

    async def save(token: TokenIn, seen: Seen, mine: Mine) -> TokenOut:
        given = await mine.given(csms.store, token.model_dump(include={"owner", "holder"}, exclude_unset=True))

        def write(database: Database) -> Any:
            mine.vet(f"token {token.id_token!r}")(authorization.find(database, token.id_token))
            seen.expected(_found(database, token.id_token, mine))
            _know(database, mine, given.get("holder"))
            with tokenchanges.followed(database, token.id_token, csms.rounds.following_ms()):
                authorization.put(database, token_of(token), **given)
            return authorization.find(database, token.id_token)

        saved = await csms.store.write(write)
        csms.rounds.wake()
        return seen.shown(_linked(TokenOut.of(saved)))

    @router.get("")
    async def list_tokens(
        *,
        mine: Mine,
        status: Annotated[Standings | None, Query()] = None,
        type: Choice = None,
        after: AfterKey = "",
        limit: Limit = 100,
    ) -> Page[TokenOut]:
        """Tokens, those after ``after``. Their order stays the same and means nothing."""
        key, where = authorization.key(after), {"status": status, "type": type}
        rows = await csms.store.read(
            lambda database: authorization.page(database, key, limit, owner=mine.owner, **where)
        )
        items = [_brief(TokenOut.of(row)) for row in rows]
        last = items[-1].id_token if items else None
        forms = {"default": form("POST", path("tokens"), TokenIn, "Register a token, or replace it")}
        return page_of(items, path("tokens"), limit=limit, last=last, query=where, templates=forms)

    @router.post("", status_code=201, responses=errors(412))
    async def post_token(token: TokenIn, seen: Seen, mine: Mine) -> TokenOut:
        """Register a token, or replace it."""
        return await save(token, seen, mine)

    @router.put("/{id_token:path}", responses=errors(412))
    async def put_token(id_token: Id, token: TokenIn, seen: Seen, mine: Mine) -> TokenOut:
        """Register a token, or replace it."""
        if authorization.key(id_token) != authorization.key(token.id_token):
            raise HTTPException(422, "id_token differs between path and body")
        return await save(token, seen, mine)

    @router.get("/{id_token:path}", **SHOWN)
    async def get_token(id_token: Id, seen: Seen, mine: Mine) -> TokenOut:
        """One token."""
        found = await csms.store.read(lambda database: _found(database, id_token, mine))
        if found is None:
            raise missing(f"token {id_token!r}")
        return seen.shown(_linked(found))

    @router.delete("/{id_token:path}", status_code=204, **CHANGED)
    async def delete_token(id_token: Id, seen: Seen, mine: Mine) -> None:
        """Forget a token."""

        def write(database: Database) -> bool:
            found = _found(database, id_token, mine)
            seen.expected(found)
            with tokenchanges.followed(database, id_token, csms.rounds.following_ms()):
                return found is not None and authorization.remove(database, id_token)

        if not await csms.store.write(write):
            raise missing(f"token {id_token!r}")
        csms.rounds.wake()

    return router


def _found(database: Database, id_token: str, mine: Mine) -> TokenOut | None:
    row = authorization.find(database, id_token)
    return TokenOut.of(row) if row is not None and mine.holds(row) else None


def _know(database: Database, mine: Mine, holder: str | None) -> None:
    """See that a holder is a user, of the same owner where one gives it. Raises HTTPException 422."""
    if holder is not None and not mine.holds(find(database, users, holder)):
        raise HTTPException(422, f"holder: there is no user {holder!r}")


def _brief(token: TokenOut) -> TokenOut:
    token.links = {"self": link("tokens", token.id_token)}
    return token


def _linked(token: TokenOut) -> TokenOut:
    own = path("tokens", token.id_token)
    token.links = {
        "self": Link(href=own),
        "collection": link("tokens"),
        "transactions": narrowed(path("transactions"), "What was charged with it", token=token.id_token),
    }
    fields = filled(fields_of(TokenIn), token.model_dump(mode="json"))
    token.templates = {
        "change": Template(title="Replace it", method="PUT", target=own, properties=fields),
        "delete": Template(title="Forget it", method="DELETE", target=own),
    }
    return token
