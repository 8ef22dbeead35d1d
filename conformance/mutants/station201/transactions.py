"""Faulty 2.0.1 stations: transactions."""

from __future__ import annotations

from conformance.mutants import change, change_reply, drop, mishear, mutant, once, say

STARTED, ENDED = {"eventType": "Started"}, {"eventType": "Ended"}
TIMEOUT = {"triggerReason": "EVConnectTimeout"}
SUSPENDED_EV = {"transactionInfo.chargingState": "SuspendedEV"}
ASKS_ANYWAY = mishear(
    "SetVariables",
    "setVariableData.0.attributeValue",
    "false",
    {"setVariableData.0.variable.name": "DisableRemoteAuthorization"},
)

mutant("hides_the_token", change("TransactionEvent", "idToken", None), breaks="E01.FR.10 E02.FR.01 E03.FR.01")
mutant("hides_the_connector", change("TransactionEvent", "evse", None), breaks="E01.FR.16")
mutant(
    "never_charges",
    drop("TransactionEvent", {"transactionInfo.chargingState": "Charging"}),
    breaks="E01.FR.06 E01.FR.18 E02.FR.13",
)
mutant(
    "begins_with_an_update",
    change("TransactionEvent", "eventType", "Updated", STARTED),
    breaks="E01.FR.01 E01.FR.02 E01.FR.03 E01.FR.04 E01.FR.05 E01.FR.06",
)
mutant(
    "begins_for_another_reason",
    change("TransactionEvent", "triggerReason", "ChargingStateChanged", STARTED),
    breaks="E01.FR.15",
)
mutant(
    "begins_without_a_signature",
    change("TransactionEvent", "meterValue.0.sampledValue.0.signedMeterValue", None, STARTED),
    breaks="E01.FR.04 E03.FR.10",
)
mutant("overlooks_the_bay", drop("TransactionEvent", {"triggerReason": "EVDetected"}), breaks="E01.FR.01")
mutant(
    "takes_a_waiting_ev_for_a_charging_one",
    change("TransactionEvent", "transactionInfo.chargingState", "Charging", SUSPENDED_EV),
    breaks="E01.FR.19",
)
mutant("overlooks_a_waiting_ev", drop("TransactionEvent", SUSPENDED_EV), breaks="E01.FR.18")
mutant("waits_for_ever", drop("TransactionEvent", TIMEOUT), breaks="E03.FR.05")
mutant(
    "ends_nothing_at_the_timeout",
    change("TransactionEvent", "eventType", "Updated", TIMEOUT),
    breaks="E03.FR.05 E06.FR.04 E10.FR.02",
)
mutant(
    "gives_up_early",
    mishear(
        "SetVariables",
        "setVariableData.0.attributeValue",
        "5",
        {"setVariableData.0.variable.name": "EVConnectionTimeOut"},
    ),
    breaks="E03.FR.05",
)
mutant("asks_although_it_must_not", ASKS_ANYWAY, breaks="C01.FR.02")
mutant("charges_whom_nobody_knows", ASKS_ANYWAY, drop("Authorize"), breaks="C01.FR.02")
mutant(
    "stops_for_another_reason",
    change("TransactionEvent", "transactionInfo.stoppedReason", "Other", ENDED),
    breaks="E07.FR.05",
)
mutant(
    "ends_locally_when_told_from_afar",
    change("TransactionEvent", "transactionInfo.stoppedReason", "Local", ENDED),
    breaks="F03.FR.03",
)
mutant(
    "stops_from_afar_for_no_reason",
    change("TransactionEvent", "triggerReason", "ChargingStateChanged", {"triggerReason": "RemoteStop"}),
    breaks="E06.FR.15 F03.FR.02",
)
mutant(
    "goes_on_after_the_timeout",
    say(
        "TransactionEvent",
        {
            "eventType": "Updated",
            "timestamp": "2026-01-01T00:00:00Z",
            "triggerReason": "ChargingStateChanged",
            "seqNo": 9,
            "transactionInfo": {"transactionId": "another"},
        },
        after="TransactionEvent",
        by_s=5,
    ),
    breaks="E06.FR.15",
)
mutant(
    "stops_by_another_token",
    change("TransactionEvent", "idToken.idToken", "ANOTHER", {"triggerReason": "StopAuthorized"}),
    breaks="E07.FR.02",
)
mutant(
    "leaves_the_transaction_open",
    change("TransactionEvent", "eventType", "Updated", ENDED),
    breaks="E06.FR.01 E06.FR.02 E06.FR.03 E06.FR.04 E06.FR.06 E06.FR.07 E15.FR.04",
)
STOP, UNPLUGGED = {"triggerReason": "StopAuthorized"}, {"triggerReason": "EVCommunicationLost"}

