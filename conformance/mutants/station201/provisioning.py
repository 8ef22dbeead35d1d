"""Faulty 2.0.1 stations: provisioning."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.mutants import accept_reply, change_reply, drop, mutant, recast, refuse_reply, say

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


mutant("silent_connectors", drop("StatusNotification"), drop("NotifyEvent"), breaks="B01.FR.05")
mutant("no_startup_event", drop("SecurityEventNotification"), breaks="A04.FR.02")
mutant("starts_while_pending", accept_reply("RequestStartTransaction", {"status": "Accepted"}), breaks="B02.FR.05")
mutant("deaf_while_pending", refuse_reply("GetVariables", "SecurityError"), breaks="B02.FR.01")
mutant(
    "chatty_when_rejected", say("Heartbeat", {}, after="BootNotification", where=REJECTED, by_s=5), breaks="B03.FR.02"
)
mutant(
    "impatient_when_rejected",
    say(
        "BootNotification",
        {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}},
        after="BootNotification",
        where=REJECTED,
        by_s=20,
    ),
    breaks="B03.FR.06 B03.FR.02",
)
mutant(
    "speaks_before_it_asks_again",
    say("Heartbeat", {}, after="BootNotification", where=REJECTED, by_s=58),
    breaks="B03.FR.02",
)
mutant(
    "tells_connectors_by_the_clock",
    recast("StatusNotification", "NotifyEvent", partial(as_event, trigger="Periodic")),
    breaks="B01.FR.05",
)
mutant(
    "reads_something_else", change_reply("GetVariables", "getVariableResult.0.attributeValue", "42"), breaks="B06.FR.04"
)
mutant(
    "reads_one_of_many", change_reply("GetVariables", "getVariableResult", lambda items: items[:1]), breaks="B06.FR.01"
)
mutant(
    "refuses_to_be_set",
    change_reply("SetVariables", "setVariableResult.0.attributeStatus", "Rejected"),
    breaks="B05.FR.10",
)
mutant(
    "sets_one_of_many",
    change_reply("SetVariables", "setVariableResult.1.attributeStatus", "UnknownVariable"),
    breaks="B05.FR.10",
)
mutant(
    "names_what_is_read_otherwise",
    change_reply("GetVariables", "getVariableResult.0.variable.name", "Another"),
    breaks="B06.FR.06 B06.FR.07 B06.FR.08",
)
mutant(
    "names_what_is_set_otherwise",
    change_reply("SetVariables", "setVariableResult.0.variable.name", "Another"),
    breaks="B05.FR.02 B05.FR.04 B05.FR.05 B05.FR.06 B05.FR.09",
)
mutant(
    "writes_anything",
    change_reply("SetVariables", "setVariableResult.0.attributeStatus", "Accepted"),
    breaks="B05.FR.04 B05.FR.05 B05.FR.06 B05.FR.09",
)
mutant(
    "takes_malformed_values",
    change_reply("SetVariables", "setVariableResult.0.attributeStatus", "Accepted"),
    breaks="B05.FR.07",
)
mutant(
    "forgets_which_attribute",
    change_reply("SetVariables", "setVariableResult.0.attributeType", None),
    breaks="B05.FR.12",
)
mutant("obeys_while_rejected", accept_reply("GetBaseReport", {"status": "Accepted"}), breaks="B03.FR.08")
