"""Block B, reports of the device model. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import attached, told
from conformance.vocabulary import (
    ABSENT,
    NOW,
    Matcher,
    Payload,
    Received,
    Script,
    Subject,
    answer,
    ask,
    command,
    csms201,
    given,
    satisfying,
)

STATE: Payload = {
    "variable": {"name": "AvailabilityState"},
    "variableAttribute": [{"type": "Actual", "value": "Available", "mutability": "ReadOnly"}],
    "variableCharacteristics": {
        "dataType": "OptionList",
        "valuesList": "Available,Occupied,Reserved,Unavailable,Faulted",
        "supportsMonitoring": True,
    },
}
OF_THE_STATION: Payload = {"component": {"name": "ChargingStation"}, **STATE}
OF_THE_EVSE: Payload = {"component": {"name": "EVSE", "evse": {"id": 1}}, **STATE}
THRESHOLD: Payload = {
    "component": {"name": "OCPPCommCtrlr"},
    "variable": {"name": "OfflineThreshold"},
    "variableAttribute": [{"type": "Actual", "value": "60", "mutability": "ReadWrite"}],
    "variableCharacteristics": {"dataType": "integer", "unit": "s", "supportsMonitoring": False},
}
NUMBER: Matcher = satisfying("a number of 0 or more", lambda value: isinstance(value, int) and value >= 0)


def _reported(request_id: int, *parts: Payload, rule: str) -> Script:
    """The station reports, in as many parts, each of which the CSMS takes."""
    for number, part in enumerate(parts):
        more = {"tbc": True} if number + 1 < len(parts) else {}
        report = {"requestId": request_id, "generatedAt": NOW, "seqNo": number, "reportData": [part], **more}
        yield ask("NotifyReport", report, rule=rule)


def _base(csms: Subject, base: str, rule: str, *parts: Payload) -> Script:
    """The CSMS, told to, asks for a base report, and takes it."""
    yield from given(attached(csms))
    yield command(csms, "get_base_report", base=base)
    having = {"requestId": NUMBER, "reportBase": base}
    request: Received = yield from told(csms, "GetBaseReport", having=having, rule=rule)
    yield answer(request, status="Accepted")
    yield from _reported(int(request.get("requestId", 0)), *parts, rule=rule)


@csms201(
    "TC_B_12_CSMS",
    "Base report: ConfigurationInventory",
    verifies="B07.FR.07",
    catches="asks_for_another_inventory chokes_on_configuration",
)
def configuration_inventory(csms: Subject) -> Script:
    yield from _base(csms, "ConfigurationInventory", "B07.FR.07", THRESHOLD)


@csms201(
    "TC_B_13_CSMS",
    "Base report: FullInventory",
    verifies="B07.FR.08",
    catches="asks_for_configuration_alone chokes_on_the_end_of_a_report",
)
def full_inventory(csms: Subject) -> Script:
    yield from _base(csms, "FullInventory", "B07.FR.08", THRESHOLD, OF_THE_STATION, OF_THE_EVSE)


@csms201(
    "TC_B_14_CSMS",
    "Base report: SummaryInventory",
    verifies="B07.FR.09",
    catches="asks_for_everything_in_place_of_a_summary",
)
def summary_inventory(csms: Subject) -> Script:
    yield from _base(csms, "SummaryInventory", "B07.FR.09", OF_THE_STATION, OF_THE_EVSE)


def _state_asked(csms: Subject, criterion: str, status: str) -> Script:
    """The CSMS, told to, asks for the state of EVSE 1 by a criterion, and is answered; returns its request."""
    yield command(csms, "get_report", criteria=[criterion], names=["EVSE(1).AvailabilityState"])
    one = "componentVariable.0"
    having = {
        "componentCriteria": satisfying(f"{criterion} alone", lambda value: value == [criterion]),
        f"{one}.component.name": "EVSE",
        f"{one}.component.evse.id": 1,
        f"{one}.component.evse.connectorId": ABSENT,
        f"{one}.variable.name": "AvailabilityState",
    }
    request: Received = yield from told(csms, "GetReport", having=having, rule="B08.FR.01")
    yield answer(request, status=status)
    return request


@csms201(
    "TC_B_18_CSMS",
    "Custom report filtered by criteria plus component/variable",
    verifies="B08.FR.01 B08.FR.03",
    catches="forgets_the_criteria asks_of_every_evse chokes_on_reports",
)
def report_by_both(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _state_asked(csms, "Problem", "EmptyResultSet")
    request: Received = yield from _state_asked(csms, "Available", "Accepted")
    yield from _reported(int(request.get("requestId", 0)), OF_THE_EVSE, rule="B08.FR.03")