mutant(
    "stops_for_no_reason",
    change("TransactionEvent", "triggerReason", "ChargingStateChanged", STOP),
    breaks="E06.FR.15 E07.FR.02 E15.FR.04",
)
mutant(
    "ends_for_no_reason",
    change("TransactionEvent", "transactionInfo.stoppedReason", None, ENDED),
    breaks="E06.FR.08",
)
mutant(
    "forgets_who_stopped_it",
    change("TransactionEvent", "transactionInfo.stoppedReason", "Other", ENDED),
    breaks="E06.FR.08 E15.FR.04",
)
mutant(
    "asks_before_it_lets_go",
    say("Authorize", {"idToken": {"idToken": "VALID-0001", "type": "ISO14443"}}, after="TransactionEvent", by_s=15),
    breaks="C01.FR.03",
)
mutant("overlooks_an_empty_bay", drop("TransactionEvent", {"triggerReason": "EVDeparted"}), breaks="E06.FR.01")
mutant(
    "overlooks_a_pulled_cable",
    drop("TransactionEvent", UNPLUGGED),
    breaks="E06.FR.02 E06.FR.04 E06.FR.06 E09.FR.01 E10.FR.01",
)
mutant(
    "keeps_the_cable",
    once("TransactionEvent", SUSPENDED_EV, drop("StatusNotification", {"connectorStatus": "Available"})),
    breaks="E09.FR.02 E09.FR.03",
)
mutant(
    "ends_with_the_cable",
    change("TransactionEvent", "eventType", "Ended", UNPLUGGED),
    breaks="E10.FR.01 E10.FR.02",
)
mutant(
    "takes_the_cable_back_for_no_reason",
    once(
        "TransactionEvent",
        UNPLUGGED,
        change("TransactionEvent", "triggerReason", "ChargingStateChanged", {"triggerReason": "CablePluggedIn"}),
    ),
    breaks="E02.FR.17",
)
mutant(
    "never_charges_again",
    once(
        "TransactionEvent",
        UNPLUGGED,
        drop("TransactionEvent", {"transactionInfo.chargingState": "Charging"}),
    ),
    breaks="E10.FR.03",
)
mutant(
    "waits_for_the_ev_for_ever",
    drop("TransactionEvent", TIMEOUT),
    breaks="E10.FR.02",
)

OFFLINE = {"offline": True}
QUEUED_UPDATE = {**OFFLINE, "eventType": "Updated"}

mutant(
    "runs_for_ever",
    change_reply("GetTransactionStatus", "ongoingIndicator", True),
    breaks="E14.FR.01 E14.FR.03 E14.FR.06",
)
mutant("forgets_what_runs", change_reply("GetTransactionStatus", "ongoingIndicator", False), breaks="E14.FR.02")
mutant(
    "always_has_a_queue",
    change_reply("GetTransactionStatus", "messagesInQueue", True),
    breaks="E14.FR.01 E14.FR.05 E14.FR.08",
)
mutant(
    "hides_its_queue",
    change_reply("GetTransactionStatus", "messagesInQueue", False),
    breaks="E14.FR.04 E14.FR.07",
)
mutant(
    "hides_the_outage",
    change("TransactionEvent", "offline", None, OFFLINE),
    breaks="C15.FR.02 E08.FR.07 E11.FR.02 E12.FR.02",
)
mutant("loses_what_it_measured", drop("TransactionEvent", QUEUED_UPDATE), breaks="E11.FR.01")
mutant("measures_nothing_offline", change("TransactionEvent", "meterValue", None, QUEUED_UPDATE), breaks="E11.FR.03")
mutant("loses_the_beginning", drop("TransactionEvent", {**OFFLINE, **STARTED}), breaks="E12.FR.01")
mutant("loses_the_end", drop("TransactionEvent", {**OFFLINE, **ENDED}), breaks="E08.FR.04 E08.FR.06 E12.FR.01")
mutant(
    "keeps_no_groups",
    mishear("SendLocalList", "localAuthorizationList.0.idTokenInfo.groupIdToken", None),
    breaks="E08.FR.02",
)
mutant(
    "lets_invalid_tokens_charge",
    drop("TransactionEvent", {"triggerReason": "Deauthorized"}),
    breaks="C15.FR.04 E06.FR.04",
)

CHARGING = {"transactionInfo.chargingState": "Charging"}
_VALUE = "setVariableData.0.attributeValue"
_READ = "getVariableResult.0.attributeValue"

mutant("never_tries_again", once("TransactionEvent", CHARGING, drop("TransactionEvent", CHARGING)), breaks="E13.FR.02")
mutant(
    "tries_again_at_once",
    mishear("SetVariables", _VALUE, "1", {"setVariableData.0.variable.name": "MessageAttemptInterval"}),
    change_reply("GetVariables", _READ, "30", {"getVariableResult.0.variable.name": "MessageAttemptInterval"}),
    breaks="E13.FR.03",
)
mutant(
    "tries_for_ever",
    mishear("SetVariables", _VALUE, "99", {"setVariableData.0.variable.name": "MessageAttempts"}),
    change_reply("GetVariables", _READ, "3", {"getVariableResult.0.variable.name": "MessageAttempts"}),
    breaks="E13.FR.04",
)
