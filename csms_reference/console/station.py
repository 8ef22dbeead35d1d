"""One station: what it is, what it does just now, what it says, and what is known of its insides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy import Connection as Database
from starlette.responses import Response

from csms_reference.access.scopes import Scope
from csms_reference.console import alerts, orders
from csms_reference.console.curve import spark
from csms_reference.console.desk import Asked, Page
from csms_reference.console.scope import station_of
from csms_reference.console.watch import pretty, sequence
from csms_reference.services import certificates, firmware, locallist, status
from csms_reference.services.course import Point, course, latest, readings, thinned
from csms_reference.store.certificate_tables import certificates as issued
from csms_reference.store.certificate_tables import security_events
from csms_reference.store.tables import events, transactions, variables

NEWEST = 50
SPARK_ROWS = 600
VARIABLES_AT_ONCE = 300
PARTS_MOST = 500
PART = ("component", "component_instance", "evse", "connector")


@dataclass(slots=True)
class Running:
    """A transaction under way. ``spark``: its power so far, as a path."""

    row: Row[Any]
    now: Point | None
    spark: str


@dataclass(slots=True)
class Evse:
    """An EVSE with its connectors and what runs there."""

    number: int
    connectors: list[Row[Any]] = field(default_factory=list)
    running: list[Running] = field(default_factory=list)


def _running(database: Database, station: str) -> list[Running]:
    mine = transactions.c.station == station, transactions.c.state == "Active"
    found = []
    for row in list(database.execute(select(transactions).where(*mine).order_by(transactions.c.id).limit(NEWEST))):
        points = course(readings(database, station, row.transaction_id, SPARK_ROWS), row.meter_start_wh)
        found.append(Running(row, latest(points), spark(thinned(points, 120))))
    return found


def _evses(database: Database, station: str) -> tuple[list[Evse], Row[Any] | None]:
    """The EVSEs, and the state of the station as a whole where it told one."""
    found: dict[int, Evse] = {}
    whole = None
    for row in status.of_station(database, station):
        if row.evse == 0:
            whole = row
        else:
            found.setdefault(row.evse, Evse(row.evse)).connectors.append(row)
    for running in _running(database, station):
        number = running.row.evse or running.row.connector or 0
        found.setdefault(number, Evse(number)).running.append(running)
    return [found[number] for number in sorted(found)], whole


async def _about(asked: Asked, tab: str) -> dict[str, Any]:
    """What the head of each of a station's pages shows."""
    station = asked.path("station")
    row = await asked.read(lambda database: station_of(database, asked.who, station))
    seen = await asked.csms.seen([station])
    seen_ms = seen.get(station) or row.last_seen_ms
    return {"station": row, "connected": station in seen, "seen_ms": seen_ms, "tab": tab, "live": station}


async def overview(asked: Asked) -> Response:
    """What it is and does."""
    about = await _about(asked, "overview")
    name = about["station"].station

    def read(database: Database) -> dict[str, Any]:
        evses, whole = _evses(database, name)
        done = select(transactions).where(transactions.c.station == name, transactions.c.state != "Active")
        return {
            "evses": evses,
            "whole": whole,
            "alerts": alerts.of_station(database, name) if asked.who.may(Scope.ALERTS_READ) else [],
            "recent": orders.recent(database, name, 5),
            "listed_ms": locallist.sent_ms(database, name),
            "done": list(database.execute(done.order_by(transactions.c.id.desc()).limit(5))),
            "events": list(
                database.execute(select(events).where(events.c.station == name).order_by(events.c.id.desc()).limit(8))
            ),
        }

    return asked.page("station.html.j2", **about, **await asked.read(read), told=orders.told)


async def messages(asked: Asked) -> Response:
    """What it and the CSMS say to each other."""
    about = await _about(asked, "messages")
    ring = asked.watch.of(about["station"].station)
    return asked.page(
        "messages.html.j2", **about, frames=sequence(ring)[::-1], since_ms=ring.since_ms, pretty=pretty, log=True
    )


async def device(asked: Asked) -> Response:
    """Its variables, part by part."""
    about = await _about(asked, "device")
    name, text, part = about["station"].station, asked.query("text")[:100], asked.query("part")

    def read(database: Database) -> dict[str, Any]:
        mine = variables.c.station == name
        columns = [variables.c[each] for each in PART]
        parts = select(*columns).where(mine).distinct().order_by(*columns).limit(PARTS_MOST)
        chosen = select(variables).where(mine, *_narrowed(part, text))
        order = (*columns, variables.c.variable, variables.c.variable_instance, variables.c.attribute)
        found = list(database.execute(chosen.order_by(*order).limit(VARIABLES_AT_ONCE + 1)))
        return {
            "parts": list(database.execute(parts)),
            "found": found[:VARIABLES_AT_ONCE],
            "more": len(found) > VARIABLES_AT_ONCE,
        }

    return asked.page("device.html.j2", **about, **await asked.read(read), text=text, part=part, part_of=part_of,
                      name_of=name_of)  # fmt: skip


def part_of(row: Any) -> str:
    """A component as it is named in OCPP commands here: ``EVSE``, ``Connector(1,2)``, ``Fan[left]``."""
    instance = f"[{row.component_instance}]" if row.component_instance else ""
    place = f"({row.evse},{row.connector})" if row.connector else f"({row.evse})" if row.evse else ""
    return f"{row.component}{instance}{place}"


def name_of(row: Any) -> str:
    """A variable in full; keys of 1.6 belong to no component."""
    part = f"{part_of(row)}." if row.component else ""
    return f"{part}{row.variable}" + (f".{row.variable_instance}" if row.variable_instance else "")


def _narrowed(part: str, text: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if part:
        component, instance, evse, connector = (part.split("|") + [""] * 4)[:4]
        found += [variables.c.component == component, variables.c.component_instance == instance]
        found += [variables.c.evse == _int(evse), variables.c.connector == _int(connector)]
    if text:
        found.append(variables.c.variable.icontains(text, autoescape=True))
    return found


def _int(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def security(asked: Asked) -> Response:
    """Security events, certificates and firmware."""
    about = await _about(asked, "security")
    name = about["station"].station

    def read(database: Database) -> dict[str, Any]:
        happened = select(security_events).where(security_events.c.station == name)
        held = select(issued).where(issued.c.station == name).order_by(issued.c.id.desc()).limit(NEWEST)
        return {
            "happened": list(database.execute(happened.order_by(security_events.c.id.desc()).limit(NEWEST))),
            "held": list(database.execute(held)),
            "installed": certificates.installed_at(database, name, 0, NEWEST),
            "updates": firmware.updates(database, name, 0, 1000)[::-1][:NEWEST],
        }

    return asked.page("security.html.j2", **about, **await asked.read(read))


PAGES = (
    Page("/stations/{station}", overview, Scope.STATIONS_READ),
    Page("/stations/{station}/messages", messages, Scope.OPERATIONS_READ),
    Page("/stations/{station}/device", device, Scope.STATIONS_READ),
    Page("/stations/{station}/security", security, Scope.CERTIFICATES_READ),
)
