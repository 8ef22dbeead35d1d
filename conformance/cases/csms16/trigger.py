"""Messages on demand. Central system under test, OCPP 1.6."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms16.states import attached, goes_on, is_now, told
from conformance.vocabulary import (
    NOW,
    Payload,
    Received,
    Script,
    Subject,
    answer,
    ask,
    command,
    csms16,
    given,
    optionally,
)


def _triggered(csms: Subject, message: str, *, status: str = "Accepted", of_connector: bool = False) -> Script:
    """The central system, told to, asks for a message; a connector without a need of one is to be ignored."""
    place = {"evse": csms.evse} if of_connector else {}
    yield command(csms, "trigger", message=message, **place)
    having: Payload = {"requestedMessage": message}
    if of_connector:
        having["connectorId"] = optionally(csms.evse)
    request: Received = yield from told(csms, "TriggerMessage", having=having, rule="1.6:5.17")
    yield answer(request, status=status)


@csms16(
    "TC_054_CSMS",
    "TriggerMessage for each supported message",
    verifies="1.6:4.4 1.6:4.5 1.6:4.6 1.6:4.7 1.6:4.9 1.6:5.17",
    catches=(
        "triggers_something_else_16 triggers_elsewhere_16 chokes_on_meter_values_16 "
        "chokes_on_an_idle_update_16 chokes_on_idle_diagnostics_16 chokes_on_a_triggered_status_16 "
        "deaf_after_an_order_16"
    ),
)
def trigger(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _triggered(csms, "MeterValues", of_connector=True)
    meter = [{"timestamp": NOW, "sampledValue": [{"value": "1000", "context": "Trigger"}]}]
    yield ask("MeterValues", {"connectorId": csms.evse, "meterValue": meter}, rule="1.6:4.7")
    yield from _triggered(csms, "Heartbeat")
    yield from goes_on()
    yield from _triggered(csms, "StatusNotification", of_connector=True)
    yield from is_now(csms, "Available")
    yield from _triggered(csms, "DiagnosticsStatusNotification")
    yield ask("DiagnosticsStatusNotification", {"status": "Idle"}, rule="1.6:4.4")
    yield from _triggered(csms, "FirmwareStatusNotification")
    yield ask("FirmwareStatusNotification", {"status": "Idle"}, rule="1.6:4.5")


@csms16(
    "TC_055_CSMS",
    "TriggerMessage rejected / bad connector",
    verifies="1.6:5.17",
    catches="triggers_something_else_16 deaf_after_an_order_16",
)
def trigger_rejected(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _triggered(csms, "MeterValues", status="Rejected", of_connector=True)
    yield from goes_on()
