"""Reports of the device model in OCPP 2.0.1 (part 2 B07, B08): in parts as large as one message may be."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import simpy

from protocol.session import Answered
from simulator.dialects.dialect import Payload, handles, size_of
from simulator.dialects.events201 import component, variable
from simulator.dialects.ocpp201 import HANDLERS
from simulator.dialects.quantities import ONLY_16
from simulator.dialects.variables201 import check_size, told
from simulator.monitoring.monitor import monitorable
from simulator.reporting import Reporting
from simulator.variables import LISTS, NUMBERS, Attribute, AttributeType, Mutability, Place, Variable

if TYPE_CHECKING:
    from simulator.station import Station

Chosen = Iterator[Variable]

ENVELOPE_BYTES = 200
"""What a NotifyReport is at most besides its reportData, with the frame around it."""

STATE, CONNECTOR = "AvailabilityState", "Connector"
ABNORMAL = frozenset({"Problem", "Tripped", "Overload", "Fallback"})
"""The variables that tell that a component is not as it should be (B07.FR.09)."""


def _full(station: Station) -> Chosen:
    """B07.FR.08."""
    return iter(station.variables.model.values())


def _configuration(station: Station) -> Chosen:
    """B07.FR.07: what the operator can set."""
    return (variable for variable in station.variables.model.values() if _can_be_set(variable))


def _can_be_set(variable: Variable) -> bool:
    return any(attribute.mutability is not Mutability.READ_ONLY for attribute in _attributes(variable))


def _summary(station: Station) -> Chosen:
    """B07.FR.09: the availability of everything, and all that can be said of what is in an abnormal state."""
    for variables in station.variables.model.components():
        yield from (each for each in variables if each.name == STATE and _is_news(station, each))
        if any(each.name in ABNORMAL and _is_true(station, each) for each in variables):
            yield from (each for each in variables if each.name != STATE and _diagnoses(station, each))


def _is_news(station: Station, state: Variable) -> bool:
    """B07.FR.09: a connector's state only where it is another one than that of its EVSE."""
    if state.component != CONNECTOR:
        return True
    whole = station.variables.model.find("EVSE", STATE, place=Place(state.place.evse))
    return whole is None or station.variables.text(whole.key) != station.variables.text(state.key)


def _diagnoses(station: Station, variable: Variable) -> bool:
    return _is_true(station, variable) if variable.name in ABNORMAL else variable.live


def _is_true(station: Station, variable: Variable) -> bool:
    return station.variables.flag(variable.key)


INVENTORIES: Mapping[str, Callable[[Station], Chosen]] = {
    "FullInventory": _full,
    "ConfigurationInventory": _configuration,
    "SummaryInventory": _summary,
}
"""Which variables each base report covers."""


@handles(HANDLERS, "GetBaseReport")
def get_base_report(station: Station, ask: Payload) -> Payload:
    """B07.FR.01, B07.FR.02, B07.FR.13."""
    choose = INVENTORIES.get(ask["reportBase"])
    if choose is None or (choose is _summary and not station.profile.summary_reports):
        return {"status": "NotSupported", "statusInfo": {"reasonCode": "UnsupportedParam"}}
    if (why := station.function(Reporting).refused(ask["requestId"])) is not None:
        return {"status": "Rejected", "statusInfo": {"reasonCode": why}}
    _answer(station, ask["requestId"], list(choose(station)))
    return {"status": "Accepted"}


@handles(HANDLERS, "GetReport")
def get_report(station: Station, ask: Payload) -> Payload:
    """B08.FR.01, B08.FR.02, B08.FR.15, B08.FR.16."""
    named, criteria = ask.get("componentVariable", []), ask.get("componentCriteria", ())
    check_size(station, ask, len(named), "GetReport")
    if not set(criteria) <= set(station.profile.report_criteria):
        return {"status": "NotSupported", "statusInfo": {"reasonCode": "UnsupportedParam"}}
    chosen = list(_custom(station, criteria, [Wanted.of(item) for item in named]))
    if not chosen:
        return {"status": "EmptyResultSet", "statusInfo": {"reasonCode": "NotFound"}}
    if (why := station.function(Reporting).refused(ask["requestId"])) is not None:
        return {"status": "Rejected", "statusInfo": {"reasonCode": why}}
    _answer(station, ask["requestId"], chosen)
    return {"status": "Accepted"}


