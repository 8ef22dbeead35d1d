"""Reports of the device model in OCPP 2.0.1 (B07): what the station has, in parts as large as one message may be."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import simpy

from protocol.session import Answered
from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp201 import HANDLERS
from simulator.variables import DataType, Mutability, Variable

if TYPE_CHECKING:
    from simulator.station import Station

SUMMARY = frozenset({"Available", "AvailabilityState", "Problem", "Enabled"})
"""The variables that tell of availability and condition (B07.FR.09)."""

INVENTORIES: dict[str, Callable[[Variable], bool]] = {
    "FullInventory": lambda _variable: True,
    "ConfigurationInventory": lambda variable: variable.mutability is not Mutability.READ_ONLY,
    "SummaryInventory": lambda variable: variable.name in SUMMARY,
}
"""Which variables each base report covers (B07.FR.07–.09)."""

LISTS = (DataType.OPTION_LIST, DataType.MEMBER_LIST, DataType.SEQUENCE_LIST)


@handles(HANDLERS, "GetBaseReport")
def get_base_report(station: Station, ask: Payload) -> Payload:
    """B07.FR.01–.03."""
    covers = INVENTORIES.get(ask["reportBase"])
    if covers is None:
        return {"status": "NotSupported"}
    entries = [entry(station, variable) for variable in station.variables.model.values() if covers(variable)]
    station.later(lambda: station.errand(notify(station, ask["requestId"], entries)))
    return {"status": "Accepted"}


def notify(station: Station, request_id: int, entries: list[Payload]) -> Generator[simpy.Event, Any, None]:
    """B07.FR.03, .04, .10: the report in parts, numbered from 0; it ends where a part gets no answer."""
    size = station.variables.number("DeviceDataCtrlr.ItemsPerMessage.GetReport")
    generated = station.stamp()
    parts = [entries[at : at + size] for at in range(0, len(entries), size)] or [[]]
    for number, part in enumerate(parts):
        payload: Payload = {"requestId": request_id, "generatedAt": generated, "seqNo": number}
        if part:
            payload["reportData"] = part
        if number < len(parts) - 1:
            payload["tbc"] = True
        reply = yield station.line.call("NotifyReport", payload)
        if not isinstance(reply, Answered):
            return


def entry(station: Station, variable: Variable) -> Payload:
    """One variable with its attribute and characteristics (ReportDataType)."""
    named: Payload = {"name": variable.name}
    if variable.instance:
        named["instance"] = variable.instance
    attribute: Payload = {"type": "Actual", "mutability": variable.mutability.value}
    if variable.mutability is not Mutability.WRITE_ONLY:
        attribute["value"] = station.variables.text(variable.key)
    if variable.mutability is Mutability.READ_ONLY:
        attribute["persistent"] = True
    return {
        "component": component(variable),
        "variable": named,
        "variableAttribute": [attribute],
        "variableCharacteristics": _characteristics(variable),
    }


def component(variable: Variable) -> Payload:
    """Which component a variable belongs to (ComponentType)."""
    named: Payload = {"name": variable.component}
    if variable.component_instance:
        named["instance"] = variable.component_instance
    if variable.place.evse:
        named["evse"] = {"id": variable.place.evse}
        if variable.place.connector:
            named["evse"]["connectorId"] = variable.place.connector
    return named


def _characteristics(variable: Variable) -> Payload:
    told: Payload = {"dataType": variable.type.value, "supportsMonitoring": False}
    if variable.unit:
        told["unit"] = variable.unit
    if variable.low is not None and variable.type is not DataType.STRING:
        told["minLimit"] = variable.low
    if variable.high is not None:
        told["maxLimit"] = variable.high
    if variable.type in LISTS and variable.options:
        told["valuesList"] = ",".join(variable.options)
    return told
