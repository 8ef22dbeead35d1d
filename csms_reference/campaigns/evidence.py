"""What is known of a station in a campaign: everything that its next step depends on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from csms_reference.campaigns.plan import Plan
from csms_reference.services.registration import Registration, standing_of
from csms_reference.store.campaign_tables import campaign_stations
from csms_reference.store.command_tables import commands
from csms_reference.store.firmware_tables import firmware_images, firmware_statuses
from csms_reference.store.tables import stations, transactions


@dataclass(frozen=True, slots=True)
class Said:
    """A status of a firmware update, and when it came."""

    status: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A station's row in the campaign (``row``) and everywhere else.

    ``command`` and ``asking`` are rows of commands, None where there is none (any more); ``said`` is the newest status
    of this attempt's update, ``idle_ms`` when it last said that it does none. ``expected``: the firmware it is to have.
    """

    row: Row[Any]
    station: Row[Any] | None
    online: bool
    charging: bool
    now_ms: int
    command: Row[Any] | None = None
    asking: Row[Any] | None = None
    said: Said | None = None
    idle_ms: int | None = None
    expected: str | None = None

    @property
    def booted(self) -> bool:
        """Whether it has booted since it was asked."""
        booted_ms = None if self.station is None else self.station.last_boot_ms
        return booted_ms is not None and self.row.sent_ms is not None and booted_ms > self.row.sent_ms

    @property
    def hindrance(self) -> str | None:
        """Why it cannot be asked anything now."""
        if not self.online or self.station is None:
            return "offline"
        if self.station.version is None:
            return "it has never booted"
        if standing_of(self.station) is not Registration.ACCEPTED:
            return "it is not accepted"
        return "charging" if self.charging else None

    @property
    def has_it(self) -> bool:
        """Whether it has the firmware that it is to have."""
        return self.station is not None and self.expected is not None and self.station.firmware == self.expected


def expected_of(connection: Connection, plan: Plan) -> dict[str, str | None]:
    """The firmware that stations of each version are to have; None: not known."""
    found: dict[str, str | None] = {}
    for version in ("1.6", "2.0.1", "2.1"):
        action = plan.action_for(version)
        found[version] = plan.expected
        if plan.expected is None and action is not None and action.image is not None:
            named = select(firmware_images.c.version).where(firmware_images.c.name == action.image)
            found[version] = connection.scalar(named)
    return found


def gather(
    connection: Connection, plan: Plan, rows: Sequence[Row[Any]], online: frozenset[str], now_ms: int
) -> list[Evidence]:
    """What is known of these stations; ``online``: those that are connected."""
    names = [row.station for row in rows]
    known = {row.station: row for row in connection.execute(select(stations).where(stations.c.station.in_(names)))}
    asked = {each for row in rows for each in (row.command, row.asking) if each is not None}
    orders = {row.id: row for row in connection.execute(select(commands).where(commands.c.id.in_(asked)))}
    running = select(transactions.c.station).where(transactions.c.station.in_(names), transactions.c.state == "Active")
    charging = set(connection.scalars(running)) if plan.only_idle else set()
    expected = expected_of(connection, plan)
    return [
        Evidence(
            row=row,
            station=(station := known.get(row.station)),
            online=row.station in online,
            charging=row.station in charging,
            now_ms=now_ms,
            command=orders.get(row.command),
            asking=orders.get(row.asking),
            said=_said(connection, row),
            idle_ms=_idle_ms(connection, row),
            expected=None if station is None else expected.get(station.version or ""),
        )
        for row in rows
    ]


def refresh(connection: Connection, row_id: int) -> Row[Any] | None:
    """A station's row in the campaign as it is now."""
    return connection.execute(select(campaign_stations).where(campaign_stations.c.id == row_id)).one_or_none()


def fields_of(command: Row[Any]) -> dict[str, Any]:
    """The fields that a command was asked with."""
    found: dict[str, Any] = json.loads(command.fields)
    return found


def _said(connection: Connection, row: Row[Any]) -> Said | None:
    if row.sent_ms is None or row.request_id is None:  # only updates have one
        return None
    table = firmware_statuses.c
    named = or_(table.request_id == row.request_id, table.request_id.is_(None))
    mine = (table.station == row.station, named, table.status != "Idle", table.received_ms >= row.sent_ms)
    query = select(table.status, table.received_ms).where(*mine).order_by(table.id.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    return None if found is None else Said(found.status, found.received_ms)


def _idle_ms(connection: Connection, row: Row[Any]) -> int | None:
    if row.sent_ms is None or row.request_id is None:
        return None
    table = firmware_statuses.c
    mine = (table.station == row.station, table.status == "Idle", table.received_ms >= row.sent_ms)
    return connection.scalar(select(table.received_ms).where(*mine).order_by(table.id.desc()).limit(1))
