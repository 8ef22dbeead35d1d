"""The HTTP API: local lists brought up to date, and authorization caches cleared, at many stations."""

from __future__ import annotations

from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from fastapi import APIRouter, HTTPException, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection as Database
from sqlalchemy import select

from csms_reference.access.guard import Identified
from csms_reference.access.ownership import Belongings, Mine
from csms_reference.access.principal import Principal
from csms_reference.api.desk import Desk
from csms_reference.api.hal import Page, Resource, Template, form, link, page_of, path
from csms_reference.api.models import AfterId, AfterKey, Identifier, Limit, likewise
from csms_reference.api.problems import missing
from csms_reference.api.revision import CHANGED, SHOWN, Revision, Seen
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import rounds as kept
from csms_reference.services.rounds import Plan, State, Work
from csms_reference.store.round_tables import rounds as table
from csms_reference.store.tables import stations

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


class ClearanceIn(BaseModel):
    """At which stations: those of an owner, these alone, or all that there are. ``within_s``: for how long those are
    waited for that are not connected."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"stations": ["CP-1"]}]})
    owner: Identifier | None = Field(None, description="Whose stations; left out: everybody's, or your own.")
    stations: list[Identifier] | None = Field(None, max_length=1000)
    within_s: int = Field(86_400, ge=60, le=30 * 86_400)


class SynchronisationIn(ClearanceIn):
    """``full``: whole lists, also where the CSMS knows what has changed."""

    full: bool = False


class TotalsOut(BaseModel):
    """How many stations have not been asked yet, are being asked, have done it, or have not."""

    pending: int
    sent: int
    done: int
    failed: int


class ClearanceOut(Resource):
    """What many stations are asked for. ``automatic``: nobody asked, a token has changed; ``until``: when those are
    given up that have not been there; ``ended``: null while a station is open."""

    LIVE = frozenset({"ended", "totals"})

    id: int
    owner: str | None
    client: str
    automatic: bool
    asked: str | None
    until: str | None
    ended: str | None
    totals: TotalsOut


class SynchronisationOut(ClearanceOut):
    """Local lists on their way to what they should be."""

    full: bool


class VisitOut(Resource):
    """How it is with one station. ``status``: the station's word, or why there is none; ``version``: of its list as it
    was sent last; ``tries``: how often it was asked."""

    station: str
    state: State
    status: str | None
    error: str | None
    tries: int
    version: int | None
    sent: str | None
    ended: str | None

    @classmethod
    def of(cls, row: Any) -> VisitOut:
        """From its row."""
        read = {"sent": show(row.sent_ms), "ended": show(row.ended_ms)}
        return cls(**likewise(cls, row) | read, links={"station": link("stations", row.station)})


Out = TypeVar("Out", bound=ClearanceOut)


class Kind(NamedTuple, Generic[Out]):
    """A kind of round, as a collection of the API."""

    work: Work
    where: str
    what: str
    body: type[ClearanceIn]
    out: type[Out]


LISTS = Kind(
    *(Work.LISTS, "local-list-synchronisations", "local list synchronisation"), SynchronisationIn, SynchronisationOut
)
CACHES = Kind(
    *(Work.CACHES, "authorization-cache-clearances", "authorization cache clearance"), ClearanceIn, ClearanceOut
)


class Rounds(Generic[Out]):
    """What endpoints of a kind do."""

    def __init__(self, csms: Front, kind: Kind[Out]) -> None:
        self._csms = csms
        self._kind = kind

    async def begin(self, asked: ClearanceIn, mine: Belongings, who: Principal, answer: Response) -> Out:
        """Begin one. Raises HTTPException, StoreError."""
        given = await mine.given(self._csms.store, asked.model_dump(include={"owner"}, exclude_unset=True))
        owner = given.get("owner")
        full = isinstance(asked, SynchronisationIn) and asked.full
        plan = Plan(self._kind.work, owner, who.subject, asked.within_s * 1000, full=full)
        now_ms = self._csms.now_ms()

        def write(database: Database) -> list[Out]:
            if asked.stations is not None:
                _there(database, asked.stations, owner)
            return self._of(
                database, [kept.find(database, kept.begin(database, plan, now_ms, asked.stations), plan.work)]
            )

        (made,) = await self._csms.store.write(write)
        self._csms.rounds.announce()
        answer.headers["Location"] = made.links["self"].href
        return made

    async def page(self, mine: Belongings, after: int, limit: int) -> Page[Out]:
        """Those that are theirs."""
        where, theirs = path(self._kind.where), mine.own(table.c.owner)
        items = await self._csms.store.read(
            lambda database: self._of(database, kept.page(database, self._kind.work, after, limit, theirs))
        )
        forms = {"default": form("POST", where, self._kind.body, f"Begin a {self._kind.what}")}
        return page_of(items, where, limit=limit, last=items[-1].id if items else None, templates=forms)

    async def one(self, number: int, mine: Belongings, seen: Revision) -> Out:
        """One of them. Raises HTTPException, StoreError."""
        found = await self._csms.store.read(lambda database: self._found(database, number, mine))
        return seen.shown(found)

    async def forget(self, number: int, mine: Belongings, seen: Revision) -> None:
        """End one, and forget it. Raises HTTPException, StoreError."""

        def write(database: Database) -> None:
            seen.expected(self._found(database, number, mine))
            kept.forget(database, number)

        await self._csms.store.write(write)

    async def visits(
        self, number: int, mine: Belongings, after: str, limit: int, state: State | None
    ) -> Page[VisitOut]:
        """Its stations. Raises HTTPException, StoreError."""

        def read(database: Database) -> list[Any]:
            self._found(database, number, mine)
            return kept.visits_of(database, number, after, limit, state)

        rows = await self._csms.store.read(read)
        where, links = path(self._kind.where, number, "stations"), {"round": link(self._kind.where, number)}
        last = rows[-1].station if rows else None
        items = [VisitOut.of(row) for row in rows]
        return page_of(items, where, limit=limit, last=last, query={"state": state}, links=links)

    def _found(self, database: Database, number: int, mine: Belongings) -> Out:
        row = kept.find(database, number, self._kind.work)
        if not mine.holds(row):
            raise missing(f"{self._kind.what} {number}")
        return self._of(database, [row])[0]

    def _of(self, database: Database, rows: list[Any]) -> list[Out]:
        counted = kept.totals(database, [row.id for row in rows])
        return [self._out(row, counted[row.id]) for row in rows]

    def _out(self, row: Any, totals: dict[State, int]) -> Out:
        own, out = path(self._kind.where, row.id), self._kind.out
        read = {"asked": show(row.asked_ms), "until": show(row.until_ms), "ended": show(row.ended_ms)}
        links = {
            "self": link(self._kind.where, row.id),
            "collection": link(self._kind.where),
            "stations": link(self._kind.where, row.id, "stations", query="state,after,limit"),
        }
        forms = {"delete": Template(title="End it, and forget it", method="DELETE", target=own)}
        counts = TotalsOut(**{state.value: count for state, count in totals.items()})
        return out(**likewise(out, row) | read, totals=counts, links=links, templates=forms)


def _there(database: Database, names: list[str], owner: str | None) -> None:
    """See that there are these stations, and that they are the owner's. Raises HTTPException 422."""
    found = select(stations.c.station).where(stations.c.station.in_(names))
    if owner is not None:
        found = found.where(stations.c.owner == owner)
    if odd := sorted(set(names) - set(database.scalars(found))):
        raise HTTPException(422, f"stations: there is no station {odd[0]!r}")


