"""ImplausibleMeter: what meters show is judged some seconds after it was kept, in the order in which it was.

Rows are read once, by their ids, so that a message pays nothing for it; a CSMS that has more to do than that leaves
some out. What a meter showed before is remembered for as many meters as are likely to be read at once.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, func, select, tuple_

from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.alerts.docket import Docket
from csms_reference.alerts.following import Follower
from csms_reference.alerts.plausibility import Check, Course, Limits, Sample
from csms_reference.services.alerts import Known
from csms_reference.services.fold import BACKWARDS, OUT_OF_RANGE
from csms_reference.services.live import power_w, register_wh, soc_percent
from csms_reference.services.metering import ENERGY, Reading
from csms_reference.settings import Settings
from csms_reference.store.tables import meter_values, transactions, variables

log = logging.getLogger(__name__)

ROWS_AT_ONCE = 500
PARTS_MOST = 200
"""Parts in one look; what is left then is looked at in the next."""

BEHIND_MS = 600_000
"""Who is so far behind after a look goes on with what comes now."""

NAMED_AT_ONCE = 200
COURSES_MOST = 100_000
LIMITS_MOST = 100_000

CALM_MS = 600_000
"""After so long without another failure a check that passes has ended what it had raised."""

HIGHEST = 1e12
"""Above that there is no power and no register."""

SIGNED_CHARS = 40
"""A value as long as that is no number that went wrong but signed data (1.6 §7.43 ValueFormat)."""

UNITS = {ENERGY: {"Wh"}, "Power.Active.Import": {"W"}, "SoC": {"Percent"}}
"""Of what is judged, when all prefixes are resolved. None is right, too: each has a default but that of power."""

RECORD = "Record"
"""The reason where what was kept of a transaction contradicts itself (``services.fold``): it has no energy then."""

SEVERITIES = {
    Check.BACKWARDS: Severity.MAJOR,
    Check.POWER: Severity.MAJOR,
    Check.ENERGY: Severity.MINOR,
    Check.FROZEN: Severity.MAJOR,
    Check.NUMBER: Severity.MINOR,
    Check.SOC: Severity.WARNING,
    Check.CLOCK: Severity.MINOR,
}

LASTING = frozenset({Check.BACKWARDS})
"""What has been charged for is wrong, whatever comes after it."""


class Meter(NamedTuple):
    """Whose readings belong together."""

    station: str
    transaction_id: str | None
    evse: int | None
    connector: int | None


class Meters:
    """Remembers the course of each meter, and what each EVSE gives at most."""

    every_s = 0.0

    def __init__(self) -> None:
        self._courses: OrderedDict[Meter, Course] = OrderedDict()
        self._most_w: dict[tuple[str, int], float] = {}
        self._asked: set[str] = set()

    async def look(self, docket: Docket) -> None:
        """Judge what was measured since the last time, but for the last seconds."""
        parts, known = 0, await docket.open(Kind.METER)
        async for rows in _FOLLOWER.parts(docket):
            await self._judge(docket, rows, known)
            parts += 1
            if parts == PARTS_MOST:
                await self._stop(docket, rows[-1])
                return

    async def _stop(self, docket: Docket, last: Row[Any]) -> None:
        position = last.id
        if last.received_ms < docket.now_ms - BEHIND_MS:
            position = await docket.read(_highest)
            log.warning("%d meter values are not judged: there are too many", position - last.id)
        await _FOLLOWER.go_to(docket, position)

    async def _judge(self, docket: Docket, rows: Sequence[Row[Any]], known: Mapping[str, Known]) -> None:
        """``known``: what was open before."""
        await self._learn(docket, {row.station for row in rows})
        calm = _Calm(known.values())
        found: dict[str, Condition] = {}
        over: set[int] = set()
        for meter, sample, mark in _samples(rows):
            limits = self._limits(docket.settings, meter)
            for check, wrong in self._course(meter).take(sample, limits).items():
                if wrong is None:
                    over |= calm.after(meter, check, sample.received_ms)
                else:
                    condition = _condition(meter, check, wrong, sample, mark)
                    before = found.get(condition.key)
                    found[condition.key] = condition if before is None else _joined(before, condition)
        flagged = await docket.read(lambda database: _contradicting(database, rows))
        await docket.note([*found.values(), *map(_of_record, flagged)])
        await docket.clear(sorted(over - {alert.id for key, alert in known.items() if key in found}))

    def _course(self, meter: Meter) -> Course:
        course = self._courses.pop(meter, None) or Course()
        self._courses[meter] = course
        if len(self._courses) > COURSES_MOST:
            self._courses.popitem(last=False)
        return course

    def _limits(self, settings: Settings, meter: Meter) -> Limits:
        return Limits(
            power_w=self._most_w.get((meter.station, meter.evse or 0), settings.alert_power_max_w),
            rounding_wh=settings.alert_meter_rounding_wh,
            tolerance=settings.alert_meter_tolerance_percent / 100,
            frozen_wh=settings.alert_meter_frozen_wh,
            clock_ms=int(settings.alert_clock_s * 1000),
        )

    async def _learn(self, docket: Docket, stations: set[str]) -> None:
        """What EVSEs of stations that are new here give at most (2.x: the maxLimit of EVSE.Power is required)."""
        if len(self._asked) > LIMITS_MOST:
            self._asked, self._most_w = set(), {}
        new = sorted(stations - self._asked)
        if new:
            self._asked.update(new)
            self._most_w |= await docket.read(lambda database: _ratings(database, new))


class _Calm:
    """Which open alerts a check ends that passes."""

    def __init__(self, alerts: Iterable[Known]) -> None:
        self._open: defaultdict[tuple[str | None, int | None, str], list[Known]] = defaultdict(list)
        for alert in alerts:
            self._open[alert.station, alert.evse, alert.reason].append(alert)

    def after(self, meter: Meter, check: Check, received_ms: int) -> set[int]:
        if check in LASTING or not self._open:
            return set()
        here = self._open.get((meter.station, meter.evse, check.value), ())
        return {alert.id for alert in here if received_ms >= alert.last_ms + CALM_MS}


_COLUMNS = (
    "id",
    "received_ms",
    "timestamp_ms",
    *Meter._fields,
    "measurand",
    "phase",
    "location",
    "unit",
    "value",
    "text",
)
_FOLLOWER = Follower(
    "alerts.meters", meter_values, select(*(meter_values.c[name] for name in _COLUMNS)), ROWS_AT_ONCE, once=True
)
_MEASURAND, _VALUE = _COLUMNS.index("measurand"), _COLUMNS.index("value")
_TOGETHER = itemgetter(*(_COLUMNS.index(name) for name in (*Meter._fields, "timestamp_ms")))


def _samples(rows: Sequence[Row[Any]]) -> Iterator[tuple[Meter, Sample, int]]:
    """What was measured together, with the meter that it is of and the number of its last row. By places, not names:
    there are many."""
    judged = (row for row in rows if row[_MEASURAND] in UNITS or row[_VALUE] is None)
    for (*meter, at_ms), its in groupby(judged, _TOGETHER):
        good, odd = [], None
        for row in its:
            measurand, phase, location, unit, value, text = row[_MEASURAND:]
            if _is_odd(measurand, unit, value, text):
                odd = _shown(measurand, unit, value, text)
            elif value is not None:
                good.append(Reading(at_ms, value, measurand, phase=phase, location=location))
        received_ms = row.received_ms or 0
        values = (register_wh(good), power_w(good), soc_percent(good))
        yield Meter(*meter), Sample(received_ms if at_ms is None else at_ms, received_ms, *values, odd), row.id


def _is_odd(measurand: str, unit: str | None, value: float | None, text: str | None) -> bool:
    if value is None:
        return text is not None and len(text) < SIGNED_CHARS
    return abs(value) > HIGHEST or (unit is not None and unit not in UNITS[measurand])


def _shown(measurand: str, unit: str | None, value: float | None, text: str | None) -> str:
    return f"{measurand}: {text if value is None else f'{value:g}'}{f' {unit}' if unit else ''}"[:200]


def _condition(meter: Meter, check: Check, wrong: dict[str, Any], sample: Sample, mark: int) -> Condition:
    place = f"{meter.evse}/{meter.connector}"
    return Condition(
        kind=Kind.METER,
        reason=check.value,
        severity=SEVERITIES[check],
        **meter._asdict(),
        subject=f"{place}/{meter.transaction_id}" if check in LASTING else place,
        since_ms=sample.received_ms,
        details=wrong,
        mark=mark,
    )


def _joined(before: Condition, after: Condition) -> Condition:
    return replace(after, times=before.times + 1, since_ms=before.since_ms)


def _of_record(row: Row[Any]) -> Condition:
    """Told once of each transaction, whatever comes of it afterwards."""
    return Condition(
        kind=Kind.METER,
        reason=RECORD,
        severity=Severity.MAJOR,
        station=row.station,
        evse=row.evse,
        connector=row.connector,
        transaction_id=row.transaction_id,
        subject=row.transaction_id,
        since_ms=row.last_ms or row.received_ms,
        details={"flags": orjson.loads(row.flags), "start_wh": row.meter_start_wh, "stop_wh": row.meter_stop_wh},
        mark=1,
    )


def _contradicting(connection: Connection, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The transactions among these whose registers contradict each other."""
    named = sorted({(row.station, row.transaction_id) for row in rows if row.transaction_id is not None})
    column, found = transactions.c, []
    for begin in range(0, len(named), NAMED_AT_ONCE):
        some = tuple_(column.station, column.transaction_id).in_(named[begin : begin + NAMED_AT_ONCE])
        flagged = connection.execute(select(transactions).where(some, column.flags != "[]"))
        found += [row for row in flagged if not {BACKWARDS, OUT_OF_RANGE}.isdisjoint(orjson.loads(row.flags))]
    return found


def _ratings(connection: Connection, stations: Sequence[str]) -> dict[tuple[str, int], float]:
    column, found = variables.c, dict[tuple[str, int], float]()
    chosen = select(column.station, column.evse, column.max_limit, column.unit).where(
        column.component == "EVSE", column.variable == "Power", column.max_limit > 0
    )
    for begin in range(0, len(stations), NAMED_AT_ONCE):
        for row in connection.execute(chosen.where(column.station.in_(stations[begin : begin + NAMED_AT_ONCE]))):
            found[row.station, row.evse] = row.max_limit * (1000 if row.unit == "kW" else 1)
    return found


def _highest(connection: Connection) -> int:
    return int(connection.execute(select(func.max(meter_values.c.id))).scalar() or 0)
