"""Faulty 2.0.1 stations: provisioning."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.mutants import accept_reply, change, change_reply, drop, mutant, once, recast, refuse_reply, say
from conformance.vocabulary import one_of

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
