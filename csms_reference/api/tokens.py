"""The HTTP API: tokens, and where, when and as whom they may charge."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from csms_reference.api.models import Identifier, Instant, Limit, Name
from csms_reference.api.problems import errors, missing
from csms_reference.front import Front
from csms_reference.instants import read_ms, show
from csms_reference.services import authorization
from csms_reference.services.authorization import Standing, Terms, Token, terms_of


class TokenIn(BaseModel):
    """A token to register or replace. ``type`` null fits every type.

    ``places``: the EVSEs of each station where alone it may charge, an empty list for all of them; ``connector_types``:
    those at which alone it may; ``hours``: ``HH:MM-HH:MM`` in UTC. Null: everywhere, at each, always. ``languages``,
    ``message``, ``priority``: what stations are told of the driver.
    """

    model_config = ConfigDict(extra="forbid")
    id_token: Identifier
    type: str | None = Field(None, max_length=20)
    status: Literal[
        "Accepted", "Blocked", "Expired", "Invalid", "NoCredit", "NotAllowedTypeEVSE", "NotAtThisLocation",
        "NotAtThisTime",
    ] = "Accepted"  # fmt: skip
    expires: Instant | None = None
    group_id: Identifier | None = None
    languages: list[Annotated[str, Field(min_length=2, max_length=8)]] = Field([], max_length=2)
    message: str | None = Field(None, max_length=512)
    message_language: str | None = Field(None, max_length=8)
    priority: int | None = Field(None, ge=-9, le=9)
    places: dict[Identifier, list[Annotated[int, Field(ge=1)]]] | None = None
    connector_types: list[Annotated[str, Field(max_length=20)]] | None = None
    hours: str | None = Field(None, pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")


class TokenOut(BaseModel):
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

    @classmethod
    def of(cls, row: Any) -> TokenOut:
        """From its row."""
        return cls(
            id_token=row.id_token,
            type=row.type,
            status=row.status,
            expires=show(row.expires_ms),
            group_id=row.group_id,
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


def tokens(csms: Front) -> APIRouter:
    """The endpoints of a CSMS."""
    router = APIRouter(prefix="/tokens", tags=["tokens"])

    async def save(token: TokenIn) -> TokenOut:
        await csms.store.write(lambda database: authorization.put(database, token_of(token)))
        return TokenOut.of(await csms.store.read(lambda database: authorization.find(database, token.id_token)))

    @router.get("")
    async def list_tokens(after: str = "", limit: Limit = 100) -> list[TokenOut]:
        """Tokens in the order of their ids in lower case, those after ``after``."""
        key = authorization.key(after)
        return [
            TokenOut.of(row) for row in await csms.store.read(lambda database: authorization.page(database, key, limit))
        ]

    @router.post("", status_code=201)
    async def post_token(token: TokenIn) -> TokenOut:
        """Register a token, or replace it."""
        return await save(token)

    @router.put("/{id_token}")
    async def put_token(id_token: Name, token: TokenIn) -> TokenOut:
        """Register a token, or replace it."""
        if authorization.key(id_token) != authorization.key(token.id_token):
            raise HTTPException(422, "id_token differs between path and body")
        return await save(token)

    @router.get("/{id_token}", responses=errors(404))
    async def get_token(id_token: Name) -> TokenOut:
        """One token."""
        row = await csms.store.read(lambda database: authorization.find(database, id_token))
        if row is None:
            raise missing(f"token {id_token!r}")
        return TokenOut.of(row)

    @router.delete("/{id_token}", status_code=204, responses=errors(404))
    async def delete_token(id_token: Name) -> None:
        """Forget a token."""
        if not await csms.store.write(lambda database: authorization.remove(database, id_token)):
            raise missing(f"token {id_token!r}")

    return router
