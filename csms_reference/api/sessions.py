"""The HTTP API: charging sessions, begun and stopped, and what was charged by whom and where."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response
from sqlalchemy import Connection as Database

from csms_reference.access.guard import Identified
from csms_reference.access.ownership import Mine
from csms_reference.access.principal import Principal
from csms_reference.api.charged import (
    CurveOut,
    LiveSession,
    PointOut,
    SessionIn,
    SessionOut,
    TotalOut,
    live_of,
    more_of,
    told,
)
from csms_reference.api.desk import Desk
from csms_reference.api.hal import Link, Page, form, link, page_of, path
from csms_reference.api.models import AfterKey, Choice, Instant, Limit
from csms_reference.api.ordering import Attempted
from csms_reference.api.problems import errors, missing
from csms_reference.api.revision import SHOWN, Seen
from csms_reference.api.wishes import ASKED, answered, begun, stopped, wish_of
from csms_reference.front import Front
from csms_reference.instants import read_ms, show
from csms_reference.services import commands, history, totals
from csms_reference.services.course import Point, course, readings, thinned
from csms_reference.services.history import Key, Session, State, Wanted
from csms_reference.services.totals import By

READINGS_MOST = 50_000
"""Of a curve: the newest ones."""


async def looking(who: Identified, mine: Mine) -> Principal:
    """Who asks; what they see is narrowed by ``access.driving``."""
    del mine
    return who


async def wanted(
    user: Choice = None,
    station: Choice = None,
    state: Annotated[State | None, Query()] = None,
    since: Annotated[Instant | None, Query(description="Those that began then, or later.")] = None,
    until: Annotated[Instant | None, Query(description="Those that began before.")] = None,
) -> Wanted:
    """What a list of sessions is narrowed to."""
    return Wanted(user, station, state, read_ms(since), read_ms(until))


Who = Annotated[Principal, Depends(looking)]
Narrowed = Annotated[Wanted, Depends(wanted)]
Name = Annotated[str, Path(max_length=20, description="As ``id`` of a session.")]


def sessions(csms: Front, desk: Desk) -> APIRouter:
    """The charging sessions of a CSMS."""
    router = desk(prefix="/sessions", tags=["sessions"])

    @router.get("")
    async def list_sessions(who: Who, narrowed: Narrowed, after: AfterKey = "", limit: Limit = 100) -> Page[SessionOut]:
        """Sessions in the order in which they became known, those after ``after``."""
        now_ms, key = csms.now_ms(), key_of(after)
        found = await csms.store.read(lambda database: history.page(database, who, narrowed, now_ms, limit, after=key))
        items = [told(each, now_ms) for each in found]
        last = found[-1].key.written if found else None
        forms = {"default": form("POST", path("sessions"), SessionIn, "Begin one")}
        links = {"totals": link("sessions", "totals", query=f"by,{NARROWED},after,limit", title="In all")}
        links["csv"] = link("sessions.csv", query=NARROWED, title="As a table")
        where = path("sessions")
        return page_of(items, where, limit=limit, last=last, query=query_of(narrowed), templates=forms, links=links)

    @router.post("", **ASKED)
    async def post_session(given: SessionIn, who: Who, attempt: Attempted) -> Response:
        """Begin a session: of a user, or of a guest where a program asks. 202: its station is being asked, see
        ``Location``; ``Prefer: wait`` waits for the answer."""
        row = await begun(csms, who, wish_of(given, given.token), attempt.key)
        if attempt.within_s is not None and row.command is not None:
            await csms.dispatcher.over(row.command, attempt.within_s)
        now_ms = csms.now_ms()

        def read(database: Database) -> SessionOut:
            found = history.of_number(database, row.id, now_ms)
            return told(found, now_ms, more_of(database, found, now_ms))

        shown = await csms.store.read(read)
        shown.key = row.key
        return answered(shown, waited=attempt.within_s is not None)

    @router.get("/totals")
    async def list_totals(
        who: Who,
        narrowed: Narrowed,
        by: Annotated[By, Query(description="A month is in UTC.")] = By.MONTH,
        after: AfterKey = "",
        limit: Limit = 100,
    ) -> Page[TotalOut]:
        """What was charged in all: sessions of which a transaction came, by the time at which they began."""
        found = await csms.store.read(
            lambda database: totals.page(database, who, by, narrowed, after=after, limit=limit)
        )
        query = {"by": by.value, **query_of(narrowed)}
        last = found[-1].key if found else None
        return page_of(
            [TotalOut.of(each) for each in found], path("sessions", "totals"), limit=limit, last=last, query=query
        )

    _one(csms, router)
    return router


NARROWED = "user,station,state,since,until"


def _one(csms: Front, router: APIRouter) -> None:
    def found(database: Database, who: Principal, name: str, now_ms: int, *, begun: bool = False) -> Session:
        session = history.find(database, who, name, now_ms)
        if session is None or (begun and session.transaction_id is None):
            raise missing(f"session {name!r}" if session is None else f"transaction of session {name!r} yet")
        return session

    @router.get("/{session}", **SHOWN)
    async def get_session(session: Name, who: Who, seen: Seen) -> SessionOut:
        """One session, with what it costs by now."""
        now_ms = csms.now_ms()

        def read(database: Database) -> SessionOut:
            one = found(database, who, session, now_ms)
            return told(one, now_ms, more_of(database, one, now_ms))

        return seen.shown(await csms.store.read(read))

    @router.post("/{session}/stop", **ASKED)
    async def stop_session(session: Name, who: Who, attempt: Attempted) -> Response:
        """Have a session ended. 202: the station is being asked; ``order`` says how far that is, and ``Prefer: wait``
        waits for its answer. The session ends when the station says so."""
        now_ms = csms.now_ms()
        one = await csms.store.read(lambda database: found(database, who, session, now_ms))
        command = await stopped(csms, who, one, attempt.key)
        if attempt.within_s is not None:
            await csms.dispatcher.over(command.id, attempt.within_s)

        def read(database: Database) -> SessionOut:
            now = found(database, who, session, now_ms)
            more = more_of(database, now, now_ms)
            return told(now, now_ms, replace(more, order=commands.get(database, command.id)))

        return answered(await csms.store.read(read), waited=attempt.within_s is not None)

    @router.get("/{session}/live", responses=errors(404))
    async def get_live_session(session: Name, who: Who) -> LiveSession:
        """What the meter shows of a session now, and what it costs."""
        now_ms = csms.now_ms()
        return await csms.store.read(
            lambda database: live_of(database, found(database, who, session, now_ms, begun=True), now_ms)
        )

    @router.get("/{session}/curve", responses=errors(404))
    async def get_curve(
        session: Name, who: Who, points: Annotated[int, Query(ge=2, le=2000, description="At most so many.")] = 300
    ) -> CurveOut:
        """Power, energy and state of charge over time."""
        now_ms = csms.now_ms()

        def read(database: Database) -> list[Point]:
            one = found(database, who, session, now_ms, begun=True)
            assert one.transaction_id is not None
            return course(readings(database, one.station, one.transaction_id, READINGS_MOST), one.meter_start_wh)

        course_ = await csms.store.read(read)
        items = [
            PointOut(at=show(each.at_ms), power_w=each.power_w, energy_wh=each.energy_wh, soc_percent=each.soc_percent)
            for each in thinned(course_, points)
        ]
        own = path("sessions", session)
        return CurveOut(
            measured=len(course_), points=items, links={"self": Link(href=f"{own}/curve"), "session": Link(href=own)}
        )


def key_of(after: str) -> Key | None:
    """The key that a page names; None for the first page. Raises HTTPException 422."""
    if not after:
        return None
    place, _, number = after.partition(".")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in (place, number)):
        raise HTTPException(422, "after: no key of a session")
    return Key(int(place), int(number))


def query_of(narrowed: Wanted) -> dict[str, Any]:
    """What a list is narrowed to, as its query says it."""
    return {
        "user": narrowed.user,
        "station": narrowed.station,
        "state": None if narrowed.state is None else narrowed.state.value,
        "since": show(narrowed.since_ms),
        "until": show(narrowed.until_ms),
    }