class Wanted(NamedTuple):
    """What a ComponentVariableType names, in lower case; empty parts and place 0 stand for each (B08.FR.20–.25)."""

    component: str
    instance: str
    place: Place
    variable: str
    variable_instance: str

    @classmethod
    def of(cls, item: Payload) -> Wanted:
        """Read one from a message."""
        where, what = item["component"], item.get("variable", {})
        evse = where.get("evse", {})
        return cls(
            where["name"].lower(),
            where.get("instance", "").lower(),
            Place(evse.get("id", 0), evse.get("connectorId", 0)),
            what.get("name", "").lower(),
            what.get("instance", "").lower(),
        )

    def covers(self, variable: Variable) -> bool:
        """Whether a variable is meant."""
        return (
            self.component == variable.component.lower()
            and self.instance in ("", variable.component_instance.lower())
            and self.place.evse in (0, variable.place.evse)
            and self.place.connector in (0, variable.place.connector)
            and self.variable in ("", variable.name.lower())
            and self.variable_instance in ("", variable.instance.lower())
        )


def _custom(station: Station, criteria: Iterable[str], named: Sequence[Wanted]) -> Chosen:
    """B08.FR.05, B08.FR.11, B08.FR.13: both narrow the choice; of several criteria one is enough."""
    for variables in station.variables.model.components():
        if criteria and not any(_meets(station, variables, criterion) for criterion in criteria):
            continue
        yield from (each for each in variables if not named or any(wanted.covers(each) for wanted in named))


def _meets(station: Station, variables: Iterable[Variable], criterion: str) -> bool:
    """B08.FR.07–.10: a component without the variable is active, available and enabled, and has no problem."""
    deciding = [variable for variable in variables if variable.name == criterion]
    if not deciding:
        return criterion != "Problem"
    return any(_is_true(station, variable) for variable in deciding)


def _answer(station: Station, request_id: int, chosen: Sequence[Variable]) -> None:
    station.function(Reporting).begun(request_id)
    station.later(lambda: station.errand(notify(station, request_id, chosen)))


def notify(station: Station, request_id: int, chosen: Sequence[Variable]) -> Generator[simpy.Event, Any, None]:
    """B07.FR.03, .04, .10; B08.FR.03, .04, .14: parts numbered from 0; the report ends where one gets no answer.

    Each part is made when it is its turn, so that a long report takes no room.
    """
    done = number = 0
    while done < len(chosen):
        part = _part(station, chosen, done)
        done += len(part)
        payload: Payload = {
            "requestId": request_id,
            "generatedAt": station.stamp(),
            "seqNo": number,
            "reportData": part,
        }
        if done < len(chosen):
            payload["tbc"] = True
        reply = yield station.line.call("NotifyReport", payload)
        if not isinstance(reply, Answered):
            break
        number += 1
    station.function(Reporting).over(request_id)


def _part(station: Station, chosen: Sequence[Variable], begin: int) -> list[Payload]:
    """As many entries as one message may have, at least one."""
    most = station.variables.number("DeviceDataCtrlr.ItemsPerMessage.GetReport")
    left = station.variables.number("DeviceDataCtrlr.BytesPerMessage.GetReport") - ENVELOPE_BYTES
    part: list[Payload] = []
    for each in chosen[begin : begin + most]:
        told_of = entry(station, each)
        left -= size_of(told_of) + 1
        if part and left < 0:
            break
        part.append(told_of)
    return part


def entry(station: Station, described: Variable) -> Payload:
    """One variable with its attributes and characteristics (ReportDataType)."""
    return {
        "component": component(described.component, described.component_instance, described.place),
        "variable": variable(described.name, described.instance),
        "variableAttribute": [_attribute(station, described, each) for each in _attributes(described)],
        "variableCharacteristics": _characteristics(described),
    }


def _attributes(described: Variable) -> Iterator[Attribute]:
    """B07.FR.11: all that it has, whether set or not."""
    actual = described.attribute(AttributeType.ACTUAL)
    assert actual is not None
    yield actual
    yield from described.attributes


def _attribute(station: Station, described: Variable, attribute: Attribute) -> Payload:
    """VariableAttributeType; B07.FR.03 (errata 2025-09): no value of what can only be written."""
    shown: Payload = {"type": attribute.type.value, "mutability": attribute.mutability.value}
    if attribute.mutability is not Mutability.WRITE_ONLY:
        shown["value"] = told(station, described, attribute.type)
    if attribute.persistent:
        shown["persistent"] = True
    if described.constant and attribute.type is AttributeType.ACTUAL:
        shown["constant"] = True
    return shown


def _characteristics(described: Variable) -> Payload:
    """VariableCharacteristicsType: limits of numbers, the greatest length of text and lists."""
    shown: Payload = {"dataType": described.type.value, "supportsMonitoring": monitorable(described)}
    if described.unit:
        shown["unit"] = described.unit
    if described.low is not None and described.type in NUMBERS:
        shown["minLimit"] = described.low
    if described.high is not None:
        shown["maxLimit"] = described.high
    if described.type in LISTS and described.options:
        shown["valuesList"] = ",".join(each for each in described.options if each not in ONLY_16)
    return shown
