"""Faulty 1.6 charge points: starting up, sessions, configuration, meter values."""

from __future__ import annotations

from datetime import datetime, timedelta

from conformance.mutants import (
    accept_reply,
    change,
    change_reply,
    delay,
    drop,
    mishear,
    mutant,
    once,
    refuse_reply,
    say,
)
from conformance.vocabulary import PRESENT, one_of

BOOT = {"chargePointModel": "M", "chargePointVendor": "V"}
REJECTED, PENDING = {"status": "Rejected"}, {"status": "Pending"}
ACCEPTED = {"status": "Accepted"}
STATUS = "StatusNotification"
_CHARGING = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
_START = {"connectorId": 1, "idTag": "X", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}

mutant(
    "impatient_16",
    say("BootNotification", BOOT, after="BootNotification", where=REJECTED, by_s=10),
    breaks="1.6:4.2",
)
mutant(
    "hasty_while_pending_16",
    say("BootNotification", BOOT, after="BootNotification", where=PENDING, by_s=10),
    breaks="1.6:4.2",
)
mutant("chatty_while_pending_16", say("Heartbeat", {}, after="BootNotification", where=PENDING), breaks="1.6:4.2")
mutant("no_heartbeat_16", drop("Heartbeat"), breaks="1.6:4.6")
mutant("deaf_while_pending_16", refuse_reply("ChangeConfiguration", "SecurityError"), breaks="1.6:4.2")
mutant("asks_nobody_16", drop("Authorize"), breaks="1.6:4.1")
mutant("never_charging_16", drop(STATUS, {"status": "Charging"}), breaks="1.6:4.9")
mutant("starts_another_tag_16", change("StartTransaction", "idTag", "ANOTHER"), breaks="1.6:4.8 1.6:5.11")
mutant("never_preparing_16", drop(STATUS, {"status": "Preparing"}), breaks="1.6:4.9")
mutant(
    "waits_for_ever_16",
    once(STATUS, {"status": "Preparing"}, drop(STATUS, {"status": "Available"})),
    breaks="1.6:4.9 1.6:9.1.6",
)
mutant(
    "charges_anyone_16",
    say("StartTransaction", _START, after="Authorize", where={"idTagInfo.status": one_of("Invalid")}, by_s=5),
    breaks="1.6:4.1",
)


mutant(
    "stops_for_another_reason_16",
    change("StopTransaction", "reason", "Other"),
    breaks="1.6:4.10 1.6:5.14 1.6:7.36",
)
mutant("stops_by_another_tag_16", change("StopTransaction", "idTag", "ANOTHER"), breaks="1.6:4.10")
mutant("never_finishing_16", drop(STATUS, {"status": "Finishing"}), breaks="1.6:4.9")
mutant("meter_runs_backwards_16", change("StopTransaction", "meterStop", 0), breaks="1.6:4.10")
mutant("heeds_no_parents_16", drop("StopTransaction"), breaks="1.6:3.10")
mutant("overlooks_a_pulled_cable_16", drop("StopTransaction"), breaks="1.6:9.1.23")
mutant(
    "keeps_the_connector_16",
    once(STATUS, {"status": "Charging"}, drop(STATUS, {"status": "Available"})),
    breaks="1.6:9.1.33",
)
mutant("never_suspended_16", drop(STATUS, {"status": "SuspendedEV"}), breaks="1.6:4.9 1.6:9.1.23")


mutant("refuses_remote_start_16", accept_reply("RemoteStartTransaction", REJECTED), breaks="1.6:5.11")
mutant("refuses_remote_stop_16", accept_reply("RemoteStopTransaction", REJECTED), breaks="1.6:5.12")
mutant("starts_anywhere_16", accept_reply("RemoteStartTransaction", ACCEPTED), breaks="1.6:5.11")
mutant(
    "starts_at_connector_0_16", accept_reply("RemoteStartTransaction", ACCEPTED, {"connectorId": 0}), breaks="1.6:6.33"
)
mutant(
    "starts_with_any_profile_16",
    accept_reply("RemoteStartTransaction", ACCEPTED, {"chargingProfile": PRESENT}),
    breaks="1.6:5.16.2",
)
mutant("stops_any_transaction_16", accept_reply("RemoteStopTransaction", ACCEPTED), breaks="1.6:5.12")
mutant("accepts_any_trigger_16", accept_reply("TriggerMessage", ACCEPTED), breaks="1.6:5.17")
mutant("sends_no_heartbeat_when_told_16", drop("Heartbeat"), breaks="1.6:5.17")
mutant(
    "triggered_without_context_16",
    change("MeterValues", "meterValue.0.sampledValue.0.context", None),
    breaks="1.6:5.17 1.6:7.35",
)
mutant("accepts_any_vendor_16", accept_reply("DataTransfer", ACCEPTED), breaks="1.6:5.6")


