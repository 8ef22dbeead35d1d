"""The HTTP API: campaigns, which have many stations do one thing."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import BaseModel, ConfigDict, model_validator
from sqlalchemy import Connection as Database
from sqlalchemy import Row

from csms_reference.access.guard import Identified, not_allowed
from csms_reference.access.ownership import Mine
from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.api.desk import Desk
from csms_reference.api.hal import Link, Page, Resource, Template, fields_of, filled, form, link, page_of, path
from csms_reference.api.models import AfterId, Identifier, Limit, likewise
from csms_reference.api.problems import errors, missing
from csms_reference.api.revision import SHOWN, Seen
from csms_reference.campaigns import rows as kept
from csms_reference.campaigns.moves import allowed, is_removable, move
from csms_reference.campaigns.orders import NotReady
from csms_reference.campaigns.plan import Plan, Word
from csms_reference.campaigns.rows import NotNow
from csms_reference.campaigns.states import CHANGEABLE, Standing, State
from csms_reference.events import news
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.store.campaign_tables import campaigns as table

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
MOVED: dict[str, Any] = {"responses": errors(404, 409, 412)}
"""How an endpoint that moves a campaign on is described."""

TITLES = {
    "start": "Start it",
    "pause": "Have nothing new begin",
    "resume": "Go on; what has failed so far is forgiven",
    "cancel": "End it; who has begun comes to an end",
    "approve": "Go on with the next wave",
}


class CampaignIn(Plan):
    """A campaign to be: its name, and what it is to do."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "2.4 for the Acme One",
                    "actions": [{"command": "update_firmware", "image": "acme-2.4.bin"}],
                    "target": {"vendor": "Acme", "firmware": "2.3*"},
                    "waves": [{"count": 5, "soak_s": 86400, "approval": True}, {"percent": 20}],
                    "schedule": {"window": {"begins": "22:00", "ends": "05:00", "zone": "Europe/Berlin"}},
                    "only_idle": True,
                }
            ]
        },
    )
    name: Identifier

    @model_validator(mode="before")
    @classmethod
    def _sayable(cls, whole: Any) -> Any:
        """JSON can name half of a surrogate pair, but no UTF-8 can carry it."""
        if not isinstance(whole, dict):  # of another media type, which is told as what it is
            return whole
        try:
            json.dumps(whole, ensure_ascii=False, allow_nan=False).encode()
        except UnicodeEncodeError:
            raise ValueError("half of a surrogate pair is no character") from None
        except RecursionError:
            raise ValueError("nested too deeply") from None
        return whole


class ReasonIn(BaseModel):
    """Why it is done, for who comes later."""

    model_config = ConfigDict(extra="forbid")
    why: Word | None = None


class WaveOut(BaseModel):
    """How many stations of a wave are how far; ``wave`` null: those whose turn has not come."""

    wave: int | None
    stations: dict[str, int]


class CampaignOut(Resource):
    """A campaign. ``why``: it was paused or cancelled; ``wave``: counted from 0; ``progress``: how many stations are
    how far, ``waves``: the same of each wave; ``soaks_until``: until when nothing is done after a wave."""

    LIVE = frozenset({"phase", "wave", "soaks_until", "progress", "waves"})

    id: int
    name: str
    owner: str | None
    client: str
    state: State
    why: str | None
    phase: str
    wave: int
    soaks_until: str | None
    plan: dict[str, Any]
    progress: dict[str, int]
    waves: list[WaveOut]
    created: str | None
    started: str | None
    ended: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> CampaignOut:
        """From its row."""
        same = likewise(cls, row)
        instants = {"created": row.created_ms, "started": row.started_ms, "ended": row.ended_ms}
        instants["soaks_until"] = row.until_ms
        read: dict[str, Any] = {name: show(at_ms) for name, at_ms in instants.items()}
        read |= {"plan": json.loads(row.plan), "progress": {}, "waves": []}
        return cls(**{**same, **read}, links={"self": link("campaigns", row.id)})


