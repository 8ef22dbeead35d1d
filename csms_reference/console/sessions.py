"""Charging sessions: the history of a fleet for operators, of their own for drivers, who begin and stop them here."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from sqlalchemy import Connection as Database
from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.responses import Response

from csms_reference import sessions as charging
from csms_reference.access.driving import may_begin_at
from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.api.charged import more_of
from csms_reference.api.sessions import key_of
from csms_reference.console.curve import curve
from csms_reference.console.desk import Asked, Page, missing
from csms_reference.console.rendering import at
from csms_reference.instants import read_ms
from csms_reference.services import history, status, totals
from csms_reference.services.course import course, latest, readings, thinned
from csms_reference.services.history import Key, Session, State, Wanted
from csms_reference.services.registration import Registration
from csms_reference.services.totals import By, Total
from csms_reference.sessions import Refused, Wish
from csms_reference.store.tables import stations

SHOWN = 50
MONTHS = 12
PLACES = 50
READINGS_MOST = 50_000
DRAWN_MOST = 600
TABLED_MOST = 60
DAY_MS = 86_400_000
LAST = Key(2**62)


class Narrowed(NamedTuple):
    """What the list is narrowed to; empty: not at all. ``since`` and ``until`` are days."""

    user: str = ""
    station: str = ""
    state: str = ""
    since: str = ""
    until: str = ""

    @property
    def wanted(self) -> Wanted:
        """As the history takes it."""
        state = State(self.state) if self.state in set(State) else None
        until_ms = read_ms(f"{self.until}T00:00:00Z")
        return Wanted(
            self.user or None,
            self.station or None,
            state,
            read_ms(f"{self.since}T00:00:00Z"),
            None if until_ms is None else until_ms + DAY_MS,
        )

    @property
    def query(self) -> dict[str, str]:
        """The same, as the API's query has it."""
        asked = self._asdict()
        for name in ("since", "until"):
            asked[name] = f"{asked[name]}T00:00:00Z" if asked[name] else ""
        return {name: value for name, value in asked.items() if value}


async def overview(asked: Asked, wrong: str = "") -> Response:
    """Sessions, the youngest first, their totals, and where somebody may charge who drives."""
    narrowed = Narrowed(*(asked.query(name)[:255] for name in Narrowed._fields))
    who, now_ms = asked.who, asked.csms.now_ms()
    before, after = _key(asked.query("before")), _key(asked.query("after"))
    summed = who.drives or bool(narrowed.user or narrowed.station or asked.query("totals"))  # of a fleet it takes long

    def read(database: Database) -> dict[str, Any]:
        page = {"after": after} if after is not None else {"before": before or LAST}
        found = history.page(database, who, narrowed.wanted, now_ms, SHOWN + 1, **page)
        places = _places(database, who) if who.drives else []
        return {"found": found, "months": _months(database, who, narrowed) if summed else None, "places": places}

    told = await asked.read(read)
    found = told.pop("found")
    more, rows = len(found) > SHOWN, found[:SHOWN]
    rows = rows[::-1] if after is not None else rows
    fields = narrowed._asdict()
    newer = rows and (more if after is not None else before is not None)
    older = rows and (more or after is not None)
    return asked.page(
        "sessions.html.j2",
        422 if wrong else 200,
        **told,
        rows=rows,
        wanted=fields,
        narrowed=any(fields.values()),
        states=[state.value for state in State],
        earlier={**fields, "after": rows[0].key.written} if newer else None,
        later={**fields, "before": rows[-1].key.written} if older else None,
        csv=at(**narrowed.query).replace(at(), "/v1/sessions.csv", 1),
        wrong=wrong,
        live="" if who.may(Scope.STATIONS_READ) else None,
    )


async def one(asked: Asked) -> Response:
    """One session: its curve, what it costs, and how to stop it."""
    now_ms = asked.csms.now_ms()

    def read(database: Database) -> dict[str, Any]:
        found = _find(database, asked, now_ms)
        points = []
        if found.transaction_id is not None:
            rows = readings(database, found.station, found.transaction_id, READINGS_MOST)
            points = course(rows, found.meter_start_wh)
        return {"row": found, "points": points, "more": more_of(database, found, now_ms)}

    told = await asked.read(read)
    points = told.pop("points")
    return asked.page(
        "session.html.j2",
        **told,
        curve=curve(thinned(points, DRAWN_MOST)),
        latest=latest(points),
        measured=len(points),
        tabled=thinned(points, TABLED_MOST),
        live=told["row"].station if asked.who.may(Scope.STATIONS_READ) else None,
    )


async def begin(asked: Asked) -> Response:
    """Begin a session at a place that is open to whoever asks."""
    station, _, evse = asked.form.get("place", "").rpartition("/")
    cost = asked.form.get("max_cost", "").strip()
    if not evse.isdecimal() or not 0 < int(evse) < 2**31:
        return await overview(asked, "Choose where to charge.")
    if cost and not _is_money(cost):
        return await overview(asked, "The highest cost is an amount such as 20 or 20.00.")
    try:
        row = await charging.begin(asked.csms, asked.who, Wish(station, int(evse), most_cost=cost or None))
    except Refused as problem:
        return await overview(asked, f"There is no {problem}." if problem.missing else f"It cannot begin: {problem}.")
    return asked.to("sessions", Key(row.place, row.id).name)


async def stop(asked: Asked) -> Response:
    """Have a session ended."""
    found = await asked.read(lambda database: _find(database, asked, asked.csms.now_ms()))
    if found.state is State.ACTIVE:
        await charging.stop(asked.csms, asked.who, found)
    return asked.to("sessions", found.key.name)


def _months(database: Database, who: Principal, narrowed: Narrowed) -> list[Total]:
    """The youngest first."""
    return totals.page(database, who, By.MONTH, narrowed.wanted, after="", limit=1000)[-MONTHS:][::-1]


def _find(database: Database, asked: Asked, now_ms: int) -> Session:
    name = asked.path("session")
    found = history.find(database, asked.who, name, now_ms)
    if found is None:
        raise missing(f"session {name!r}")
    return found


def _places(database: Database, who: Principal) -> list[tuple[str, int, str]]:
    """Where somebody may charge: station, EVSE, and how it is."""
    column = stations.c
    chosen = select(column.station).where(may_begin_at(who), column.registration == Registration.ACCEPTED.value)
    found: dict[tuple[str, int], str] = {}
    for name in database.scalars(chosen.order_by(column.station).limit(PLACES)).all():
        for row in status.of_station(database, name):
            if row.evse:
                found[name, row.evse] = row.status
    return [(name, evse, how) for (name, evse), how in found.items()]


def _key(text: str) -> Key | None:
    try:
        return key_of(text)
    except HTTPException:
        return None


def _is_money(text: str) -> bool:
    try:
        return Decimal("0.01") <= Decimal(text) <= Decimal(10**9)
    except InvalidOperation:
        return False


PAGES = (
    Page("/sessions", overview, Scope.SESSIONS_READ),
    Page("/sessions", begin, Scope.SESSIONS_WRITE, "POST"),
    Page("/sessions/{session}", one, Scope.SESSIONS_READ),
    Page("/sessions/{session}/stop", stop, Scope.SESSIONS_WRITE, "POST"),
)
