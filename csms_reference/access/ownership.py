"""What belongs to whom: owners see and change what is theirs, and everything else is as if it were not there.

One rule for all routes: where a path has a station, that is the owner's, or 404. Where it has none, owners come no
further than to endpoints that take ``Mine``, and these narrow what they do to it. Operators own nothing and see all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from sqlalchemy import ColumnElement, Connection, Row, Select, select, true
from starlette.requests import HTTPConnection

from csms_reference.access.accounts import find
from csms_reference.access.principal import Principal
from csms_reference.store import Store
from csms_reference.store.access_tables import owners
from csms_reference.store.tables import stations

Vet = Callable[[Row[Any] | None], None]


def _passed(_: Row[Any] | None) -> None:
    """Everything will do."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """What is an owner's; ``owner`` None: everything there is."""

    owner: str | None

    def own(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """That a column which names an owner names this one."""
        return true() if self.owner is None else column == self.owner

    def at(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """That a column which names a station names one of theirs."""
        return true() if self.owner is None else column.in_(_names(self.owner))

    def has(self, connection: Connection, station: str) -> bool:
        """Whether a station is theirs. An operator's is also one that does not exist."""
        return self.owner is None or connection.execute(_names(self.owner, station)).first() is not None

    def holds(self, row: Row[Any] | None) -> bool:
        """Whether a row that names its owner is there, and theirs."""
        return row is not None and (self.owner is None or row.owner == self.owner)

    def vet(self, what: str, then: Vet = _passed) -> Vet:
        """``then`` for what is theirs or nobody knows. Raises HTTPException 404 for what is another's."""

        def vetted(row: Row[Any] | None) -> None:
            if row is not None and not self.holds(row):
                raise HTTPException(404, f"there is no {what}")
            then(row)

        return vetted

    async def given(self, store: Store, columns: dict[str, Any]) -> dict[str, Any]:
        """The columns of what they make or change: it is theirs. Operators say whose it is.

        Raises HTTPException 404, 422, StoreError.
        """
        owner = columns.get("owner", self.owner)
        if self.owner is not None:
            if owner != self.owner:
                raise HTTPException(404, f"there is no owner {owner!r}")
            return {**columns, "owner": owner}
        if owner is not None and not await store.read(lambda database: find(database, owners, owner)):
            raise HTTPException(422, f"owner: there is no owner {owner!r}")
        return columns


async def belongings(connection: HTTPConnection) -> Belongings:
    """What whoever makes this request has; the guard has found out who that is."""
    who: Principal = connection.state.principal
    return Belongings(who.owner)


Mine = Annotated[Belongings, Depends(belongings)]
"""How an endpoint without a station in its path says that it narrows what it does to what is theirs."""


async def confine(owner: str, connection: HTTPConnection, store: Store) -> None:
    """See that an owner stays with what is theirs. Raises HTTPException 403, 404; StoreError."""
    station = connection.path_params.get("station")
    if station is None:
        if not is_for_owners(connection.scope["route"]):
            raise HTTPException(403, "this is for operators, who own no stations of their own")
    elif not await store.glance(lambda database: Belongings(owner).has(database, station)):
        raise HTTPException(404, f"there is no station {station!r}")


def is_for_owners(route: APIRoute | APIWebSocketRoute) -> bool:
    """Whether owners come in there: a station is in its path, or it says that it narrows what it does."""
    return "{station}" in route.path_format or _takes_mine(route.dependant)


def _takes_mine(dependant: Dependant) -> bool:
    return any(each.call is belongings or _takes_mine(each) for each in dependant.dependencies)


def _names(owner: str, station: str | None = None) -> Select[tuple[str]]:
    chosen = select(stations.c.station).where(stations.c.owner == owner)
    return chosen if station is None else chosen.where(stations.c.station == station)