mutant("says_it_is_set_16", change_reply("GetConfiguration", "configurationKey.0.value", "60000"), breaks="1.6:5.8")
mutant(
    "forgets_keys_16",
    change_reply("GetConfiguration", "configurationKey", lambda keys: keys[:5]),
    breaks="1.6:9.1",
)
mutant("knows_no_keys_16", change_reply("GetConfiguration", "configurationKey", []), breaks="1.6:5.8")
mutant(
    "claims_no_core_16",
    change_reply("GetConfiguration", "configurationKey.0.value", "Reservation"),
    breaks="1.6:9.1.29",
)
mutant(
    "lets_change_what_is_fixed_16",
    change_reply("GetConfiguration", "configurationKey", lambda keys: [{**each, "readonly": False} for each in keys]),
    breaks="1.6:9.1",
)
mutant("sets_something_else_16", mishear("ChangeConfiguration", "value", "60000"), breaks="1.6:5.3")
mutant("changes_anything_16", accept_reply("ChangeConfiguration", ACCEPTED), breaks="1.6:5.3")


def _a_second_late(stamp: str) -> str:
    return (datetime.fromisoformat(stamp) + timedelta(seconds=1)).isoformat()


STAMP, VALUES = "meterValue.0.timestamp", "meterValue.0.sampledValue"
mutant("samples_late_16", change("MeterValues", STAMP, "2026-03-02T08:00:00Z"), breaks="1.6:3.16 1.6:4.7")
mutant("samples_of_no_transaction_16", change("MeterValues", "transactionId", None), breaks="1.6:4.7")
mutant(
    "samples_between_16",
    change("MeterValues", STAMP, _a_second_late),
    breaks="1.6:3.16 1.6:9.1.5",
)
mutant("aligned_without_context_16", change("MeterValues", f"{VALUES}.0.context", None), breaks="1.6:4.7")
mutant(
    "leaves_measurands_out_16",
    change("MeterValues", VALUES, lambda values: [{**values[0], "measurand": "Voltage"}]),
    breaks="1.6:9.1.15",
)


mutant(
    "asks_although_it_knows_16",
    mishear("ChangeConfiguration", "value", "false", {"key": "LocalPreAuthorize"}),
    change_reply("GetConfiguration", "configurationKey.0.value", "true"),
    breaks="1.6:3.5 1.6:9.1.13",
)
mutant(
    "asks_although_it_knows_whom_16",
    say("Authorize", {"idTag": "VALID-0001"}, after="RemoteStartTransaction"),
    breaks="1.6:3.5 1.6:5.11 1.6:9.1.13",
)
mutant("refuses_to_forget_16", accept_reply("ClearCache", REJECTED), breaks="1.6:5.4")
mutant("never_forgets_16", once("Authorize", {}, drop("Authorize")), breaks="1.6:5.4")
mutant(
    "has_a_version_anyway_16",
    accept_reply("GetLocalListVersion", {"listVersion": 0}),
    breaks="1.6:5.10",
)
mutant("counts_an_empty_list_16", accept_reply("GetLocalListVersion", {"listVersion": 1}), breaks="1.6:5.10")
mutant("takes_any_list_16", accept_reply("SendLocalList", ACCEPTED), breaks="1.6:5.15 1.6:9.2.3")
mutant("refuses_lists_16", accept_reply("SendLocalList", {"status": "Failed"}), breaks="1.6:5.15")
mutant("forgets_the_version_16", accept_reply("GetLocalListVersion", {"listVersion": 0}), breaks="1.6:5.10")


mutant(
    "forgets_unavailable_16",
    once(STATUS, {"connectorId": 1, "status": "Unavailable"}, change(STATUS, "status", "Available")),
    breaks="1.6:5.2 1.6:5.14",
)
mutant("never_reboots_16", once("BootNotification", {}, drop("BootNotification")), breaks="1.6:5.14")
mutant("stops_after_the_reset_16", delay("StopTransaction", 120.0), breaks="1.6:5.14")
mutant("never_unlocks_16", accept_reply("UnlockConnector", {"status": "UnlockFailed"}), breaks="1.6:5.18 1.6:7.46")
mutant("unlocks_anything_16", accept_reply("UnlockConnector", {"status": "Unlocked"}), breaks="1.6:5.18 1.6:7.46")
mutant("hides_a_lock_failure_16", change(STATUS, "errorCode", "OtherError", {"status": "Faulted"}), breaks="1.6:7.6")
mutant("starts_unlocked_16", say("StartTransaction", _START, after="RemoteStartTransaction", by_s=8), breaks="1.6:7.7")
mutant(
    "charges_unlocked_16",
    say(STATUS, _CHARGING, after="RemoteStartTransaction", by_s=8),
    breaks="1.6:7.7",
)
mutant("hides_faults_16", drop(STATUS, {"status": "Faulted"}), breaks="1.6:4.9")
mutant(
    "charges_though_broken_16",
    say("StartTransaction", _START, after="Authorize", by_s=5),
    breaks="1.6:7.7",
)
mutant("forgets_the_others_16", once("StartTransaction", {}, drop(STATUS, {"connectorId": 0})), breaks="1.6:4.9")
mutant("stops_after_the_boot_16", drop("StopTransaction"), breaks="1.6:4.10")
mutant("forgets_what_ran_16", once("BootNotification", {}, drop("StopTransaction")), breaks="1.6:4.10")
