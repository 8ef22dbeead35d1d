"""SessionStuck: connectors where a session should have begun, or have made room, long ago."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, and_, exists, false, literal_column, or_, select

from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.alerts.docket import Docket
from csms_reference.store.tables import connectors, transactions

WAITING, BLOCKED = "Waiting", "Blocked"
STATES = {"Preparing": WAITING, "Occupied": WAITING, "Finishing": BLOCKED, "Reserved": BLOCKED}
"""States in which nothing goes on, and the reason that each is for when it lasts. 2.x says Occupied whatever goes on:
there it counts only where no transaction runs."""


class Places:
    """Goes by when the state was received last: a station repeats it when it boots, and the wait begins anew."""

    every_s = 60.0

    async def look(self, docket: Docket) -> None:
        """Look at connectors that wait."""
        settings, now_ms = docket.settings, docket.now_ms
        most_s = {WAITING: settings.alert_waiting_s, BLOCKED: settings.alert_blocked_s}
        before_ms = {reason: int(now_ms - limit_s * 1000) for reason, limit_s in most_s.items() if limit_s > 0}
        rows = await docket.read(lambda database: list(database.execute(_waiting(before_ms))))
        await docket.settle(Kind.SESSION, [WAITING, BLOCKED], map(_condition, rows))


def _waiting(before_ms: dict[str, int]) -> Select[Any]:
    runs = exists().where(
        transactions.c.station == connectors.c.station,
        transactions.c.evse == connectors.c.evse,
        transactions.c.state == literal_column("'Active'"),
    )
    for_long = [
        and_(connectors.c.status == state, connectors.c.received_ms <= before_ms[reason])
        for state, reason in STATES.items()
        if reason in before_ms
    ]
    return select(connectors).where(or_(false(), *for_long), or_(connectors.c.status != "Occupied", ~runs))


def _condition(row: Row[Any]) -> Condition:
    return Condition(
        kind=Kind.SESSION,
        reason=STATES[row.status],
        severity=Severity.WARNING,
        station=row.station,
        evse=row.evse,
        connector=row.connector,
        subject=f"{row.evse}/{row.connector}",
        since_ms=row.received_ms,
        details={"status": row.status},
    )
