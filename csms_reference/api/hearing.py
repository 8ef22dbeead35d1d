"""What one client of a stream of events hears: what it asked for, as far as it may."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import HTTPException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import Connection as Database
from sqlalchemy import select
from starlette.requests import HTTPConnection

from csms_reference.access.guard import not_allowed, principal_of
from csms_reference.access.principal import Principal
from csms_reference.access.vigil import Vigil
from csms_reference.events.event import Event, EventId, Filter, Gap, read_id
from csms_reference.events.kinds import KINDS, kinds_of
from csms_reference.front import Front
from csms_reference.store.tables import stations


def _meant(patterns: list[str]) -> list[str]:
    kinds_of(patterns)
    return patterns


def _number(text: str) -> str:
    read_id(text)
    return text


class Wish(BaseModel):
    """What a client wants to hear. Without ``station``: of all that it may see; without ``kind``: all kinds but those
    that have to be asked for. ``transaction.*`` is a kind, too."""

    model_config = ConfigDict(extra="forbid")
    station: list[Annotated[str, Field(max_length=255)]] = Field(default=[], max_length=100)
    kind: Annotated[list[Annotated[str, Field(max_length=50)]], AfterValidator(_meant)] = Field(
        default=[], max_length=100
    )


class Call(Wish):
    """A wish, and the event ``after`` which to go on."""

    after: Annotated[str, AfterValidator(_number)] | None = None


def kinds_for(who: Principal, wish: Wish) -> frozenset[str]:
    """The kinds that somebody hears. Raises HTTPException 403 for what may not be heard, 422 for what cannot."""
    named = kinds_of(wish.kind)
    heard = frozenset(name for name in named if who.may(KINDS[name].scope))
    by_name = named.intersection(wish.kind)
    if refused := sorted(by_name - heard) or ([] if heard else sorted(named)):
        raise not_allowed(KINDS[refused[0]].scope)
    if not wish.station and any(KINDS[name].asked for name in heard):
        raise HTTPException(422, "messages are heard of single stations: name them with station")
    return heard


class Hearing:
    """A client's subscription, which ends when the client may no longer hear."""

    def __init__(self, csms: Front, connection: HTTPConnection, wish: Wish) -> None:
        self._csms = csms
        self._connection = connection
        self._wish = wish
        self._vigil = Vigil(connection)

    async def begin(self, who: Principal, after: EventId | None) -> None:
        """Listen. Raises HTTPException, StoreError."""
        self._subscription = self._csms.bus.subscribe(await self._filter(who), after)

    async def change(self, wish: Wish) -> None:
        """Hear something else from now on. Raises HTTPException, StoreError; then it goes on as before."""
        chosen = await self._filter(await principal_of(self._connection), wish)
        self._wish = wish
        self._subscription.change(chosen)

    async def next(self) -> Event | Gap | None:
        """What comes next; now and then None, so that a client hears something. Raises EOFError when nothing will any
        more, and HTTPException, StoreError when it is no longer known who listens."""
        while True:
            if await self._vigil.is_due():
                self._subscription.change(await self._filter(await principal_of(self._connection)))
                return None
            try:
                async with asyncio.timeout_at(self._vigil.next_s):
                    found = await self._subscription.next()
            except TimeoutError:
                continue
            if found is None:
                raise EOFError
            return found

    def close(self) -> None:
        """Listen no more."""
        self._subscription.close()

    async def _filter(self, who: Principal, wish: Wish | None = None) -> Filter:
        wish = wish or self._wish
        kinds, named, owner = kinds_for(who, wish), frozenset(wish.station) or None, who.owner
        if owner is None:
            return Filter(kinds, named)
        its = await self._csms.store.read(lambda database: _owned(database, owner))
        return Filter(kinds, its if named is None else named & its)


def _owned(database: Database, owner: str) -> frozenset[str]:
    return frozenset(database.execute(select(stations.c.station).where(stations.c.owner == owner)).scalars())
