"""Faulty 2.0.1 stations: resets."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, drop, mutant, once, say
from conformance.vocabulary import one_of

ENDED = {"eventType": "Ended"}
REBOOTED = {"reason": one_of("RemoteReset", "ScheduledReset", "ApplicationReset")}
OPEN = {"timestamp": "2026-01-01T00:00:00Z", "connectorStatus": "Available", "evseId": 1, "connectorId": 1}

mutant("never_reboots", drop("BootNotification", REBOOTED), breaks="B11.FR.03")
mutant(
    "tells_connectors_before_it_boots",
    say("StatusNotification", OPEN, after="Reset", by_s=0),
    once("BootNotification", {"reason": "RemoteReset"}, drop("StatusNotification")),
    breaks="B11.FR.04",
)
mutant("forgets_why_it_reboots", change("BootNotification", "reason", "PowerUp"), breaks="B12.FR.03")
mutant("resets_while_charging", accept_reply("Reset", {"status": "Accepted"}), breaks="B12.FR.01")
mutant(
    "forgets_the_second_evse",
    once("TransactionEvent", ENDED, drop("BootNotification")),
    breaks="B12.FR.03",
)
mutant(
    "ends_without_reason",
    change("TransactionEvent", "transactionInfo.stoppedReason", None, ENDED),
    breaks="B12.FR.04 B12.FR.08",
)
mutant(
    "ends_as_if_the_driver_had",
    change("TransactionEvent", "triggerReason", "StopAuthorized", ENDED),
    breaks="B12.FR.04 B12.FR.08",
)
mutant(
    "cuts_off_whom_it_should_wait_for",
    change("TransactionEvent", "triggerReason", "ResetCommand", {"triggerReason": "StopAuthorized"}),
    breaks="B12.FR.07",
)
mutant(
    "opens_when_it_reboots",
    once("BootNotification", REBOOTED, change("StatusNotification", "connectorStatus", "Available")),
    breaks="B11.FR.02",
)
mutant(
    "forgets_who_reserved",
    once("BootNotification", REBOOTED, change("StatusNotification", "connectorStatus", "Available")),
    breaks="B11.FR.05",
)
mutant("resets_no_evse", accept_reply("Reset", {"status": "Rejected"}), breaks="B11.FR.08")
mutant("resets_any_evse", accept_reply("Reset", {"status": "Accepted"}), breaks="B11.FR.09")
mutant("schedules_a_reset_of_any_evse", accept_reply("Reset", {"status": "Scheduled"}), breaks="B12.FR.09")
