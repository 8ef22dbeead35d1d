"""Faulty 2.0.1 stations, one line or two each."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.mutants import accept_reply, change, change_reply, drop, mutant, once, recast, refuse_reply, say
from conformance.vocabulary import one_of, other_than

REJECTED = {"status": "Rejected"}


def as_event(status: dict[str, Any], *, trigger: str) -> dict[str, Any]:
    """A StatusNotification's content, told as NotifyEvent."""
    component = {"name": "Connector", "evse": {"id": status["evseId"], "connectorId": status["connectorId"]}}
    event = {
        "eventId": 1,
        "timestamp": status["timestamp"],
        "trigger": trigger,
        "actualValue": status["connectorStatus"],
        "eventNotificationType": "HardWiredNotification",
        "component": component,
        "variable": {"name": "AvailabilityState"},
    }
    return {"generatedAt": status["timestamp"], "seqNo": 0, "eventData": [event]}


# block B
mutant("silent_connectors", drop("StatusNotification"), drop("NotifyEvent"))
mutant("no_startup_event", drop("SecurityEventNotification"))
mutant("starts_while_pending", accept_reply("RequestStartTransaction", {"status": "Accepted"}))
mutant("deaf_while_pending", refuse_reply("GetVariables", "SecurityError"))
mutant("chatty_when_rejected", say("Heartbeat", {}, after="BootNotification", where=REJECTED, by_s=5))
mutant(
    "impatient_when_rejected",
    say(
        "BootNotification",
        {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}},
        after="BootNotification",
        where=REJECTED,
        by_s=20,
    ),
)
mutant(
    "speaks_before_it_asks_again",
    say("Heartbeat", {}, after="BootNotification", where=REJECTED, by_s=58),
)
mutant(
    "tells_connectors_by_the_clock",
    recast("StatusNotification", "NotifyEvent", partial(as_event, trigger="Periodic")),
)
mutant("reads_something_else", change_reply("GetVariables", "getVariableResult.0.attributeValue", "42"))
mutant("reads_one_of_many", change_reply("GetVariables", "getVariableResult", lambda items: items[:1]))
mutant("refuses_to_be_set", change_reply("SetVariables", "setVariableResult.0.attributeStatus", "Rejected"))
mutant("sets_one_of_many", change_reply("SetVariables", "setVariableResult.1.attributeStatus", "UnknownVariable"))
mutant("reads_anything", change_reply("GetVariables", "getVariableResult.0.attributeStatus", "Accepted"))
mutant("writes_anything", change_reply("SetVariables", "setVariableResult.0.attributeStatus", "Accepted"))
mutant("report_without_characteristics", change("NotifyReport", "reportData.0.variableCharacteristics", None))
mutant("report_of_another_request", change("NotifyReport", "requestId", 1))
mutant(
    "never_reboots",
    drop("BootNotification", {"reason": one_of("RemoteReset", "ScheduledReset", "ApplicationReset")}),
)
mutant(
    "tells_connectors_before_it_boots",
    say(
        "StatusNotification",
        {"timestamp": "2026-01-01T00:00:00Z", "connectorStatus": "Available", "evseId": 1, "connectorId": 1},
        after="Reset",
        by_s=0,
    ),
    once("BootNotification", {"reason": "RemoteReset"}, drop("StatusNotification")),
)
mutant("forgets_why_it_reboots", change("BootNotification", "reason", "PowerUp"))
mutant("ends_without_reason", change("TransactionEvent", "transactionInfo.stoppedReason", None, {"eventType": "Ended"}))
mutant("obeys_while_rejected", accept_reply("GetBaseReport", {"status": "Accepted"}))