def rounds(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(tags=["tokens"])
    lists, caches = Rounds(csms, LISTS), Rounds(csms, CACHES)

    @router.get("/local-list-synchronisations")
    async def list_local_list_synchronisations(
        mine: Mine, after: AfterId = 0, limit: Limit = 100
    ) -> Page[SynchronisationOut]:
        """Synchronisations of local lists in the order in which they began, those after ``after``."""
        return await lists.page(mine, after, limit)

    @router.post("/local-list-synchronisations", status_code=202)
    async def post_local_list_synchronisation(
        asked: SynchronisationIn, mine: Mine, who: Identified, answer: Response
    ) -> SynchronisationOut:
        """Bring the local lists of stations up to date with the tokens. 202: it is under way, see ``Location``."""
        return await lists.begin(asked, mine, who, answer)

    @router.get("/local-list-synchronisations/{number}", **SHOWN)
    async def get_local_list_synchronisation(number: Number, seen: Seen, mine: Mine) -> SynchronisationOut:
        """One synchronisation, and how far it is."""
        return await lists.one(number, mine, seen)

    @router.delete("/local-list-synchronisations/{number}", status_code=204, **CHANGED)
    async def delete_local_list_synchronisation(number: Number, seen: Seen, mine: Mine) -> None:
        """End it, and forget it: who was not asked yet is not asked any more."""
        await lists.forget(number, mine, seen)

    @router.get("/local-list-synchronisations/{number}/stations", **SHOWN)
    async def list_synchronised_stations(
        number: Number, mine: Mine, state: State | None = None, after: AfterKey = "", limit: Limit = 100
    ) -> Page[VisitOut]:
        """How it is with each of its stations, those after ``after``."""
        return await lists.visits(number, mine, after, limit, state)

    @router.get("/authorization-cache-clearances")
    async def list_authorization_cache_clearances(
        mine: Mine, after: AfterId = 0, limit: Limit = 100
    ) -> Page[ClearanceOut]:
        """Clearances of authorization caches in the order in which they began, those after ``after``."""
        return await caches.page(mine, after, limit)

    @router.post("/authorization-cache-clearances", status_code=202)
    async def post_authorization_cache_clearance(
        asked: ClearanceIn, mine: Mine, who: Identified, answer: Response
    ) -> ClearanceOut:
        """Have stations clear their authorization caches. 202: it is under way, see ``Location``."""
        return await caches.begin(asked, mine, who, answer)

    @router.get("/authorization-cache-clearances/{number}", **SHOWN)
    async def get_authorization_cache_clearance(number: Number, seen: Seen, mine: Mine) -> ClearanceOut:
        """One clearance, and how far it is."""
        return await caches.one(number, mine, seen)

    @router.delete("/authorization-cache-clearances/{number}", status_code=204, **CHANGED)
    async def delete_authorization_cache_clearance(number: Number, seen: Seen, mine: Mine) -> None:
        """End it, and forget it: who was not asked yet is not asked any more."""
        await caches.forget(number, mine, seen)

    @router.get("/authorization-cache-clearances/{number}/stations", **SHOWN)
    async def list_cleared_stations(
        number: Number, mine: Mine, state: State | None = None, after: AfterKey = "", limit: Limit = 100
    ) -> Page[VisitOut]:
        """How it is with each of its stations, those after ``after``."""
        return await caches.visits(number, mine, after, limit, state)

    return router
