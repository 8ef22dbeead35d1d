"""Faulty 2.0.1 stations: remote."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, drop, fail_reply, mutant, once, say
from conformance.vocabulary import PRESENT

TRIGGERED = {"triggerReason": "Trigger"}
TIMEOUT = {"triggerReason": "EVConnectTimeout"}

mutant(
    "forgets_remote_start_id",
    change("TransactionEvent", "transactionInfo.remoteStartId", None),
    breaks="F01.FR.25 F02.FR.01",
)
mutant("starts_without_asking", drop("Authorize"), breaks="F01.FR.01")
mutant("asks_about_another_from_afar", change("Authorize", "idToken.idToken", "ANOTHER"), breaks="F01.FR.01")
mutant(
    "refuses_remote_start",
    accept_reply("RequestStartTransaction", {"status": "Rejected"}),
    breaks="F01.FR.13 F02.FR.01",
)
mutant(
    "asks_about_a_remote_start",
    say("Authorize", {"idToken": {"idToken": "VALID-0001", "type": "ISO14443"}}, after="RequestStartTransaction"),
    breaks="F01.FR.02",
)
mutant("waits_for_the_cable_for_ever", drop("TransactionEvent", TIMEOUT), breaks="E03.FR.05")
mutant(
    "keeps_the_place_for_who_did_not_come",
    once("TransactionEvent", TIMEOUT, accept_reply("RequestStartTransaction", {"status": "Rejected"})),
    breaks="F02.FR.01",
)
mutant("unlocks_always", accept_reply("UnlockConnector", {"status": "Unlocked"}), breaks="F05.FR.02 F05.FR.03")
mutant("never_unlocks", accept_reply("UnlockConnector", {"status": "UnlockFailed"}), breaks="F05.FR.04")
mutant("unlocks_cables_only", accept_reply("UnlockConnector", {"status": "UnlockFailed"}), breaks="F05.FR.06")
mutant(
    "refuses_remote_stop",
    accept_reply("RequestStopTransaction", {"status": "Rejected"}),
    breaks="F03.FR.07",
)
mutant(
    "goes_on_when_stopped_from_afar",
    change("TransactionEvent", "eventType", "Updated", {"triggerReason": "RemoteStop"}),
    breaks="F03.FR.03",
)
mutant("stops_any_transaction", accept_reply("RequestStopTransaction", {"status": "Accepted"}), breaks="F03.FR.08")
mutant("meters_without_context", change("MeterValues", "meterValue.0.sampledValue.0.context", None), breaks="F06.FR.06")
mutant("meters_another_evse", change("MeterValues", "evseId", 2), breaks="F06.FR.06")
mutant("meters_the_first_evse_alone", drop("MeterValues", {"evseId": 2}), breaks="F06.FR.11")
mutant(
    "tells_no_state_when_triggered",
    change("TransactionEvent", "transactionInfo.chargingState", None, TRIGGERED),
    breaks="F06.FR.07",
)
mutant("tells_no_reading_when_triggered", change("TransactionEvent", "meterValue", None, TRIGGERED), breaks="F06.FR.07")
mutant(
    "tells_of_one_transaction_alone",
    once("TransactionEvent", TRIGGERED, change("TransactionEvent", "triggerReason", "MeterValuePeriodic", TRIGGERED)),
    breaks="F06.FR.11",
)
mutant("tells_of_an_old_log", change("LogStatusNotification", "status", "Uploaded"), breaks="F06.FR.15")
mutant(
    "idles_while_it_uploads",
    once(
        "LogStatusNotification",
        {"status": "Uploading"},
        change("LogStatusNotification", "status", "Idle", {"status": "Uploading"}),
    ),
    breaks="F06.FR.14",
)
mutant(
    "idles_while_it_downloads",
    once(
        "FirmwareStatusNotification",
        {"status": "Downloading"},
        change("FirmwareStatusNotification", "status", "Idle", {"status": "Downloading"}),
    ),
    breaks="L01.FR.26",
)
mutant("tells_of_old_firmware", change("FirmwareStatusNotification", "status", "Installed"), breaks="F06.FR.16")
mutant(
    "knows_no_firmware_of_an_evse",
    fail_reply("TriggerMessage", {"evse": PRESENT}, "PropertyConstraintViolation"),
    breaks="F06.FR.03",
)
mutant("no_heartbeat", drop("Heartbeat"), breaks="F06.FR.10")
mutant("refuses_triggers", accept_reply("TriggerMessage", {"status": "Rejected"}), breaks="F06.FR.05")
mutant(
    "tells_what_was_before",
    once(
        "StatusNotification",
        {"connectorStatus": "Occupied"},
        change("StatusNotification", "connectorStatus", "Available"),
    ),
    breaks="F06.FR.09",
)
mutant("boots_again_when_triggered", accept_reply("TriggerMessage", {"status": "Accepted"}), breaks="F06.FR.17")
mutant("accepts_any_trigger", accept_reply("TriggerMessage", {"status": "Accepted"}), breaks="F06.FR.08")