# blocks C and E
_CHARGES = {
    "eventType": "Started",
    "timestamp": "2026-01-01T00:00:00Z",
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "mutant", "chargingState": "Charging"},
}
mutant(
    "charges_anyone",
    say("TransactionEvent", _CHARGES, after="Authorize", where={"idTokenInfo.status": other_than("Accepted")}),
)
mutant(
    "stopped_by_anyone",
    say(
        "TransactionEvent",
        _CHARGES
        | {"eventType": "Ended", "triggerReason": "StopAuthorized", "idToken": {"idToken": "X", "type": "ISO14443"}},
        after="Authorize",
        by_s=2,
    ),
)
mutant(
    "tells_of_refused_tokens",
    say(
        "TransactionEvent",
        {**_CHARGES, "triggerReason": "Deauthorized", "transactionInfo": {"transactionId": "mutant"}},
        after="Authorize",
        where={"idTokenInfo.status": other_than("Accepted")},
    ),
)
mutant("hides_the_token", change("TransactionEvent", "idToken", None))
mutant("hides_the_connector", change("TransactionEvent", "evse", None))
mutant("never_charges", drop("TransactionEvent", {"transactionInfo.chargingState": "Charging"}))
mutant("waits_for_ever", drop("TransactionEvent", {"triggerReason": "EVConnectTimeout"}))
mutant(
    "stops_for_another_reason",
    change("TransactionEvent", "transactionInfo.stoppedReason", "Other", {"eventType": "Ended"}),
)
mutant(
    "ends_locally_when_told_from_afar",
    change("TransactionEvent", "transactionInfo.stoppedReason", "Local", {"eventType": "Ended"}),
)
mutant(
    "ends_another_transaction",
    change("TransactionEvent", "transactionInfo.transactionId", "another", {"eventType": "Ended"}),
)
mutant(
    "stops_by_another_token",
    change("TransactionEvent", "idToken.idToken", "ANOTHER", {"triggerReason": "StopAuthorized"}),
)
mutant("leaves_the_transaction_open", change("TransactionEvent", "eventType", "Updated", {"eventType": "Ended"}))
mutant("never_occupied", change("StatusNotification", "connectorStatus", "Available"))
mutant(
    "stays_occupied",
    once(
        "StatusNotification",
        {"connectorStatus": "Occupied"},
        change("StatusNotification", "connectorStatus", "Occupied"),
    ),
)


def _main_meter(second: int, context: str) -> dict[str, Any]:
    """MeterValues of the whole station, so many seconds past a minute."""
    sampled = {"value": 1.0, "context": context}
    return {"evseId": 0, "meterValue": [{"timestamp": f"2026-01-01T00:00:0{second}Z", "sampledValue": [sampled]}]}


# blocks F, G, J, P
mutant("forgets_remote_start_id", change("TransactionEvent", "transactionInfo.remoteStartId", None))
mutant("starts_without_asking", drop("Authorize"))
mutant("refuses_remote_start", accept_reply("RequestStartTransaction", {"status": "Rejected"}))
mutant("unlocks_always", accept_reply("UnlockConnector", {"status": "Unlocked"}))
mutant("never_unlocks", accept_reply("UnlockConnector", {"status": "UnlockFailed"}))
mutant("refuses_remote_stop", accept_reply("RequestStopTransaction", {"status": "Rejected"}))
mutant("stops_any_transaction", accept_reply("RequestStopTransaction", {"status": "Accepted"}))
mutant("meters_without_context", change("MeterValues", "meterValue.0.sampledValue.0.context", None))
mutant("no_heartbeat", drop("Heartbeat"))
mutant("refuses_triggers", accept_reply("TriggerMessage", {"status": "Rejected"}))
mutant("boots_again_when_triggered", accept_reply("TriggerMessage", {"status": "Accepted"}))
mutant("accepts_any_trigger", accept_reply("TriggerMessage", {"status": "Accepted"}))
mutant("ignores_availability", drop("StatusNotification", {"connectorStatus": "Unavailable"}))
mutant(
    "stays_unavailable",
    once(
        "StatusNotification",
        {"connectorStatus": "Unavailable"},
        change("StatusNotification", "connectorStatus", "Unavailable"),
    ),
)
mutant("unavailable_at_once", accept_reply("ChangeAvailability", {"status": "Accepted"}))
mutant("aligned_values_as_samples", change("MeterValues", "meterValue.0.sampledValue.0.context", "Sample.Periodic"))
mutant("no_aligned_values_in_transaction", drop("TransactionEvent", {"triggerReason": "MeterValueClock"}))
mutant("main_meter_without_clock", say("MeterValues", _main_meter(0, "Sample.Periodic"), after="TransactionEvent"))
mutant(
    "main_meter_out_of_step",
    say("MeterValues", _main_meter(0, "Sample.Clock"), after="TransactionEvent"),
    say("MeterValues", _main_meter(7, "Sample.Clock"), after="TransactionEvent"),
)
mutant("samples_irregularly", change("TransactionEvent", "meterValue.0.timestamp", "2026-01-01T00:00:00Z"))
mutant("samples_without_measurand", change("TransactionEvent", "meterValue.0.sampledValue", lambda values: values[:1]))
mutant("ends_without_meter", change("TransactionEvent", "meterValue", None, {"eventType": "Ended"}))
mutant("accepts_any_vendor", accept_reply("DataTransfer", {"status": "Accepted"}))
