"""SessionStuck: transactions that go on without anything going on."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, func, select

from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.alerts.docket import Docket
from csms_reference.services import devicemodel
from csms_reference.store.tables import ACTIVE, connectors, transactions

LOOKED_AT = 1000

INTERVALS = 3
"""So many intervals a station may leave out before it counts as silent."""

NO_ENERGY, SUSPENDED, SILENT = "NoEnergy", "SuspendedEVSE", "NoMeterValues"


class Course(NamedTuple):
    """Since when, by what was heard of it, a transaction's register and its state are as they are."""

    register_wh: float | None
    rose_ms: int
    state: str | None
    state_ms: int


class Sessions:
    """Remembers the course of each transaction that runs."""

    every_s = 60.0

    def __init__(self) -> None:
        self._courses: dict[int, Course] = {}

    async def look(self, docket: Docket) -> None:
        """Look at all transactions that run."""
        last, courses, holding, silent = 0, dict[int, Course](), list[Condition](), list[Row[Any]]()
        while True:
            rows = await _rows(docket, _RUNNING.where(transactions.c.id > last).limit(LOOKED_AT))
            for row in rows:
                course = courses[row.id] = _went_on(
                    self._courses.get(row.id), row, docket.settings.alert_meter_rounding_wh
                )
                holding += _stuck(row, course, docket)
                if course.state == "Charging" and _is_over(
                    docket.settings.alert_silent_s, docket.now_ms - row.heard_ms
                ):
                    silent.append(row)
            if len(rows) < LOOKED_AT:
                break
            last = rows[-1].id
        self._courses = courses
        holding += await _silent(docket, silent)
        await docket.settle(Kind.SESSION, [NO_ENERGY, SUSPENDED, SILENT], holding)


_HEARD = func.coalesce(transactions.c.last_ms, transactions.c.received_ms)
_RUNNING = (
    select(
        *(transactions.c[name] for name in ("id", "station", "transaction_id", "version", "evse", "connector")),
        *(transactions.c[name] for name in ("charging_state", "meter_stop_wh")),
        _HEARD.label("heard_ms"),
        connectors.c.status,
        connectors.c.received_ms.label("status_ms"),
    )
    .outerjoin(
        connectors,
        and_(
            connectors.c.station == transactions.c.station,
            connectors.c.evse == transactions.c.evse,
            connectors.c.connector == transactions.c.connector,
        ),
    )
    .where(ACTIVE)
    .order_by(transactions.c.id)
)


async def _rows(docket: Docket, chosen: Select[Any]) -> list[Row[Any]]:
    return await docket.read(lambda database: list(database.execute(chosen)))


def _went_on(before: Course | None, row: Row[Any], rounding_wh: float) -> Course:
    """2.x says in its transaction what 1.6 says of its connector."""
    state = row.charging_state
    state_ms = row.heard_ms
    if row.version == "1.6":
        state, state_ms = row.status, row.status_ms or row.heard_ms
    elif before is not None and before.state == state:
        state_ms = before.state_ms
    now_wh = row.meter_stop_wh
    if before is None or before.register_wh is None or now_wh is None or now_wh > before.register_wh + rounding_wh:
        return Course(now_wh, row.heard_ms, state, state_ms)
    return Course(before.register_wh, before.rose_ms, state, state_ms)


def _stuck(row: Row[Any], course: Course, docket: Docket) -> list[Condition]:
    settings, now_ms = docket.settings, docket.now_ms
    since_ms = max(course.rose_ms, course.state_ms)
    idle = _is_over(settings.alert_idle_s, row.heard_ms - since_ms)  # it has said so itself, not just said nothing
    if idle and course.state == "Charging" and course.register_wh is not None:
        return [_condition(row, NO_ENERGY, since_ms, {"register_wh": course.register_wh})]
    if course.state == "SuspendedEVSE" and _is_over(settings.alert_suspended_s, now_ms - course.state_ms):
        return [_condition(row, SUSPENDED, course.state_ms, {})]
    return []


async def _silent(docket: Docket, rows: list[Row[Any]]) -> list[Condition]:
    """Of these, which should have told of their meters, by the interval that their station has told of, and could
    have: a station without a link is another matter."""
    found = []
    for begin in range(0, len(rows), LOOKED_AT):
        some = rows[begin : begin + LOOKED_AT]
        seen = await docket.front.seen(sorted({row.station for row in some}))
        here = [row for row in some if row.station in seen]
        told = await _intervals_s(docket, {row.station: row.version for row in here})
        for row in here:
            interval_s = told[row.station]
            if interval_s and docket.now_ms - row.heard_ms >= INTERVALS * interval_s * 1000:
                found.append(_condition(row, SILENT, row.heard_ms, {"interval_s": interval_s}))
    return found


async def _intervals_s(docket: Docket, versions: dict[str, str]) -> dict[str, int | None]:
    return await docket.read(
        lambda database: {station: _interval_s(database, station, version) for station, version in versions.items()}
    )


def _interval_s(database: Connection, station: str, version: str) -> int | None:
    """SampledDataCtrlr.TxUpdatedInterval (2.x), MeterValueSampleInterval (1.6); 0: it sends none (J02.FR.03, 1.6
    §9.1.19). It sends none either where there is nothing to sample (1.6 MeterValuesSampledData, §9.1.17)."""
    if version == "1.6":
        keys = devicemodel.keys_of(database, station, "MeterValueSampleInterval", "MeterValuesSampledData")
        said = keys.get("MeterValueSampleInterval") if keys.get("MeterValuesSampledData", "unknown") else None
    else:
        said = devicemodel.value_of(database, station, "SampledDataCtrlr", "TxUpdatedInterval")
    return int(said) if said is not None and said.isascii() and said.isdigit() and len(said) < 10 else None


def _is_over(limit_s: float, for_ms: int) -> bool:
    return limit_s > 0 and for_ms >= limit_s * 1000


def _condition(row: Row[Any], reason: str, since_ms: int, details: dict[str, Any]) -> Condition:
    return Condition(
        kind=Kind.SESSION,
        reason=reason,
        severity=Severity.MINOR,
        station=row.station,
        evse=row.evse,
        connector=row.connector,
        transaction_id=row.transaction_id,
        subject=row.transaction_id,
        since_ms=since_ms,
        details=details,
    )