class CampaignStationOut(Resource):
    """How far a station is in a campaign. ``attempt``: how often it was asked; ``command``: the last time."""

    station: str
    state: Standing
    why: str | None
    wave: int | None
    attempt: int
    failures: int
    command: int | None
    changed: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> CampaignStationOut:
        """From its row."""
        links = {"station": link("stations", row.station)}
        if row.command is not None:
            links["command"] = link("commands", row.command)
        return cls(**likewise(cls, row), changed=show(row.changed_ms), links=links)


def campaigns(csms: Front, desk: Desk) -> APIRouter:
    """The campaigns of a CSMS."""
    router = desk(prefix="/campaigns", tags=["campaigns"])

    @router.get("")
    async def list_campaigns(
        *, mine: Mine, state: Annotated[State | None, Query()] = None, after: AfterId = 0, limit: Limit = 100
    ) -> Page[CampaignOut]:
        """Campaigns in the order in which they were made, those after ``after``; without their progress."""
        only = mine.own(table.c.owner)
        rows = await csms.store.read(lambda database: kept.page(database, after, limit, only, state=state))
        forms = {"default": form("POST", path("campaigns"), CampaignIn, "Make a campaign, which is a draft at first")}
        last = rows[-1].id if rows else None
        items = [CampaignOut.of(row) for row in rows]
        return page_of(items, path("campaigns"), limit=limit, last=last, query={"state": state}, templates=forms)

    @router.post("", status_code=201, responses=errors(412))
    async def post_campaign(wish: CampaignIn, seen: Seen, mine: Mine, who: Identified) -> CampaignOut:
        """Make a campaign: a draft, which touches nothing before it is started."""
        plan = plan_of(wish, who)

        def write(database: Database) -> CampaignOut:
            seen.expected(None)
            now_ms, owner = csms.now_ms(), mine.owner
            row = kept.add(database, wish.name, plan, owner=owner, client=who.subject, now_ms=now_ms)
            return _whole(database, row)

        made = await csms.store.write(write)
        seen.answer.headers["Location"] = made.links["self"].href
        return seen.shown(made)

    @router.get("/{number}", **SHOWN)
    async def get_campaign(number: Number, seen: Seen, mine: Mine) -> CampaignOut:
        """One campaign, how far it is, and with forms for what can be done with it now."""
        return seen.shown(await csms.store.read(lambda database: _whole(database, _found(database, number, mine))))

    @router.put("/{number}", **MOVED)
    async def put_campaign(number: Number, wish: CampaignIn, seen: Seen, mine: Mine, who: Identified) -> CampaignOut:
        """Replace a draft."""
        plan = plan_of(wish, who)

        def write(database: Database) -> CampaignOut:
            row = _found(database, number, mine)
            seen.expected(_whole(database, row))
            if row.state not in CHANGEABLE:
                raise HTTPException(409, f"it is {row.state}: only drafts can be changed")
            kept.change(database, number, name=wish.name, plan=plan)
            return _whole(database, _found(database, number, mine))

        return seen.shown(await csms.store.write(write))

    @router.delete("/{number}", status_code=204, **MOVED)
    async def delete_campaign(number: Number, seen: Seen, mine: Mine) -> Response:
        """Forget a campaign that is a draft, or over."""

        def write(database: Database) -> bool:
            row = _found(database, number, mine)
            seen.expected(_whole(database, row))
            if not is_removable(row):
                raise HTTPException(409, f"it is {row.state}, and not over: cancel it first")
            return kept.remove(database, number)

        gone = await csms.store.write(write)
        while not gone:
            gone = await csms.store.write(lambda database: kept.remove(database, number))
        return Response(status_code=204)

    _moves(csms, router)
    _stations(csms, router)
    return router


