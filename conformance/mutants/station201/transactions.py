"""Faulty 2.0.1 stations: transactions."""

from __future__ import annotations

from conformance.mutants import change, drop, mishear, mutant

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
    breaks="E03.FR.05 E06.FR.04",
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
    "stops_by_another_token",
    change("TransactionEvent", "idToken.idToken", "ANOTHER", {"triggerReason": "StopAuthorized"}),
    breaks="E07.FR.02",
)
mutant(
    "leaves_the_transaction_open",
    change("TransactionEvent", "eventType", "Updated", ENDED),
    breaks="E06.FR.01 E06.FR.02 E06.FR.03 E06.FR.06 E06.FR.07",
)
