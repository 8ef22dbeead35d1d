"""Fault: a connector that is Faulted or tells of an error, and what a 2.x station reports by NotifyEvent."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, and_, or_, select

from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.alerts.docket import Docket
from csms_reference.alerts.following import Follower
from csms_reference.store.tables import NAMED, connectors, events, monitors

EVENTS_AT_ONCE = 500

PROBLEM = "Problem"
"""The standardised variable of a component that says whether something is wrong with it (2.0.1 part 2, appendix 3)."""

HEALED = "AvailabilityState"
"""A connector's state comes this way too (G01.FR.01), and is judged as such."""


class Connectors:
    """What the last StatusNotification of each connector says; it is over with one that says nothing of the kind."""

    every_s = 0.0

    async def look(self, docket: Docket) -> None:
        """Look at connectors that are not well."""
        ill = select(connectors).where(or_(connectors.c.status == "Faulted", connectors.c.error_code.is_not(None)))
        rows = await docket.read(lambda database: list(database.execute(ill)))
        await docket.settle(Kind.FAULT, ["Connector"], map(_of_connector, rows))


def _of_connector(row: Row[Any]) -> Condition:
    """1.6 §4.9: an error of a connector that is not Faulted is a warning, for it can be charged there all the same."""
    severity = Severity.WARNING
    if row.status == "Faulted":
        severity = Severity.MAJOR if row.evse else Severity.CRITICAL  # EVSE 0: the station as a whole
    return Condition(
        kind=Kind.FAULT,
        reason="Connector",
        severity=severity,
        station=row.station,
        evse=row.evse,
        connector=row.connector,
        subject=f"{row.evse}/{row.connector}",
        since_ms=row.received_ms,
        details={"status": row.status, "error_code": row.error_code},
    )


class Events:
    """What monitors of a certain severity tell, and variables ``Problem``. The last word on a variable counts; it is
    over when that is ``cleared``, or that there is no problem."""

    every_s = 0.0

    async def look(self, docket: Docket) -> None:
        """Look at the events since the last time."""
        worst = docket.settings.alert_event_severity
        async for rows in _FOLLOWER.parts(docket):
            latest = {tuple(getattr(row, name) for name in ("station", *NAMED)): row for row in rows if _concerns(row)}
            found = [(row, _of_event(row)) for row in latest.values()]
            await docket.note([condition for row, condition in found if _is_bad(row, worst)])
            known = await docket.open(Kind.FAULT, ["Event"])
            over = [(row, known[each.key]) for row, each in found if each.key in known and not _is_bad(row, worst)]
            await docket.clear([alert.id for row, alert in over if row.id > (alert.mark or 0)])


_TOLD = select(events, monitors.c.severity.label("monitored")).outerjoin(
    monitors, and_(monitors.c.station == events.c.station, monitors.c.id == events.c.monitor)
)
_FOLLOWER = Follower("alerts.events", events, _TOLD, EVENTS_AT_ONCE)


def _concerns(row: Row[Any]) -> bool:
    """Whether an event tells that something begins or ends: reports of values do not, whatever their monitor."""
    return bool((row.trigger == "Alerting" or row.variable == PROBLEM) and row.variable != HEALED)


def _severity(row: Row[Any]) -> int | None:
    """From 0, danger, to 9, debug (SetMonitoringLevelRequest). None: nobody says, as for what is wired in 2.0.1."""
    return row.monitored if row.severity is None else row.severity  # type: ignore[no-any-return]


def _is_bad(row: Row[Any], worst: int) -> bool:
    if row.cleared:
        return False
    if row.variable == PROBLEM:
        return bool(row.value.strip().lower() == "true")
    severity = _severity(row)
    return severity is not None and severity <= worst


def _of_event(row: Row[Any]) -> Condition:
    told = _severity(row)
    severity = Severity.MAJOR if told is None or told <= 3 else Severity.MINOR
    named = {name: getattr(row, name) for name in NAMED}
    return Condition(
        kind=Kind.FAULT,
        reason="Event",
        severity=Severity.CRITICAL if told == 0 else severity,
        station=row.station,
        evse=row.evse or None,
        connector=row.connector or None,
        transaction_id=row.transaction_id,
        subject=json.dumps(named),
        since_ms=row.received_ms,
        details={
            **{name: named[name] for name in ("component", "component_instance", "variable", "variable_instance")},
            "severity": told,
            "tech_code": row.tech_code,
            "tech_info": row.tech_info,
        },
        mark=row.id,
    )
