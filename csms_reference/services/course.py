"""Meter readings as people want them: power, energy and state of charge over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row, select

from csms_reference.services.metering import ENERGY
from csms_reference.store.tables import meter_values

POWER, SOC = "Power.Active.Import", "SoC"
SHOWN = (POWER, ENERGY, SOC)
INSIDE = frozenset({"Body", "Cable", "Inlet"})
"""Where a value is not what the station delivers."""


@dataclass(slots=True)
class Point:
    """What was measured at one instant; None: nothing of that."""

    at_ms: int
    power_w: float | None = None
    energy_wh: float | None = None
    soc_percent: float | None = None


def readings(connection: Connection, station: str, transaction_id: str, most: int) -> list[Row[Any]]:
    """The newest readings of a transaction that a curve shows, oldest first."""
    table = meter_values
    mine = table.c.station == station, table.c.transaction_id == transaction_id, table.c.measurand.in_(SHOWN)
    return list(connection.execute(select(table).where(*mine).order_by(table.c.id.desc()).limit(most)))[::-1]


def course(rows: Iterable[Any], meter_start_wh: float | None = None) -> list[Point]:
    """The readings of a transaction in the order of time. ``energy_wh`` counts from its start.

    Where a station tells no power, it follows from the energy.
    """
    values: dict[int, dict[str, dict[str | None, float]]] = {}
    for row in rows:
        if row.timestamp_ms is not None and row.value is not None and row.location not in INSIDE - _places(row):
            values.setdefault(row.timestamp_ms, {}).setdefault(row.measurand, {})[row.phase] = row.value
    points = [
        Point(at_ms, _whole(its.get(POWER)), _whole(its.get(ENERGY)), _whole(its.get(SOC)))
        for at_ms, its in sorted(values.items())
    ]
    registers = [point.energy_wh for point in points if point.energy_wh is not None]
    begun_wh = meter_start_wh if meter_start_wh is not None else registers[0] if registers else 0.0
    for point in points:
        if point.energy_wh is not None:
            point.energy_wh = max(0.0, point.energy_wh - begun_wh)
    if all(point.power_w is None for point in points):
        _derive(points)
    return points


def latest(points: Sequence[Point]) -> Point | None:
    """The newest value of each kind; None where there is none at all."""
    if not points:
        return None
    found = Point(points[-1].at_ms)
    for point in points:
        found.power_w = found.power_w if point.power_w is None else point.power_w
        found.energy_wh = found.energy_wh if point.energy_wh is None else point.energy_wh
        found.soc_percent = found.soc_percent if point.soc_percent is None else point.soc_percent
    return found


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many of the points, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    step = (len(points) - 1) / (most - 1)
    return [points[round(index * step)] for index in range(most)]


def _places(row: Any) -> frozenset[str]:
    """Of the EV itself is told what it says of itself."""
    return INSIDE if row.measurand == SOC else frozenset()


def _whole(phases: dict[str | None, float] | None) -> float | None:
    """The value of all phases together: as it was told, or their sum."""
    if not phases:
        return None
    return phases[None] if None in phases else sum(phases.values())


def _derive(points: Sequence[Point]) -> None:
    """Power as the energy between two readings over the time between them."""
    told = [point for point in points if point.energy_wh is not None]
    for before, point in pairwise(told):
        hours = (point.at_ms - before.at_ms) / 3_600_000
        point.power_w = ((point.energy_wh or 0.0) - (before.energy_wh or 0.0)) / hours if hours > 0 else None
    if len(told) > 1:
        told[0].power_w = told[1].power_w
