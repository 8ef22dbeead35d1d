"""The HTTP API: what goes on at a station now."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import Connection as Database
from sqlalchemy import Row, select

from csms_reference.api.desk import Desk
from csms_reference.api.hal import Link, Resource, link, path
from csms_reference.api.models import ConnectorOut, Name
from csms_reference.api.problems import errors, missing
from csms_reference.events.kinds import Value
from csms_reference.events.news import value_of
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import live as meters
from csms_reference.services import registration, status
from csms_reference.store.tables import meter_values, transactions

RUNNING_MOST = 100
"""Running transactions that are looked at: no station has so many EVSEs."""

READINGS_MOST = 300
"""Readings of a transaction, or of none, among which the newest are looked for."""


class Running(BaseModel):
    """A transaction that runs. ``energy_wh``: charged so far."""

    transaction_id: str
    connector: int | None
    charging_state: str | None
    started: str | None
    energy_wh: float | None


class Place(BaseModel):
    """An EVSE; 0 is the station. ``measured``: when the newest of ``values`` was; null: nothing is known of now."""

    evse: int
    connectors: list[ConnectorOut]
    transaction: Running | None
    measured: str | None
    power_w: float | None
    current_a: float | None
    register_wh: float | None
    soc_percent: float | None
    values: list[Value]


class LiveOut(Resource):
    """A station as it is now."""

    station: str
    connected: bool
    evses: list[Place]


class Found(NamedTuple):
    """What the database knows: connectors, running transactions by EVSE, and what was measured at each."""

    connectors: list[Row[Any]]
    running: dict[int, Row[Any]]
    readings: dict[int, list[Row[Any]]]


def live(csms: Front, desk: Desk) -> APIRouter:
    """What goes on at the stations of a CSMS."""
    router = desk(prefix="/stations/{station}", tags=["stations"])

    @router.get("/live", responses=errors(404))
    async def get_live(station: Name) -> LiveOut:
        """The newest values of each EVSE's meter, what runs there, and how its connectors are."""
        found = await csms.store.read(lambda database: _find(database, station))
        if found is None:
            raise missing(f"station {station!r}")
        evses = {row.evse for row in found.connectors} | found.running.keys() | found.readings.keys()
        return LiveOut(
            station=station,
            connected=station in await csms.seen([station]),
            evses=[_place(found, evse) for evse in sorted(evses)],
            links={"self": Link(href=path("stations", station, "live")), "station": link("stations", station)},
        )

    return router


def _find(database: Database, station: str) -> Found | None:
    if registration.find(database, station) is None:
        return None
    table = transactions
    chosen = select(table).where(table.c.station == station, table.c.state == "Active").order_by(table.c.id.desc())
    active = list(database.execute(chosen.limit(RUNNING_MOST)))
    readings: dict[int, list[Row[Any]]] = defaultdict(list)
    for number in [None, *(row.transaction_id for row in active)]:
        for row in measured_last(database, station, number):
            readings[row.evse or 0].append(row)
    running = {row.evse or 0: row for row in reversed(active)}  # of several at one EVSE the newest
    return Found(status.of_station(database, station), running, readings)


def measured_last(database: Database, station: str, transaction_id: str | None) -> list[Row[Any]]:
    """What was measured last in a transaction, or outside of all, in the order in which it came."""
    table = meter_values
    of_it = table.c.station == station, table.c.transaction_id == transaction_id
    newest = select(table).where(*of_it).order_by(table.c.id.desc()).limit(READINGS_MOST)
    return list(database.execute(newest))[::-1]


def _place(found: Found, evse: int) -> Place:
    values, runs = meters.newest(found.readings.get(evse, [])), found.running.get(evse)
    instants = [row.timestamp_ms for row in values if row.timestamp_ms is not None]
    return Place(
        evse=evse,
        connectors=[ConnectorOut.of(row) for row in found.connectors if row.evse == evse],
        transaction=None if runs is None else _running(runs),
        measured=show(max(instants, default=None)),
        power_w=meters.power_w(values),
        current_a=meters.current_a(values),
        register_wh=meters.register_wh(values),
        soc_percent=meters.soc_percent(values),
        values=[value_of(row) for row in values],
    )


def _running(row: Row[Any]) -> Running:
    return Running(
        transaction_id=row.transaction_id,
        connector=row.connector,
        charging_state=row.charging_state,
        started=show(row.started_ms),
        energy_wh=row.energy_wh,
    )
