"""Alerts: what there is to look at, and who looks after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection as Database
from sqlalchemy import Row, func, literal, select
from starlette.exceptions import HTTPException
from starlette.responses import Response

from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.alerts.condition import Kind, Severity, State, is_closable
from csms_reference.console.desk import LARGEST, Asked, Page, missing
from csms_reference.console.newest import newest
from csms_reference.console.scope import at_own
from csms_reference.console.text import words
from csms_reference.events import news
from csms_reference.services import alerts as kept
from csms_reference.services.alerts import CHANGED_AT_ONCE, Change
from csms_reference.store.alert_tables import OPEN
from csms_reference.store.alert_tables import alerts as table

COUNTED_MOST = 1000
OF_STATION = 10
NOTE_MOST = 1000


class Wanted(NamedTuple):
    """What the list is narrowed to; empty: not at all, but that without a state it is what is open."""

    state: str = ""
    kind: str = ""
    severity: str = ""
    station: str = ""

    @property
    def clauses(self) -> list[Any]:
        """The same for the database."""
        state = {"": "Open", "All": None}.get(self.state, self.state)
        rest = {name: value or None for name, value in self._asdict().items() if name != "state"}
        return kept.clauses(state=state, **rest)


async def raised(asked: Asked) -> int:
    """How many alerts nobody has seen, of those that whoever asks may see: up to a thousand."""
    if not asked.who.may(Scope.ALERTS_READ):
        return 0
    chosen = select(literal(1)).select_from(table).where(OPEN, table.c.state == State.RAISED, _own(asked.who))
    counted = select(func.count()).select_from(chosen.limit(COUNTED_MOST).subquery())
    return await asked.read(lambda database: int(database.execute(counted).scalar() or 0))


def of_station(database: Database, station: str) -> list[Row[Any]]:
    """The open alerts of a station, the newest first, and one more than are shown."""
    mine = select(table).where(table.c.station == station, OPEN).order_by(table.c.id.desc()).limit(OF_STATION + 1)
    return list(database.execute(mine))


def told(row: Row[Any]) -> str:
    """What there is to say of an alert, in words."""
    said = [(name, value) for name, value in json.loads(row.details).items() if value not in (None, "", [])]
    return ", ".join(f"{words(name)} {'yes' if value is True else _plain(value)}" for name, value in said)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _own(who: Principal) -> Any:
    return at_own(who, table.c.station)


async def overview(asked: Asked) -> Response:
    """Alerts, the newest first."""
    wanted = Wanted(*(asked.query(name)[:255] for name in Wanted._fields))
    narrowed = wanted._asdict()
    chosen = select(table).where(_own(asked.who), *wanted.clauses)
    page = await newest(asked, chosen, table.c.id, narrowed)
    return asked.page(
        "alerts.html.j2",
        rows=page.rows,
        wanted=narrowed,
        narrowed=any(narrowed.values()),
        kinds=list(Kind),
        severities=list(Severity),
        told=told,
        closable=lambda row: is_closable(row.kind, row.reason),
        earlier=page.earlier,
        later=page.later,
        live="",
    )


async def _change(asked: Asked, change: Callable[[Database, Row[Any], str | None], Sequence[Change]]) -> Response:
    """Change the alert of a form, and go back to the list that it stood in."""
    given, note = asked.form.get("id", ""), _note(asked)
    number = min(int(given), LARGEST) if given.isascii() and given.isdigit() else 0

    def write(database: Database) -> Sequence[Change]:
        row = database.execute(select(table).where(table.c.id == number, _own(asked.who))).one_or_none()
        if row is None:
            raise missing(f"alert {given[:20]}")
        return change(database, row, note)

    _tell(asked, await asked.csms.store.write(write))
    return _back(asked)


def _note(asked: Asked) -> str | None:
    return asked.form.get("note", "").replace("\0", "").strip()[:NOTE_MOST] or None


def _tell(asked: Asked, changes: Sequence[Change]) -> None:
    news.alerts_changed(asked.csms.bus, changes, asked.csms.now_ms())


def _back(asked: Asked) -> Response:
    return asked.to("alerts", **{name: asked.form.get(f"shown_{name}", "")[:255] for name in Wanted._fields})


async def acknowledge(asked: Asked) -> Response:
    """Say that somebody has seen it, and looks after it."""
    who, now_ms = asked.who.subject, asked.csms.now_ms()
    return await _change(asked, lambda database, row, note: kept.acknowledge(database, [row.id], who, note, now_ms))


async def unacknowledge(asked: Asked) -> Response:
    """Say that nobody does after all."""
    return await _change(asked, lambda database, row, _: kept.unacknowledge(database, row.id))


async def close(asked: Asked) -> Response:
    """Say that it is over."""
    who, now_ms = asked.who.subject, asked.csms.now_ms()

    def closed(database: Database, row: Row[Any], note: str | None) -> Sequence[Change]:
        if not is_closable(row.kind, row.reason):
            raise HTTPException(409, f"{words(row.kind)} ends when it is not so any more.")
        return kept.close(database, row.id, who, note, now_ms)

    return await _change(asked, closed)


async def acknowledge_all(asked: Asked) -> Response:
    """Acknowledge what fits the filters that the list was shown by, up to a thousand."""
    wanted = Wanted(*(asked.form.get(f"shown_{name}", "")[:255] for name in Wanted._fields))
    who, note, now_ms = asked.who.subject, _note(asked), asked.csms.now_ms()
    only = (*wanted.clauses, table.c.state == State.RAISED, _own(asked.who))

    def write(database: Database) -> Sequence[Change]:
        rows = kept.page(database, 0, CHANGED_AT_ONCE, *only)
        return kept.acknowledge(database, [row.id for row in rows], who, note, now_ms)

    _tell(asked, await asked.csms.store.write(write))
    return _back(asked)


PAGES = (
    Page("/alerts", overview, Scope.ALERTS_READ),
    Page("/alerts/acknowledge", acknowledge, Scope.ALERTS_WRITE, "POST"),
    Page("/alerts/unacknowledge", unacknowledge, Scope.ALERTS_WRITE, "POST"),
    Page("/alerts/close", close, Scope.ALERTS_WRITE, "POST"),
    Page("/alerts/acknowledge-all", acknowledge_all, Scope.ALERTS_WRITE, "POST"),
)
