"""Rounds: local lists brought up to date, and authorization caches cleared, at many stations, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import Row
from starlette.exceptions import HTTPException
from starlette.responses import Response

from csms_reference.access.accounts import find
from csms_reference.access.ownership import Belongings
from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.console.desk import LARGEST, Asked, Page, missing
from csms_reference.services import rounds
from csms_reference.services.rounds import Plan, State, Work
from csms_reference.store.access_tables import owners
from csms_reference.store.round_tables import rounds as table

SHOWN = 100
LATEST = 5
WITHIN_MS = 86_400_000

NAMES = {Work.LISTS: "Local lists", Work.CACHES: "Authorization caches"}


@dataclass(frozen=True, slots=True)
class Progress:
    """A round and how far it is. ``over``: stations with an end."""

    row: Row[Any]
    name: str
    counts: dict[State, int]

    @property
    def total(self) -> int:
        """How many stations it is about."""
        return sum(self.counts.values())

    @property
    def over(self) -> int:
        """How many of them have an end."""
        return self.counts[State.DONE] + self.counts[State.FAILED]


def latest(database: Database, who: Principal) -> list[Progress]:
    """The last rounds that somebody may see, of both kinds, the newest first."""
    theirs = Belongings(who.owner).own(table.c.owner)
    rows = [row for work in Work for row in rounds.newest(database, work, LATEST, theirs)]
    return _progress(database, sorted(rows, key=lambda row: -row.id)[:LATEST])


def _progress(database: Database, rows: list[Row[Any]]) -> list[Progress]:
    counted = rounds.totals(database, [row.id for row in rows])
    return [Progress(row, NAMES[Work(row.work)], counted[row.id]) for row in rows]


async def show(asked: Asked) -> Response:
    """One round, station by station."""
    given, after = asked.path("number"), asked.query("after")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else LARGEST
    state = State(asked.query("state")) if asked.query("state") in set(State) else None

    def read(database: Database) -> tuple[Progress, list[Row[Any]]] | None:
        row = next(filter(None, (rounds.find(database, number, work) for work in Work)), None)
        if row is None or not Belongings(asked.who.owner).holds(row):
            return None
        return _progress(database, [row])[0], rounds.visits_of(database, number, after, SHOWN + 1, state)

    found = await asked.read(read)
    if found is None:
        raise missing(f"round {given}")
    progress, rows = found
    chosen = {"state": state.value if state else None}
    later = {"after": rows[SHOWN - 1].station, **chosen} if len(rows) > SHOWN else None
    context: dict[str, Any] = {"progress": progress, "rows": rows[:SHOWN], "later": later, "state": chosen["state"]}
    live = "" if asked.who.may(Scope.STATIONS_READ) else None
    return asked.page("round.html.j2", **context, states=list(State), live=live)


async def begin(asked: Asked) -> Response:
    """Begin a round at one's stations, or as an operator at those of an owner, or at all."""
    given, full = asked.form.get("owner", "").strip(), bool(asked.form.get("full"))
    work = Work.CACHES if asked.form.get("work") == Work.CACHES else Work.LISTS
    owner = asked.who.owner or given or None
    plan = Plan(work, owner, asked.who.subject, WITHIN_MS, full=full and work is Work.LISTS)
    now_ms = asked.csms.now_ms()

    def write(database: Database) -> int | None:
        if asked.who.owner is None and owner is not None and find(database, owners, owner) is None:
            return None
        return rounds.begin(database, plan, now_ms)

    number = await asked.csms.store.write(write)
    if number is None:
        raise HTTPException(422, f"There is no owner {owner!r}.")
    asked.csms.rounds.announce()
    return asked.to("rounds", number)


PAGES = (
    Page("/rounds", begin, Scope.TOKENS_WRITE, "POST"),
    Page("/rounds/{number}", show, Scope.TOKENS_READ),
)
