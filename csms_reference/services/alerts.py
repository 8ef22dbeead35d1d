"""Alerts as they are kept: one that is open for each condition, however often it is noticed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from csms_reference.alerts.condition import Condition, Kind, State
from csms_reference.store.alert_tables import OPEN, alerts
from csms_reference.store.prepared import Prepared, insert_new

CHANGED_AT_ONCE = 1000
"""Alerts that one request changes."""


class Change(NamedTuple):
    """What became of an alert, and the alert: ``raised``, ``changed``, ``acknowledged`` or ``cleared``."""

    what: str
    row: Row[Any]


class Known(NamedTuple):
    """An open alert, as far as rules want to know it."""

    id: int
    station: str | None
    evse: int | None
    reason: str
    severity: str
    details: str
    last_ms: int
    mark: int | None


_COLUMNS = [column.name for column in alerts.c if column.name != "id"]
_ADD = Prepared(insert_new(alerts), _COLUMNS)
_BLANK = dict.fromkeys(
    ("acknowledged_by", "acknowledged_ms", "note", "cleared_ms", "closed_by", "closing_note"),
)


# -- what rules have found ------------------------------------------------------------------------------------------


def still_open(connection: Connection, kind: Kind, reasons: Iterable[str] | None = None) -> dict[str, Known]:
    """The open alerts of a kind, for these reasons, by the keys of their conditions."""
    columns = (alerts.c[name] for name in Known._fields)
    chosen = select(alerts.c.key, *columns).where(OPEN, alerts.c.kind == str(kind))
    if reasons is not None:
        chosen = chosen.where(alerts.c.reason.in_(list(reasons)))
    return {row[0]: Known(*row[1:]) for row in connection.execute(chosen)}


def note(connection: Connection, found: Sequence[Condition], now_ms: int, again_ms: int) -> list[Change]:
    """Conditions hold: raise alerts of them, or note in those that are there what is new.

    One that had ended by itself less than ``again_ms`` ago goes on, acknowledged if it was; it has flapped.
    """
    by_key = {condition.key: condition for condition in found}
    known = _newest(connection, by_key)
    changes, new = [], []
    for key, condition in by_key.items():
        row = known.get(key)
        if row is not None and condition.mark is not None and (row.mark or 0) >= condition.mark:
            continue
        if row is None or not _goes_on(row, now_ms - again_ms):
            new.append(condition)
        elif (change := _noted(connection, row, condition, now_ms)) is not None:
            changes.append(change)
    return changes + _added(connection, new, now_ms)


def marks(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """The last row that was counted in an alert of each of these conditions, be it open or over."""
    last = select(alerts.c.key, func.max(alerts.c.mark)).where(alerts.c.key.in_(list(keys))).group_by(alerts.c.key)
    return {key: mark or 0 for key, mark in connection.execute(last)}


def clear(connection: Connection, numbers: Sequence[int], now_ms: int) -> list[Change]:
    """The conditions of these alerts have ended."""
    over = update(alerts).where(alerts.c.id.in_(numbers), OPEN).values(state=State.CLEARED, cleared_ms=now_ms)
    return _changed(connection, over, "cleared")


def _newest(connection: Connection, keys: Iterable[str]) -> dict[str, Row[Any]]:
    latest = select(func.max(alerts.c.id)).where(alerts.c.key.in_(list(keys))).group_by(alerts.c.key)
    return {row.key: row for row in connection.execute(select(alerts).where(alerts.c.id.in_(latest)))}


def _goes_on(row: Row[Any], ended_after_ms: int) -> bool:
    return row.state != State.CLEARED or (row.closed_by is None and row.cleared_ms > ended_after_ms)


def _noted(connection: Connection, row: Row[Any], condition: Condition, now_ms: int) -> Change | None:
    """Bring an alert up to date; None where nothing is new."""
    again = row.state == State.CLEARED
    told = condition.mark is not None
    new: dict[str, Any] = {"severity": str(condition.severity), "details": condition.text}
    if again:
        state = State.RAISED if row.acknowledged_ms is None else State.ACKNOWLEDGED
        new |= {"state": state, "cleared_ms": None}
    if told or again:
        new |= {"times": row.times + condition.times, "last_ms": now_ms}
    if told:
        new |= {"mark": condition.mark, "transaction_id": condition.transaction_id}
    elif not again and new.items() <= row._mapping.items():  # noqa: SLF001 -- public all the same
        return None
    changed = update(alerts).where(alerts.c.id == row.id).values(**new).returning(alerts)
    back = again and row.acknowledged_ms is None
    return Change("raised" if back else "changed", connection.execute(changed).one())


def _added(connection: Connection, found: Sequence[Condition], now_ms: int) -> list[Change]:
    """Raise alerts. Of two nodes that raise one at the same time one does."""
    if not found:
        return []
    before = connection.execute(select(func.max(alerts.c.id))).scalar() or 0
    _ADD(connection, [{**_BLANK, **_row(condition), "raised_ms": now_ms, "last_ms": now_ms} for condition in found])
    keys = [condition.key for condition in found]
    new = select(alerts).where(alerts.c.key.in_(keys), alerts.c.id > before, OPEN).order_by(alerts.c.id)
    return [Change("raised", row) for row in connection.execute(new)]


def _row(condition: Condition) -> dict[str, Any]:
    same = ("station", "evse", "connector", "transaction_id", "certificate", "mark", "since_ms", "key")
    told = {"kind": str(condition.kind), "reason": condition.reason, "severity": str(condition.severity)}
    rest = {"state": str(State.RAISED), "details": condition.text, "times": condition.times}
    return {**{name: getattr(condition, name) for name in same}, **told, **rest}


# -- what operators do ----------------------------------------------------------------------------------------------


def acknowledge(
    connection: Connection, numbers: Sequence[int], who: str, note: str | None, now_ms: int
) -> list[Change]:
    """Somebody has seen these and looks after them; those that are over stay as they are."""
    seen = {"state": State.ACKNOWLEDGED, "acknowledged_by": who, "acknowledged_ms": now_ms, "note": note}
    still = update(alerts).where(alerts.c.id.in_(numbers), OPEN)
    return _changed(connection, still.values(**seen), "acknowledged")


def unacknowledge(connection: Connection, number: int) -> list[Change]:
    """Nobody looks after it after all."""
    forgotten = dict.fromkeys(("acknowledged_by", "acknowledged_ms", "note"))
    seen = update(alerts).where(alerts.c.id == number, alerts.c.state == State.ACKNOWLEDGED)
    return _changed(connection, seen.values(state=State.RAISED, **forgotten), "changed")


def close(connection: Connection, number: int, who: str, note: str | None, now_ms: int) -> list[Change]:
    """An operator has it that this is over."""
    over = {"state": State.CLEARED, "cleared_ms": now_ms, "closed_by": who, "closing_note": note}
    return _changed(connection, update(alerts).where(alerts.c.id == number, OPEN).values(**over), "cleared")


def _changed(connection: Connection, statement: Any, what: str) -> list[Change]:
    rows = connection.execute(statement.returning(alerts))
    return [Change(what, row) for row in sorted(rows, key=lambda row: int(row.id))]


# -- reading --------------------------------------------------------------------------------------------------------


def clauses(
    *,
    state: str | None = None,
    kind: str | None = None,
    severity: str | None = None,
    station: str | None = None,
    since_ms: int | None = None,
) -> list[ColumnElement[bool]]:
    """What narrows alerts; ``state`` Open is whatever is not over, ``since_ms``: those raised then or later."""
    column, found = alerts.c, []
    for name, value in (("kind", kind), ("severity", severity), ("station", station)):
        if value is not None:
            found.append(column[name] == value)
    if state is not None:
        found.append(_OPEN if state == "Open" else column.state == state)
    if since_ms is not None:
        found.append(column.raised_ms >= since_ms)
    return found


_OPEN: Any = OPEN


def find(connection: Connection, number: int) -> Row[Any] | None:
    """One alert."""
    return connection.execute(select(alerts).where(alerts.c.id == number)).one_or_none()


def page(connection: Connection, after: int, limit: int, *only: ColumnElement[bool]) -> list[Row[Any]]:
    """Alerts in the order in which they were raised first."""
    chosen = select(alerts).where(alerts.c.id > after, *only).order_by(alerts.c.id).limit(limit)
    return list(connection.execute(chosen))


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many are open, by kind and severity."""
    chosen = select(alerts.c.kind, alerts.c.severity, func.count()).where(OPEN)
    return {
        (kind, severity): n
        for kind, severity, n in connection.execute(chosen.group_by(alerts.c.kind, alerts.c.severity))
    }


def how_many_open(connection: Connection, *only: ColumnElement[bool]) -> int:
    """How many are open, of those that fit."""
    return int(connection.execute(select(func.count()).select_from(alerts).where(OPEN, *only)).scalar() or 0)
