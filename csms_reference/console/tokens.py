"""Tokens: who may charge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from csms_reference.access.accounts import find
from csms_reference.access.ownership import Belongings
from csms_reference.access.scopes import Scope
from csms_reference.api.tokens import TokenIn, token_of
from csms_reference.console.desk import Asked, Page, missing
from csms_reference.console.gate import Fields
from csms_reference.console.rounds import Progress, latest
from csms_reference.services import authorization, tokenchanges
from csms_reference.services.authorization import Standing, Token, terms_of
from csms_reference.store.access_tables import owners

SHOWN = 50
TYPES = ("ISO14443", "ISO15693", "eMAID", "Central", "KeyCode", "Local", "MacAddress", "NoAuthorization")


async def _show(asked: Asked, given: Fields, wrong: str = "") -> Response:
    after, text, mine = asked.query("after"), asked.query("text")[:255], Belongings(asked.who.owner)

    def read(database: Any) -> tuple[list[Any], list[Progress]]:
        under_way = latest(database, asked.who)
        found = authorization.find(database, text) if text else None
        if text:
            return [found] if mine.holds(found) else [], under_way
        return authorization.page(database, authorization.key(after), SHOWN + 1, owner=mine.owner), under_way

    rows, under_way = await asked.read(read)
    return asked.page(
        "tokens.html.j2",
        422 if wrong else 200,
        rows=rows[:SHOWN],
        later={"after": rows[SHOWN - 1].id_token} if len(rows) > SHOWN else None,
        earlier=after,
        text=text,
        types=TYPES,
        given=given,
        wrong=wrong,
        latest=under_way,
        live="" if asked.who.may(Scope.STATIONS_READ) else None,
    )


async def overview(asked: Asked) -> Response:
    """The tokens, and a form for a new one."""
    return await _show(asked, {})


async def add(asked: Asked) -> Response:
    """Register a token, or replace it."""
    given = {name: value.strip() for name, value in asked.form.items() if value.strip()}
    wanted: dict[str, Any] = dict(given)
    if "expires" in wanted:
        wanted["expires"] = f"{wanted['expires']}T23:59:59Z"
    try:
        token = token_of(TokenIn(**wanted))
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        return await _show(asked, given, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    mine = Belongings(asked.who.owner)

    owner = mine.owner or given.get("owner")

    def write(database: Any) -> str | None:
        known = authorization.find(database, token.id_token)
        if known is not None and not mine.holds(known):
            return f"{token.id_token} cannot be added"
        if owner is not None and mine.owner is None and find(database, owners, owner) is None:
            return f"There is no owner {owner!r}"
        with tokenchanges.followed(database, token.id_token, asked.csms.rounds.following_ms()):
            authorization.put(database, token, **({} if owner is None else {"owner": owner}))
        return None

    if (wrong := await asked.csms.store.write(write)) is not None:
        return await _show(asked, given, wrong)
    asked.csms.rounds.wake()
    return asked.to("tokens", text=token.id_token)


async def stand(asked: Asked) -> Response:
    """Block a token, or let it charge again, and everything else about it stays; or delete it."""
    wanted, becomes = asked.form.get("id_token", ""), asked.form.get("standing")
    standing = Standing.BLOCKED if becomes == "Blocked" else Standing.ACCEPTED

    def write(database: Any) -> bool:
        row: Any = authorization.find(database, wanted)
        if not Belongings(asked.who.owner).holds(row):
            return False
        terms = terms_of(row._mapping)  # noqa: SLF001 -- public all the same
        known = Token(row.id_token, Standing(row.status), row.type, row.expires_ms, row.group_id, terms)
        with tokenchanges.followed(database, wanted, asked.csms.rounds.following_ms()):
            if becomes == "Deleted":
                authorization.remove(database, wanted)
            else:
                authorization.put(database, replace(known, status=standing))
        return True

    if not await asked.csms.store.write(write):
        raise missing(f"token {wanted!r}")
    asked.csms.rounds.wake()
    if becomes == "Deleted":
        return asked.to("tokens")
    return asked.to("tokens", text=asked.form.get("text"), after=asked.form.get("after"))


PAGES = (
    Page("/tokens", overview, Scope.TOKENS_READ),
    Page("/tokens", add, Scope.TOKENS_WRITE, "POST"),
    Page("/tokens/standing", stand, Scope.TOKENS_WRITE, "POST"),
)
