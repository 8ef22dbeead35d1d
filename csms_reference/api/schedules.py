"""The HTTP API: stations' charging profiles, the limits that others set them, and what EVs need (block K)."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query

from csms_reference.api.desk import Desk
from csms_reference.api.hal import Link, Page, Resource, link, path, rank, whole_page
from csms_reference.api.models import AfterKey, Limit, Name, likewise
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import charging
from csms_reference.services.charging import Criteria

Evse = Annotated[int | None, Query(ge=0, le=2**31 - 1)]
Transaction = Annotated[str | None, Query(max_length=64)]


class ProfileOut(Resource):
    """A charging profile. ``known_by``: set (the station has accepted it) or reported (it has told that it has it)."""

    id: int
    evse: int
    source: str
    purpose: str
    stack_level: int
    transaction_id: str | None
    profile: dict[str, Any]
    known_by: str
    request_id: int | None
    confirmed: str | None

    @classmethod
    def of(cls, row: Any) -> ProfileOut:
        """From its row."""
        told = {"id": row.profile_id, "profile": json.loads(row.payload), "confirmed": show(row.confirmed_ms)}
        return cls(**likewise(cls, row) | told)


class LimitOut(Resource):
    """A limit that somebody else has set; EVSE 0: the grid connection. ``schedules``: where the station tells them."""

    evse: int
    source: str
    critical: bool | None
    schedules: list[dict[str, Any]] | None
    told: str | None

    @classmethod
    def of(cls, row: Any) -> LimitOut:
        """From its row."""
        return cls(**likewise(cls, row) | {"schedules": _read(row.schedules), "told": show(row.told_ms)})


class NeedsOut(Resource):
    """What an EV needs, the profile that it got, and what it is going to do. ``answer``, ``ev_answer``: the CSMS's."""

    evse: int
    transaction_id: str | None
    needs: dict[str, Any]
    most_periods: int | None
    answer: str
    told: str | None
    plan: dict[str, Any] | None
    plan_status: str | None
    ev_schedule: dict[str, Any] | None
    ev_answer: str | None
    ev_told: str | None

    @classmethod
    def of(cls, row: Any) -> NeedsOut:
        """From its row."""
        parsed = {name: _read(getattr(row, name)) for name in ("needs", "plan", "ev_schedule")}
        return cls(**likewise(cls, row) | parsed | {"told": show(row.told_ms), "ev_told": show(row.ev_told_ms)})


class CompositeOut(Resource):
    """What a station said that all its profiles come to, when it was asked last."""

    evse: int
    start: str | None
    duration: int | None
    unit: str
    periods: list[dict[str, Any]]
    told: str | None

    @classmethod
    def of(cls, row: Any) -> CompositeOut:
        """From its row."""
        times = {"start": show(row.start_ms), "duration": row.duration_s, "told": show(row.told_ms)}
        return cls(**likewise(cls, row) | times | {"periods": _read(row.periods)})


def _read(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def schedules(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS. A station of which nothing is known has empty lists."""
    router = desk(prefix="/stations/{station}", tags=["smart charging"])

    @router.get("/charging-profiles")
    async def list_profiles(
        station: Name, *, evse: Evse = None, transaction: Transaction = None, after: AfterKey = "", limit: Limit = 100
    ) -> Page[ProfileOut]:
        """The profiles of a station, in the order of EVSE, purpose and stack level."""
        rows = await csms.store.read(lambda database: charging.known(database, station, Criteria(evse=evse)))
        chosen = [ProfileOut.of(row) for row in rows if transaction in (None, row.transaction_id)]
        query = {"evse": evse, "transaction": transaction}

        def key(each: ProfileOut) -> str:
            return f"{rank(each.evse)}.{each.purpose}.{rank(each.stack_level)}.{rank(each.id)}"

        where = path("stations", station, "charging-profiles")
        return whole_page(chosen, where, key, after=after, limit=limit, query=query, links=_up(station))

    @router.get("/charging-limits")
    async def list_limits(station: Name, after: AfterKey = "", limit: Limit = 100) -> Page[LimitOut]:
        """The limits of others that stand."""
        rows = await csms.store.read(lambda database: charging.limits_of(database, station))
        items, where = map(LimitOut.of, rows), path("stations", station, "charging-limits")

        def key(each: LimitOut) -> str:
            return f"{rank(each.evse)}.{each.source}"

        return whole_page(items, where, key, after=after, limit=limit, links=_up(station))

    @router.get("/charging-needs")
    async def list_needs(station: Name, after: AfterKey = "", limit: Limit = 100) -> Page[NeedsOut]:
        """What the EVs that charge there need."""
        rows = await csms.store.read(lambda database: charging.needs_of(database, station))
        items, where = map(NeedsOut.of, rows), path("stations", station, "charging-needs")
        return whole_page(items, where, lambda each: rank(each.evse), after=after, limit=limit, links=_up(station))

    @router.get("/composite-schedules")
    async def list_composites(station: Name, after: AfterKey = "", limit: Limit = 100) -> Page[CompositeOut]:
        """The composite schedules that were asked for, the last one of each EVSE."""
        rows = await csms.store.read(lambda database: charging.composites_of(database, station))
        items, where = map(CompositeOut.of, rows), path("stations", station, "composite-schedules")
        return whole_page(items, where, lambda each: rank(each.evse), after=after, limit=limit, links=_up(station))

    return router


def _up(station: str) -> dict[str, Link]:
    return {"station": link("stations", station)}
