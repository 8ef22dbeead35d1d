"""Faulty 2.0.1 CSMSs, one line or two each."""

from __future__ import annotations

from conformance.mutants import (
    accept_reply,
    change,
    change_reply,
    drop,
    fail_reply,
    mutant,
    refuse_reply,
    silent,
)
from conformance.vocabulary import one_of

ACCEPTED = {"idTokenInfo": {"status": "Accepted"}}

# blocks A, B, D, P
mutant("boots_pending", change_reply("BootNotification", "status", "Pending"))
mutant("boots_without_time", change_reply("BootNotification", "currentTime", None))
mutant("any_password_will_do", welcoming=True)
mutant("listens_to_anyone", accept_reply("StatusNotification", {}))
mutant("reads_another_variable", change("GetVariables", "getVariableData.0.variable.name", "HeartbeatInterval"))
mutant("reads_one_at_a_time", change("GetVariables", "getVariableData", lambda items: items[:1]))
mutant("writes_another_value", change("SetVariables", "setVariableData.0.attributeValue", "321"))
mutant("writes_one_at_a_time", change("SetVariables", "setVariableData", lambda items: items[:1]))
mutant("resets_at_once", change("Reset", "type", "Immediate"))
mutant("resets_some_time", change("Reset", "type", "OnIdle"))
mutant("welcomes_any_vendor", accept_reply("DataTransfer", {"status": "Accepted"}))
mutant("chokes_on_custom_data", refuse_reply("TransactionEvent", "FormatViolation"))
mutant("sends_no_list", change("SendLocalList", "localAuthorizationList", None))
mutant("asks_no_version", drop("GetLocalListVersion"))

# blocks C and E
mutant("accepts_any_token", accept_reply("Authorize", ACCEPTED))
mutant("charges_any_token", change_reply("TransactionEvent", "idTokenInfo.status", "Accepted"))
mutant("refuses_valid_tokens", change_reply("Authorize", "idTokenInfo.status", "Invalid"))
mutant("says_nothing_of_the_token", change_reply("TransactionEvent", "idTokenInfo", None))
mutant("clears_nothing", drop("ClearCache"))
mutant("chokes_on_a_start", fail_reply("TransactionEvent", {"eventType": "Started"}))
UPDATES = one_of("EVConnectTimeout", "MeterValueClock", "MeterValuePeriodic")
mutant("chokes_on_an_update", fail_reply("TransactionEvent", {"triggerReason": UPDATES}))
mutant("chokes_on_an_end", fail_reply("TransactionEvent", {"eventType": "Ended"}))
mutant("stops_another_transaction", change("RequestStopTransaction", "transactionId", "another"))

# blocks F, G, J
mutant("starts_with_another_token", change("RequestStartTransaction", "idToken.idToken", "ANOTHER"))
mutant("never_starts", drop("RequestStartTransaction"))
mutant("unlocks_another_connector", change("UnlockConnector", "connectorId", 2))
mutant("triggers_something_else", change("TriggerMessage", "requestedMessage", "LogStatusNotification"))
mutant("deaf_after_a_refusal", silent("Heartbeat"))
mutant("means_the_whole_station", change("ChangeAvailability", "evse", None))
mutant("never_operative_again", change("ChangeAvailability", "operationalStatus", "Inoperative"))
mutant("means_one_evse", change("ChangeAvailability", "evse", {"id": 1}))
mutant("chokes_on_events", refuse_reply("NotifyEvent", "InternalError"))
mutant("chokes_on_meter_values", refuse_reply("MeterValues", "InternalError"))
