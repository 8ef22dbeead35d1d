"""The HTTP API: stations' charging profiles, the limits that others set them, and what EVs need (block K)."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from csms_reference.api.models import Name, likewise
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import charging
from csms_reference.services.charging import Criteria

Evse = Annotated[int | None, Query(ge=0, le=2**31 - 1)]
Transaction = Annotated[str | None, Query(max_length=64)]


class ProfileOut(BaseModel):
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


class LimitOut(BaseModel):
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


class NeedsOut(BaseModel):
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


class CompositeOut(BaseModel):
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


def schedules(csms: Front) -> APIRouter:
    """The endpoints of a CSMS. A station of which nothing is known has empty lists."""
    router = APIRouter(tags=["smart charging"])

    @router.get("/stations/{station}/charging-profiles")
    async def list_profiles(station: Name, evse: Evse = None, transaction: Transaction = None) -> list[ProfileOut]:
        """The profiles of a station, in the order of EVSE, purpose and stack level."""
        chosen = Criteria(evse=evse)
        rows = await csms.store.read(lambda database: charging.known(database, station, chosen))
        return [ProfileOut.of(row) for row in rows if transaction in (None, row.transaction_id)]

    @router.get("/stations/{station}/charging-limits")
    async def list_limits(station: Name) -> list[LimitOut]:
        """The limits of others that stand."""
        rows = await csms.store.read(lambda database: charging.limits_of(database, station))
        return [LimitOut.of(row) for row in rows]

    @router.get("/stations/{station}/charging-needs")
    async def list_needs(station: Name) -> list[NeedsOut]:
        """What the EVs that charge there need."""
        rows = await csms.store.read(lambda database: charging.needs_of(database, station))
        return [NeedsOut.of(row) for row in rows]

    @router.get("/stations/{station}/composite-schedules")
    async def list_composites(station: Name) -> list[CompositeOut]:
        """The composite schedules that were asked for, the last one of each EVSE."""
        rows = await csms.store.read(lambda database: charging.composites_of(database, station))
        return [CompositeOut.of(row) for row in rows]

    return router
