"""OCPP 2.0.1: what stations report of variables, monitors, events and customers (blocks B and N)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection as Database

from csms_reference.dialects.registry import Asker, Payload, answers
from csms_reference.events import news
from csms_reference.instants import read_ms, to_ms
from csms_reference.services import devicemodel, status
from csms_reference.services.devicemodel import Attribute, Event, Monitor, Named, Told
from csms_reference.services.status import ConnectorStatus
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms


def named(item: Payload) -> Named:
    """The variable that ``component`` and ``variable`` of a message name."""
    component, variable = item["component"], item.get("variable", {})
    where = component.get("evse", {})
    return Named(
        component["name"],
        component.get("instance", ""),
        where.get("id", 0),
        where.get("connectorId", 0),
        variable.get("name", ""),
        variable.get("instance", ""),
    )


@answers("NotifyReport", V201)
async def notify_report(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """B07.FR.10, B08: the parts may come in any order; each says what it says."""
    said = [attribute for entry in ask.get("reportData", ()) for attribute in _attributes(entry)]
    await csms.store.write(
        lambda database: devicemodel.reported(database, station.identity, ask["requestId"], said, to_ms(now)),
        rows=len(said),
    )
    return {}


def _attributes(entry: Payload) -> Iterator[Attribute]:
    traits, where = entry.get("variableCharacteristics", {}), named(entry)
    for attribute in entry["variableAttribute"]:
        yield Attribute(
            where,
            attribute.get("type", "Actual"),
            attribute.get("value"),
            attribute.get("mutability", "ReadWrite"),
            attribute.get("persistent", False),
            attribute.get("constant", False),
            traits.get("dataType"),
            traits.get("unit"),
            traits.get("minLimit"),
            traits.get("maxLimit"),
            traits.get("valuesList"),
            traits.get("supportsMonitoring"),
        )


@answers("NotifyMonitoringReport", V201)
async def notify_monitoring_report(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """N02."""
    said = [
        Monitor(named(entry), each["id"], each["type"], each["value"], each["severity"], each["transaction"])
        for entry in ask.get("monitor", ())
        for each in entry["variableMonitoring"]
    ]
    await csms.store.write(lambda database: devicemodel.monitored(database, station.identity, said, to_ms(now)))
    return {}


@answers("NotifyEvent", V201)
async def notify_event(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """N07.FR.03, N08.FR.02: answered with nothing, when all are kept. G01.FR.01 lets a station tell of a connector's
    state this way too."""
    said = [_event(event) for event in ask["eventData"]]
    states = [found for event in ask["eventData"] if (found := _availability(event)) is not None]

    def write(database: Database) -> None:
        devicemodel.happened(database, station.identity, said, to_ms(now), csms.kept)
        for state in states:
            status.changed(database, station.identity, state, to_ms(now), csms.kept)

    await csms.store.write(write, rows=len(said))
    news.variable_events(csms.bus, station.identity, to_ms(now), said)
    for state in states:
        news.connector_status(csms.bus, station.identity, to_ms(now), state)
    return {}


def _event(event: Payload) -> Event:
    return Event(
        named(event),
        event["eventId"],
        event["timestamp"][:64],
        read_ms(event["timestamp"]),
        event["trigger"],
        event["eventNotificationType"],
        event["actualValue"],
        event.get("cleared", False),
        event.get("cause"),
        event.get("variableMonitoringId"),
        event.get("transactionId"),
        event.get("techCode"),
        event.get("techInfo"),
        _severity(event.get("severity")),
    )


def _severity(said: int | None) -> int | None:
    """2.1: from 0, danger, to 9, debug; whatever is beyond that is as good as 9."""
    return None if said is None else min(said, 9)


def _availability(event: Payload) -> ConnectorStatus | None:
    component, variable = event["component"], event["variable"]
    where = component.get("evse", {})
    if component["name"] != "Connector" or variable["name"] != "AvailabilityState" or "connectorId" not in where:
        return None
    return ConnectorStatus(where["id"], where["connectorId"], event["actualValue"][:32], read_ms(event["timestamp"]))


@answers("NotifyCustomerInformation", V201)
async def notify_customer_information(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """N09.FR.05, N10.FR.03."""
    said = Told(ask["requestId"], ask["seqNo"], ask.get("tbc", False), ask["data"], read_ms(ask["generatedAt"]))
    await csms.store.write(
        lambda database: devicemodel.told_of_customer(database, station.identity, said, to_ms(now), csms.kept)
    )
    return {}
