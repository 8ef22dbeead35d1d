"""Reading and writing variables in OCPP 2.0.1 (part 2 B05, B06), each on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.errors import Code
from simulator import addressing
from simulator.devicemodel.network import PRIORITY
from simulator.dialects.dialect import Payload, handles, size_of
from simulator.dialects.ocpp201 import HANDLERS
from simulator.line import CallRefused
from simulator.variables import NUMBERS, AttributeType, Mutability, Place, SetStatus, Variable

if TYPE_CHECKING:
    from simulator.station import Station


@handles(HANDLERS, "GetVariables")
def get_variables(station: Station, ask: Payload) -> Payload:
    """B06.FR.01: one result for each variable that is asked for."""
    check_size(station, ask, len(ask["getVariableData"]), "GetVariables")
    return {"getVariableResult": [_read(station, wanted) for wanted in ask["getVariableData"]]}


@handles(HANDLERS, "SetVariables")
def set_variables(station: Station, ask: Payload) -> Payload:
    """B05.FR.01: one result for each variable that is to be set."""
    check_size(station, ask, len(ask["setVariableData"]), "SetVariables")
    return {"setVariableResult": [_write(station, wanted) for wanted in ask["setVariableData"]]}


def check_size(station: Station, ask: Payload, items: int, action: str) -> None:
    """B06.FR.16, B06.FR.17, B08.FR.17, B08.FR.18. Raises CallRefused for a message that is larger than allowed."""
    most = station.variables.number(f"DeviceDataCtrlr.ItemsPerMessage.{action}")
    if items > most:
        raise CallRefused(Code.OCCURRENCE_CONSTRAINT_VIOLATION, f"more than {most} variables")
    longest = station.variables.number(f"DeviceDataCtrlr.BytesPerMessage.{action}")
    if size_of(ask) > longest:
        raise CallRefused(Code.FORMAT_VIOLATION, f"more than {longest} bytes")


def place_of(component: Payload) -> Place:
    """Where a component is (EVSEType)."""
    evse = component.get("evse", {})
    return Place(evse.get("id", 0), evse.get("connectorId", 0))


def find(station: Station, item: Payload) -> Variable | None:
    """The variable that a message names (ComponentType, VariableType); None if there is no such one."""
    component, variable = item["component"], item["variable"]
    return station.variables.model.find(
        component["name"],
        variable["name"],
        variable.get("instance", ""),
        component_instance=component.get("instance", ""),
        place=place_of(component),
    )


def unknown(station: Station, item: Payload) -> str:
    """B05.FR.04/.05, B06.FR.06/.07/.15: which part of a name is not known."""
    component = item["component"]
    model = station.variables.model
    known = model.has_component(component["name"], component.get("instance", ""), place_of(component))
    return "UnknownVariable" if known else "UnknownComponent"


def _result(item: Payload, status: str, why: str = "") -> Payload:
    """B05.FR.02, B05.FR.12, B06.FR.02, B06.FR.11: the same names, and Actual where no attribute was named."""
    result = {
        "attributeStatus": status,
        "attributeType": item.get("attributeType", "Actual"),
        "component": item["component"],
        "variable": item["variable"],
    }
    return result | {"attributeStatusInfo": {"reasonCode": why}} if why else result


def _read(station: Station, wanted: Payload) -> Payload:
    variable = find(station, wanted)
    if variable is None:
        return _result(wanted, unknown(station, wanted))
    kind = AttributeType(wanted.get("attributeType", "Actual"))
    if (attribute := variable.attribute(kind)) is None:
        return _result(wanted, "NotSupportedAttributeType")  # B06.FR.08
    if attribute.mutability is Mutability.WRITE_ONLY:
        return _result(wanted, "Rejected", "WriteOnly")  # B06.FR.09
    return _result(wanted, "Accepted") | {"attributeValue": told(station, variable, kind)}  # B06.FR.10, B06.FR.13


def told(station: Station, variable: Variable, kind: AttributeType) -> str:
    """A value as a CSMS reads it, no longer than ReportingValueSize; empty where it is not set."""
    longest = station.variables.number("DeviceDataCtrlr.ReportingValueSize")
    return (station.variables.shown(variable.key, kind) or "")[:longest]


def _write(station: Station, wanted: Payload) -> Payload:
    variable = find(station, wanted)
    if variable is None:
        return _result(wanted, unknown(station, wanted))
    kind, value = AttributeType(wanted.get("attributeType", "Actual")), wanted["attributeValue"]
    if len(value) > station.variables.number("DeviceDataCtrlr.ConfigurationValueSize"):
        return _result(wanted, "Rejected", "TooLargeElement")
    status = station.configuration.write(variable.key, value, kind)
    why = _reason(station, variable, kind, value) if status is SetStatus.REJECTED else ""
    return _result(wanted, status.value, why)


def _reason(station: Station, variable: Variable, kind: AttributeType, value: str) -> str:
    """Why a value was not taken (part 2 appendix 5, reason codes); empty where the hardware refused it."""
    attribute = variable.attribute(kind)
    if attribute is not None and attribute.mutability is Mutability.READ_ONLY:
        return "ReadOnly"
    if station.variables.objection(variable, value, kind) is None:
        return (addressing.objection(station, value) or "") if variable.key == PRIORITY else ""
    return "ValueOutOfRange" if variable.type in NUMBERS and variable.is_number(value) else "InvalidValue"
