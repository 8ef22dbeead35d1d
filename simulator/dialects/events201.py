"""NotifyEvent of OCPP 2.0.1 (N07, N08): events as the CSMS reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.event import Event, Noted
    from simulator.hardware.site import Place
    from simulator.station import Station


def notify_event(station: Station, events: Sequence[Noted], part_no: int, more: bool) -> tuple[str, dict[str, Any]]:
    """N07.FR.07, N08.FR.04; values are no longer than ReportingValueSize (EventDataType)."""
    longest = station.variables.number("DeviceDataCtrlr.ReportingValueSize")
    payload: dict[str, Any] = {
        "generatedAt": station.stamp(),
        "seqNo": part_no,
        "eventData": [_event_data(noted, longest) for noted in events],
    }
    if more:
        payload["tbc"] = True
    return "NotifyEvent", payload


def _event_data(noted: Noted, longest: int) -> dict[str, Any]:
    """N07.FR.06."""
    event = noted.event
    told: dict[str, Any] = {
        "eventId": noted.id,
        "timestamp": noted.stamp,
        "trigger": event.trigger.value,
        "actualValue": event.value[:longest],
        "eventNotificationType": event.origin.value,
        "component": component(event.component, event.instance, event.place),
        "variable": variable(event.variable, event.variable_instance),
    }
    if event.cleared:
        told["cleared"] = True
    return told | {key: value for key, value in _optional(event).items() if value is not None}


def _optional(event: Event) -> dict[str, object]:
    return {
        "cause": event.cause,
        "techCode": None if event.tech_code is None else event.tech_code[:50],
        "techInfo": None if event.tech_info is None else event.tech_info[:500],
        "transactionId": event.transaction,
        "variableMonitoringId": event.monitor,
    }


def component(name: str, instance: str, place: Place) -> dict[str, Any]:
    """ComponentType."""
    named: dict[str, Any] = {"name": name}
    if instance:
        named["instance"] = instance
    if place.evse:
        named["evse"] = {"id": place.evse}
        if place.connector:
            named["evse"]["connectorId"] = place.connector
    return named


def variable(name: str, instance: str) -> dict[str, Any]:
    """VariableType."""
    return {"name": name, "instance": instance} if instance else {"name": name}