def _moves(csms: Front, router: APIRouter) -> None:
    async def moved(number: int, what: str, seen: Seen, mine: Mine, why: str | None = None) -> CampaignOut:
        def write(database: Database) -> Row[Any]:
            row = _found(database, number, mine)
            seen.expected(_whole(database, row))
            return move(database, csms.settings, row, what, why)

        try:
            row = await csms.store.write(write)
        except (NotNow, NotReady) as problem:
            raise HTTPException(409, str(problem)) from problem
        news.campaign_changed(csms.bus, row, csms.now_ms())
        return seen.shown(await csms.store.read(lambda database: _whole(database, row)))

    @router.post("/{number}/start", **MOVED)
    async def start_campaign(number: Number, seen: Seen, mine: Mine) -> CampaignOut:
        """Start a draft, at once or when its time comes. Images are what they are now: another one pauses it."""
        return await moved(number, "start", seen, mine)

    @router.post("/{number}/pause", **MOVED)
    async def pause_campaign(number: Number, reason: ReasonIn, seen: Seen, mine: Mine) -> CampaignOut:
        """Have no station begin; those that have begun go on."""
        return await moved(number, "pause", seen, mine, reason.why)

    @router.post("/{number}/resume", **MOVED)
    async def resume_campaign(number: Number, seen: Seen, mine: Mine) -> CampaignOut:
        """Go on after a pause. What has failed so far no longer counts towards the threshold."""
        return await moved(number, "resume", seen, mine)

    @router.post("/{number}/cancel", **MOVED)
    async def cancel_campaign(number: Number, reason: ReasonIn, seen: Seen, mine: Mine) -> CampaignOut:
        """End it. Stations that have begun are followed to their end."""
        return await moved(number, "cancel", seen, mine, reason.why)

    @router.post("/{number}/approve", **MOVED)
    async def approve_campaign(number: Number, seen: Seen, mine: Mine) -> CampaignOut:
        """Let the next wave begin, where the plan wants that to be approved."""
        return await moved(number, "approve", seen, mine)


def _stations(csms: Front, router: APIRouter) -> None:
    @router.get("/{number}/stations", responses=errors(404))
    async def list_campaign_stations(
        number: Number,
        *,
        mine: Mine,
        state: Annotated[Standing | None, Query()] = None,
        wave: Annotated[int | None, Query(ge=0, le=20)] = None,
        after: AfterId = 0,
        limit: Limit = 100,
    ) -> Page[CampaignStationOut]:
        """The stations of a campaign, those after ``after``."""
        query = {"state": state, "wave": wave}

        def read(database: Database) -> list[Row[Any]]:
            _found(database, number, mine)
            return kept.station_page(database, number, after, limit, state=state, wave=wave)

        rows = await csms.store.read(read)
        items, where = [CampaignStationOut.of(row) for row in rows], path("campaigns", number, "stations")
        links = {"campaign": link("campaigns", number)}
        last = rows[-1].id if rows else None
        return page_of(items, where, limit=limit, last=last, query=query, links=links)


def plan_of(wish: CampaignIn, who: Principal) -> str:
    """The plan as it is kept. Raises HTTPException 403: who rolls out an image has to be one who may."""
    if any(each.image is not None for each in wish.actions) and not who.may(Scope.FILES_WRITE):
        raise not_allowed(Scope.FILES_WRITE)
    return json.dumps(wish.model_dump(mode="json", exclude={"name"}))


def _found(database: Database, number: int, mine: Mine) -> Row[Any]:
    row = kept.find(database, number)
    if row is None or not mine.holds(row):
        raise missing(f"campaign {number}")
    return row


def _whole(database: Database, row: Row[Any]) -> CampaignOut:
    """A campaign with its progress, links and forms."""
    found = CampaignOut.of(row)
    progress = kept.progress(database, row.id)
    waves = sorted(progress.items(), key=lambda each: (each[0] is None, each[0]))
    found.waves = [WaveOut(wave=wave, stations=stations) for wave, stations in waves]
    found.progress = {
        state: sum(stations.get(state, 0) for stations in progress.values())
        for state in Standing
        if any(state in stations for stations in progress.values())
    }
    own = path("campaigns", row.id)
    stations = Link(href=f"{own}/stations{{?state,wave,after,limit}}", templated=True, title="How far each station is")
    found.links |= {"collection": link("campaigns"), "stations": stations}
    found.templates = {name: _form(name, f"{own}/{name}") for name in allowed(row)}
    if row.state in CHANGEABLE:
        fields = filled(fields_of(CampaignIn), {"name": row.name, **found.plan})
        found.templates["change"] = Template(title="Replace it", method="PUT", target=own, properties=fields)
    if is_removable(row):
        found.templates["delete"] = Template(title="Forget it", method="DELETE", target=own)
    return found


def _form(name: str, target: str) -> Template:
    return form("POST", target, ReasonIn if name in ("pause", "cancel") else None, TITLES[name])
