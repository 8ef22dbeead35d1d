"""Faulty 1.6 charge points, one line or two each."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, change_reply, drop, mutant, once, refuse_reply, say
from conformance.vocabulary import one_of

BOOT = {"chargePointModel": "M", "chargePointVendor": "V"}
REJECTED = {"status": "Rejected"}

mutant("impatient_16", say("BootNotification", BOOT, after="BootNotification", where=REJECTED, by_s=10))
mutant("no_heartbeat_16", drop("Heartbeat"))
mutant("deaf_while_pending_16", refuse_reply("ChangeConfiguration", "SecurityError"))
mutant("never_charging_16", drop("StatusNotification", {"status": "Charging"}))
mutant("starts_another_tag_16", change("StartTransaction", "idTag", "ANOTHER"))
mutant("never_preparing_16", drop("StatusNotification", {"status": "Preparing"}))
mutant(
    "waits_for_ever_16",
    once(
        "StatusNotification",
        {"status": "Preparing"},
        drop("StatusNotification", {"status": "Available"}),
    ),
)
mutant("refuses_remote_start_16", accept_reply("RemoteStartTransaction", REJECTED))
mutant("stops_for_another_reason_16", change("StopTransaction", "reason", "Other"))
mutant("never_finishing_16", drop("StatusNotification", {"status": "Finishing"}))
mutant(
    "forgets_unavailable_16",
    once(
        "StatusNotification",
        {"status": "Unavailable"},
        change("StatusNotification", "status", "Available"),
    ),
)
mutant("never_reboots_16", once("BootNotification", {}, drop("BootNotification")))
mutant("never_unlocks_16", accept_reply("UnlockConnector", {"status": "UnlockFailed"}))
mutant("unlocks_anything_16", accept_reply("UnlockConnector", {"status": "Unlocked"}))
mutant("says_it_is_set_16", change_reply("GetConfiguration", "configurationKey.0.value", "60000"))
mutant("forgets_keys_16", change_reply("GetConfiguration", "configurationKey", lambda keys: keys[:5]))
mutant("changes_anything_16", accept_reply("ChangeConfiguration", {"status": "Accepted"}))
_START = {"connectorId": 1, "idTag": "X", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
mutant(
    "charges_anyone_16",
    say("StartTransaction", _START, after="Authorize", where={"idTagInfo.status": one_of("Invalid")}, by_s=5),
)
mutant("stops_any_transaction_16", accept_reply("RemoteStopTransaction", {"status": "Accepted"}))
mutant("accepts_any_trigger_16", accept_reply("TriggerMessage", {"status": "Accepted"}))
mutant("triggered_without_context_16", change("MeterValues", "meterValue.0.sampledValue.0.context", None))
mutant("accepts_any_vendor_16", accept_reply("DataTransfer", {"status": "Accepted"}))
mutant("meter_runs_backwards_16", change("StopTransaction", "meterStop", 0))
mutant("samples_late_16", change("MeterValues", "meterValue.0.timestamp", "2026-03-02T08:00:00Z"))
mutant("samples_of_no_transaction_16", change("MeterValues", "transactionId", None))
