"""How the transactions of a site share its power, and the profile that each gets (2.0.1 part 2 K02, K15)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from csms_reference.instants import read_ms, show
from csms_reference.services import charging, devicemodel, planning
from csms_reference.services.planning import Needs, Step
from csms_reference.store.tables import transactions

Place = tuple[str, int]
"""A station and an EVSE of it."""

STACK_LEVEL = 0
"""Of the profiles that the CSMS makes by itself: an operator's of a higher level come first."""

_SAME = 0.02
"""Shares that differ by less are one: amperes have one digit."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a transaction may take."""

    station: str
    evse: int
    transaction_id: str
    allowed_w: float
    planned: bool = False  # its EV has told its needs: it gets a schedule that fits them

    def differs(self, told_w: float | None) -> bool:
        """Whether it is another than the one that was told last."""
        return told_w is None or abs(told_w - self.allowed_w) > _SAME * self.allowed_w


def needs_of(row: Row[Any]) -> Needs | None:
    """What the EV of a row of charging needs can take and wants."""
    told = json.loads(row.needs)
    return planning.read(told, read_ms(told.get("departureTime")))


def shares(
    connection: Connection, limit_w: float, now_ms: int, wanted: Mapping[Place, Needs] | None = None
) -> dict[Place, Share]:
    """K02.FR.01: what everybody who charges at the site may take. ``wanted``: needs that are not kept yet."""
    found: dict[Place, Row[Any]] = {}
    planned: set[Place] = set()
    wants_w: dict[Place, float] = {}
    for row in _running(connection):
        place = row.station, row.evse
        needs = (wanted or {}).get(place) or _needs_in(connection, row)
        found[place] = row
        if needs is not None:
            planned.add(place)
        wants_w[place] = math.inf if needs is None else planning.wants_w(needs, now_ms)
    allowed_w = planning.shares(limit_w, wants_w)
    return {
        place: Share(
            row.station,
            row.evse,
            row.transaction_id,
            allowed_w[place],
            planned=place in planned,
        )
        for place, row in found.items()
    }


def _running(connection: Connection) -> list[Row[Any]]:
    column = transactions.c
    chosen = select(column.station, column.evse, column.transaction_id)
    chosen = chosen.where(column.state == "Active", column.evse.is_not(None))
    return list(connection.execute(chosen.order_by(column.station, column.evse, column.id)))


def _needs_in(connection: Connection, row: Row[Any]) -> Needs | None:
    told = charging.needs_at(connection, row.station, row.evse)
    return None if told is None or told.transaction_id != row.transaction_id else needs_of(told)


def share_profile(share: Share, now_ms: int) -> dict[str, Any]:
    """K02.FR.03: a TxProfile with a share of the site's power."""
    return _profile(share.transaction_id, [Step(0, share.allowed_w)], "W", 0, now_ms)


def planned_profile(
    connection: Connection, station: str, evse: int, now_ms: int, limit_w: float | None
) -> dict[str, Any] | None:
    """K15.FR.07, .18: a TxProfile with the one schedule that fits an EV's needs; None where nobody has any."""
    told = charging.needs_at(connection, station, evse)
    needs = None if told is None else needs_of(told)
    if told is None or needs is None or told.transaction_id is None:
        return None
    left_w = available_w(connection, station, evse, needs, now_ms, limit_w)
    held = devicemodel.value_of(connection, station, "SmartChargingCtrlr", "PeriodsPerSchedule")
    most = min(told.most_periods or 1024, int(held) if held is not None and held.isdecimal() else 1024)
    steps = planning.plan(needs, now_ms, left_w, most)
    units = (devicemodel.value_of(connection, station, "SmartChargingCtrlr", "RateUnit") or "A,W").split(",")
    unit = "A" if "A" in units and needs.phases else "W"
    return _profile(told.transaction_id, steps, unit, needs.phases, now_ms) if steps else None


def available_w(  # noqa: PLR0917 -- whose, and at what time
    connection: Connection, station: str, evse: int, needs: Needs, now_ms: int, limit_w: float | None
) -> float:
    """What the site leaves to an EV; all where it has no limit."""
    if limit_w is None:
        return math.inf
    place = station, evse
    found = shares(connection, limit_w, now_ms, {place: needs}).get(place)
    return limit_w if found is None else found.allowed_w


def _profile(transaction_id: str, steps: list[Step], unit: str, phases: int, now_ms: int) -> dict[str, Any]:
    schedule = {
        "id": 1,
        "startSchedule": show(now_ms),
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": planning.periods(steps, unit, phases),
    }
    return {
        "stackLevel": STACK_LEVEL,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "transactionId": transaction_id,
        "chargingSchedule": [schedule],
    }
