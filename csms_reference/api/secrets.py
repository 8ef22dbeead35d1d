"""The HTTP API: what is replaced when it may have leaked: the keys that sign tokens, and the secrets of clients."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection as Database

from csms_reference.access import accounts as kept
from csms_reference.access.guard import Identified
from csms_reference.access.ownership import Mine
from csms_reference.api.accounts import DRAW, one, vouch
from csms_reference.api.desk import Desk
from csms_reference.api.enrolled import ClientOut, Name, Overlap, client_out
from csms_reference.api.hal import Link, Page, Resource, form, link, path, whole_page
from csms_reference.api.models import AfterKey, Limit
from csms_reference.api.problems import errors, missing
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.settings import Auth
from csms_reference.store.access_tables import clients


class Grace(BaseModel):
    """For how long the keys so far, and the tokens that they signed, go on to count. 0: no longer."""

    model_config = ConfigDict(extra="forbid")
    grace_s: Annotated[int, Field(ge=0, le=3600, strict=True)] = 0


class KeyOut(Resource):
    """A key that signs access tokens, or has. ``ends``: from when on it counts for nothing, if it was replaced."""

    kid: str
    created: str | None
    ends: str | None


def secrets(csms: Front, desk: Desk) -> APIRouter:
    """Secrets and keys, and how they are replaced."""
    router = desk(tags=["accounts"])

    @router.post("/clients/{client}/secret", responses=errors(404, 409))
    async def replace_secret(client: Name, given: Overlap, who: Identified, mine: Mine) -> ClientOut:
        """Draw another secret for a client, and tell it this once."""
        secret, now_ms = DRAW.secret(), csms.now_ms()

        def write(database: Database) -> ClientOut:
            row = one(database, clients, client, mine)
            vouch(who, kept.scopes_of(row.scopes))
            if row.secret_hash is None:
                raise HTTPException(409, "a public client has no secret")
            kept.replace_secret(database, client, now_ms, kept.digest(secret), given.overlap_s * 1000)
            return client_out(one(database, clients, client, mine), secret=secret)

        return await csms.store.write(write)

    @router.get("/signing-keys")
    async def list_signing_keys(after: AfterKey = "", limit: Limit = 100) -> Page[KeyOut]:
        """The keys that sign our access tokens, or have signed some that may still count."""
        found = await csms.store.read(lambda database: _keys(database, csms.now_ms()))
        forms = {"default": form("POST", path("signing-keys"), Grace, "Replace the keys")} if _issues(csms) else {}
        where = path("signing-keys")
        return whole_page(found, where, lambda key: key.kid, after=after, limit=limit, templates=forms)

    @router.post("/signing-keys", status_code=201, responses=errors(409))
    async def replace_signing_keys(given: Grace) -> KeyOut:
        """Have another key sign from now on; the others end, with all that they signed."""
        from csms_reference.access import keys  # noqa: PLC0415 -- these take a tenth of a second, see api.oauth

        if not _issues(csms):
            raise HTTPException(409, "this CSMS issues no access tokens")
        now_ms = csms.now_ms()

        def write(database: Database) -> KeyOut:
            made = keys.rotate(database, now_ms, grace_ms=given.grace_s * 1000)
            return _key(str(made.kid), now_ms, None)

        return await csms.store.write(write)

    @router.get("/signing-keys/{kid}", responses=errors(404))
    async def get_signing_key(kid: Annotated[str, Path(max_length=64)]) -> KeyOut:
        """One of them."""
        found = await csms.store.read(lambda database: _keys(database, csms.now_ms()))
        key = next((each for each in found if each.kid == kid), None)
        if key is None:
            raise missing(f"signing key {kid!r}")
        return key

    return router


def _issues(csms: Front) -> bool:
    return csms.settings.guarding is Auth.OAUTH and csms.settings.oidc_issuer is None


def _keys(database: Database, now_ms: int) -> list[KeyOut]:
    from csms_reference.access import keys  # noqa: PLC0415 -- see above

    return [_key(row.kid, row.created_ms, row.ends_ms) for row in keys.kept(database, now_ms)]


def _key(kid: str, created_ms: int, ends_ms: int | None) -> KeyOut:
    links = {"self": Link(href=path("signing-keys", kid)), "collection": link("signing-keys")}
    return KeyOut(kid=kid, created=show(created_ms), ends=show(ends_ms), links=links)
