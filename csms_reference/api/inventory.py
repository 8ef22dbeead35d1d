"""The HTTP API: what stations have told of their variables, monitors, events and customers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from csms_reference.api.desk import Desk
from csms_reference.api.hal import Page, Resource, link, page_of, path, rank, whole_page
from csms_reference.api.models import AfterId, AfterKey, Limit, Name, likewise
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import devicemodel
from csms_reference.store.tables import events, monitors, variables

Part = Annotated[str | None, Query(max_length=50)]
Place = Annotated[int | None, Query(ge=0, le=2**31 - 1)]


class _Named(Resource):
    """A variable by its names in OCPP; EVSE 0 is the station, connector 0 the EVSE; no instance is empty."""

    component: str
    component_instance: str
    evse: int
    connector: int
    variable: str
    variable_instance: str


class VariableOut(_Named):
    """One attribute of a variable, as the station told of it last."""

    id: int
    attribute: str
    value: str | None
    mutability: str | None
    persistent: bool | None
    constant: bool | None
    data_type: str | None
    unit: str | None
    min_limit: float | None
    max_limit: float | None
    values_list: str | None
    monitored: bool | None
    request_id: int
    reported: str | None

    @classmethod
    def of(cls, row: Any) -> VariableOut:
        """From its row."""
        return cls(**likewise(cls, row), reported=show(row.reported_ms))


class MonitorOut(_Named):
    """A monitor, as it was set or reported last."""

    id: int
    type: str
    value: float
    severity: int
    transaction: bool
    reported: str | None

    @classmethod
    def of(cls, row: Any) -> MonitorOut:
        """From its row."""
        return cls(**likewise(cls, row), reported=show(row.reported_ms))


class EventOut(_Named):
    """An event. ``timestamp`` is null where the station's could not be read, ``severity`` where it did not say it:
    before 2.1 only the ``monitor`` has one."""

    id: int
    event_id: int
    timestamp: str | None
    received: str | None
    trigger: str
    notification_type: str
    value: str
    cleared: bool
    cause: int | None
    monitor: int | None
    transaction_id: str | None
    tech_code: str | None
    tech_info: str | None
    severity: int | None

    @classmethod
    def of(cls, row: Any) -> EventOut:
        """From its row."""
        return cls(**likewise(cls, row), timestamp=show(row.timestamp_ms), received=show(row.received_ms))


class CustomerOut(Resource):
    """What a station told of a customer; ``complete`` when no part is missing."""

    request_id: int
    complete: bool
    data: str
    generated: str | None


def inventory(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS. A station that has told nothing has empty lists."""
    router = desk(prefix="/stations/{station}", tags=["device model"])

    def told(station: str, what: str, items: list[Any], limit: int, where: dict[str, Any] | None = None) -> Page[Any]:
        last = items[-1].id if items else None
        links = {"station": link("stations", station)}
        return page_of(items, path("stations", station, what), limit=limit, last=last, query=where, links=links)

    @router.get("/variables")
    async def list_variables(
        station: Name,
        *,
        component: Part = None,
        variable: Part = None,
        evse: Place = None,
        after: AfterId = 0,
        limit: Limit = 100,
    ) -> Page[VariableOut]:
        """The device model as reports told of it (GetBaseReport, GetReport), and what was read and set since; the
        latest word on each variable. Configuration keys of 1.6 that were read have no component."""
        where = {"component": component, "variable": variable, "evse": evse}
        rows = await csms.store.read(
            lambda database: devicemodel.page(database, variables, station, after, limit, **where)
        )
        return told(station, "variables", [VariableOut.of(row) for row in rows], limit, where)

    @router.get("/monitors")
    async def list_monitors(station: Name, after: AfterId = 0, limit: Limit = 100) -> Page[MonitorOut]:
        """The monitors that were set here or reported (GetMonitoringReport)."""
        rows = await csms.store.read(lambda database: devicemodel.page(database, monitors, station, after, limit))
        return told(station, "monitors", [MonitorOut.of(row) for row in rows], limit)

    @router.get("/events")
    async def list_events(
        station: Name,
        *,
        component: Part = None,
        variable: Part = None,
        evse: Place = None,
        monitor: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
        after: AfterId = 0,
        limit: Limit = 100,
    ) -> Page[EventOut]:
        """Events (NotifyEvent) in the order in which they arrived."""
        where = {"component": component, "variable": variable, "evse": evse, "monitor": monitor}
        rows = await csms.store.read(
            lambda database: devicemodel.page(database, events, station, after, limit, **where)
        )
        return told(station, "events", [EventOut.of(row) for row in rows], limit, where)

    @router.get("/customer-information")
    async def list_customer_information(station: Name, after: AfterKey = "", limit: Limit = 100) -> Page[CustomerOut]:
        """What the station told of customers, request by request."""
        rows = await csms.store.read(lambda database: devicemodel.of_customers(database, station))
        items = [_joined(request_id, parts) for request_id, parts in rows.items()]
        where, links = path("stations", station, "customer-information"), {"station": link("stations", station)}
        return whole_page(items, where, lambda item: rank(item.request_id), after=after, limit=limit, links=links)

    return router


def _joined(request_id: int, parts: list[Any]) -> CustomerOut:
    complete = [part.seq_no for part in parts] == list(range(len(parts))) and not parts[-1].more
    text = "".join(part.data for part in parts)
    return CustomerOut(request_id=request_id, complete=complete, data=text, generated=show(parts[0].generated_ms))
