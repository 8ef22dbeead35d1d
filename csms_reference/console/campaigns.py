"""Campaigns: a form for firmware, variables and other commands, and how far each campaign and its stations are."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection as Database
from sqlalchemy import Row, select
from starlette.exceptions import HTTPException
from starlette.responses import Response

from csms_reference.access.ownership import Belongings
from csms_reference.access.scopes import Scope
from csms_reference.api.campaigns import TITLES, CampaignIn, plan_of
from csms_reference.campaigns import rows
from csms_reference.campaigns.moves import allowed, is_removable, move
from csms_reference.campaigns.orders import NotReady
from csms_reference.campaigns.plan import read_plan
from csms_reference.campaigns.rows import NotNow
from csms_reference.campaigns.states import MOVES, Standing
from csms_reference.console.campaign_form import given_of, wish_of
from csms_reference.console.desk import Asked, Page, missing
from csms_reference.console.gate import Fields
from csms_reference.dialects.registry import command_names
from csms_reference.events import news
from csms_reference.store.campaign_tables import campaigns
from csms_reference.store.firmware_tables import firmware_images
from protocol.versions import VERSIONS

SHOWN = 50
IMAGES_MOST = 200

BAR = (
    ("good", (Standing.SUCCEEDED,)),
    ("bad", (Standing.FAILED,)),
    ("off", (Standing.SKIPPED,)),
    ("busy", (Standing.SENT, Standing.IN_PROGRESS)),
    ("wait", (Standing.WAITING,)),
)
"""What a bar shows from left to right, each in its tone; who has not begun is what is left."""


class Piece(NamedTuple):
    """A part of a bar, in percent of its length."""

    tone: str
    left: float
    width: float


class Bar(NamedTuple):
    """How far the stations of a wave are (None: those whose turn has not come)."""

    wave: int | None
    total: int
    counts: dict[str, int]
    pieces: list[Piece]


def bar(wave: int | None, counts: dict[str, int]) -> Bar:
    """The bar of so many stations in each state."""
    total, left, pieces = sum(counts.values()), 0.0, []
    for tone, states in BAR:
        width = 100 * sum(counts.get(state, 0) for state in states) / max(total, 1)
        if width:
            pieces.append(Piece(tone, round(left, 2), round(width, 2)))
        left += width
    return Bar(wave, total, {state: counts[state] for state in Standing if state in counts}, pieces)


def whole(progress: dict[int | None, dict[str, int]]) -> Bar:
    """The bar of all waves."""
    states = {state: sum(counts.get(state, 0) for counts in progress.values()) for state in Standing}
    return bar(None, {state: number for state, number in states.items() if number})


async def overview(asked: Asked) -> Response:
    """Every campaign, the newest first."""
    return await _listed(asked, {})


async def _listed(asked: Asked, given: Fields, wrong: str = "") -> Response:
    before = asked.number("before")
    chosen = select(campaigns).where(Belongings(asked.who.owner).own(campaigns.c.owner))
    if before is not None:
        chosen = chosen.where(campaigns.c.id < before)

    def read(database: Database) -> tuple[list[Row[Any]], dict[int, Bar], list[Row[Any]]]:
        found = list(database.execute(chosen.order_by(campaigns.c.id.desc()).limit(SHOWN + 1)))
        bars = {row.id: whole(rows.progress(database, row.id)) for row in found[:SHOWN]}
        images = select(firmware_images.c.name, firmware_images.c.version).order_by(firmware_images.c.id.desc())
        return found, bars, list(database.execute(images.limit(IMAGES_MOST)))

    found, bars, images = await asked.read(read)
    return asked.page(
        "campaigns.html.j2",
        422 if wrong else 200,
        rows=found[:SHOWN],
        bars=bars,
        images=images if asked.who.owner is None and asked.who.may(Scope.FILES_WRITE) else [],
        commands=sorted(command_names()),
        versions=[version.name for version in VERSIONS],
        given=given,
        wrong=wrong,
        later={"before": found[SHOWN - 1].id} if len(found) > SHOWN else None,
        live="",
    )


async def create(asked: Asked) -> Response:
    """Make a campaign, a draft, from what was filled in."""
    try:
        wish = CampaignIn.model_validate(wish_of(asked.form))
    except (ValidationError, ValueError) as problem:
        return await _listed(asked, asked.form, _told(problem))
    plan = plan_of(wish, asked.who)

    def write(database: Database) -> Row[Any]:
        owner, now_ms = asked.who.owner, asked.csms.now_ms()
        return rows.add(database, wish.name, plan, owner=owner, client=asked.who.subject, now_ms=now_ms)

    row = await asked.csms.store.write(write)
    return asked.to("campaigns", row.id)


async def one(asked: Asked) -> Response:
    """One campaign: its progress by wave, its stations, and what can be done with it."""
    return await _shown(asked)


async def _shown(asked: Asked, wrong: str = "") -> Response:
    number, state, after = _number(asked), asked.query("state"), asked.number("after") or 0
    wanted = state if state in list(Standing) else None

    def read(database: Database) -> tuple[Row[Any], dict[int | None, dict[str, int]], list[Row[Any]]]:
        row = _find(database, asked, number)
        page = rows.station_page(database, number, after, SHOWN + 1, state=wanted)
        return row, rows.progress(database, number), page

    row, progress, page = await asked.read(read)
    waves = sorted(progress.items(), key=lambda each: (each[0] is None, each[0]))
    return asked.page(
        "campaign.html.j2",
        409 if wrong else 200,
        row=row,
        wrong=wrong,
        plan=given_of(read_plan(row.plan)),
        whole=whole(progress),
        bars=[bar(wave, counts) for wave, counts in waves],
        stations=page[:SHOWN],
        states=["", *Standing],
        state=wanted or "",
        moves=[(name, TITLES[name]) for name in allowed(row)],
        removable=is_removable(row),
        later={"state": state, "after": page[SHOWN - 1].id} if len(page) > SHOWN else None,
        live="",
    )


async def act(asked: Asked) -> Response:
    """Start, pause, resume, cancel, approve or forget a campaign."""
    number, what = _number(asked), asked.path("what")
    why = "".join(each for each in asked.form.get("why", "").strip()[:255] if each.isprintable()) or None
    if what not in MOVES and what != "forget":
        raise missing(f"way to {what!r} a campaign")

    def write(database: Database) -> Row[Any] | None:
        row = _find(database, asked, number)
        if what != "forget":
            return move(database, asked.csms.settings, row, what, why if what in ("pause", "cancel") else None)
        if not is_removable(row):
            raise NotNow("It is not over: cancel it first.")
        return None if rows.remove(database, number) else row

    try:
        row = await asked.csms.store.write(write)
        while what == "forget" and row is not None:
            row = await asked.csms.store.write(write)
    except (NotNow, NotReady) as problem:
        return await _shown(asked, str(problem))
    if row is None:
        return asked.to("campaigns")
    news.campaign_changed(asked.csms.bus, row, asked.csms.now_ms())
    return asked.to("campaigns", number)


def _find(database: Database, asked: Asked, number: int) -> Row[Any]:
    row = rows.find(database, number)
    if row is None or not Belongings(asked.who.owner).holds(row):
        raise missing(f"campaign {number}")
    return row


def _number(asked: Asked) -> int:
    text = asked.path("number")
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**63):
        raise HTTPException(404, "There is no such campaign.")
    return int(text)


def _told(problem: ValueError) -> str:
    if not isinstance(problem, ValidationError):
        return str(problem)
    first = problem.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


PAGES = (
    Page("/campaigns", overview, Scope.COMMANDS_READ),
    Page("/campaigns", create, Scope.COMMANDS_WRITE, "POST"),
    Page("/campaigns/{number}", one, Scope.COMMANDS_READ),
    Page("/campaigns/{number}/{what}", act, Scope.COMMANDS_WRITE, "POST"),
)
