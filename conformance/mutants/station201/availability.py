"""Faulty 2.0.1 stations: availability."""

from __future__ import annotations

from typing import Any

from conformance.mutants import accept_reply, change, drop, mutant, once, say

CLOSED = {"connectorStatus": "Unavailable"}
OPEN = {"timestamp": "2026-01-01T00:00:00Z", "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
AGAIN = {"operationalStatus": "Inoperative"}
CHARGING: dict[str, Any] = {
    "eventType": "Updated",
    "timestamp": "2026-01-01T00:00:00Z",
    "triggerReason": "ChargingStateChanged",
    "seqNo": 1,
    "transactionInfo": {"transactionId": "unlocked", "chargingState": "Charging"},
}

mutant(
    "never_occupied",
    change("StatusNotification", "connectorStatus", "Available"),
    breaks="G01.FR.03 E02.FR.05",
)
mutant(
    "stays_occupied",
    once(
        "StatusNotification",
        {"connectorStatus": "Occupied"},
        change("StatusNotification", "connectorStatus", "Occupied"),
    ),
    breaks="G01.FR.04",
)
mutant(
    "refuses_to_close",
    accept_reply("ChangeAvailability", {"status": "Rejected"}, AGAIN),
    breaks="G03.FR.02 G04.FR.03",
)
mutant(
    "refuses_to_reopen",
    once("StatusNotification", CLOSED, accept_reply("ChangeAvailability", {"status": "Rejected"})),
    breaks="G03.FR.02 G04.FR.03",
)
mutant("ignores_availability", drop("StatusNotification", CLOSED), breaks="G03.FR.04 G04.FR.05")
mutant(
    "stays_unavailable",
    once("StatusNotification", CLOSED, change("StatusNotification", "connectorStatus", "Unavailable")),
    breaks="G03.FR.07 G04.FR.08",
)
mutant("unavailable_at_once", accept_reply("ChangeAvailability", {"status": "Accepted"}), breaks="G03.FR.05")
mutant("closes_a_busy_station", accept_reply("ChangeAvailability", {"status": "Accepted"}), breaks="G04.FR.06")
mutant("closes_the_busy_evse_alone", drop("StatusNotification", {**CLOSED, "evseId": 2}), breaks="G04.FR.05")
mutant(
    "forgets_what_was_scheduled",
    change("StatusNotification", "connectorStatus", "Available", CLOSED),
    breaks="G01.FR.05 G03.FR.04",
)
mutant("refuses_an_open_evse", accept_reply("ChangeAvailability", {"status": "Rejected"}), breaks="G03.FR.03")
mutant("schedules_an_open_station", accept_reply("ChangeAvailability", {"status": "Scheduled"}), breaks="G04.FR.04")
mutant(
    "refuses_a_closed_evse",
    once("StatusNotification", CLOSED, accept_reply("ChangeAvailability", {"status": "Rejected"})),
    breaks="G03.FR.03",
)
mutant(
    "schedules_a_closed_station",
    once("StatusNotification", CLOSED, accept_reply("ChangeAvailability", {"status": "Scheduled"})),
    breaks="G04.FR.04",
)
mutant("opens_what_is_closed_twice", say("StatusNotification", OPEN, after="ChangeAvailability"), breaks="G03.FR.04")
mutant(
    "forgets_what_is_closed",
    once("BootNotification", {"reason": "RemoteReset"}, change("StatusNotification", "connectorStatus", "Available")),
    breaks="G03.FR.08",
)
mutant(
    "forgets_that_it_is_closed",
    once("BootNotification", {"reason": "RemoteReset"}, change("StatusNotification", "connectorStatus", "Available")),
    breaks="G04.FR.09",
)
mutant("hides_a_jammed_lock", drop("NotifyEvent"), breaks="G05.FR.02")
mutant("charges_unlocked", say("TransactionEvent", CHARGING, after="Authorize"), breaks="G05.FR.01")
