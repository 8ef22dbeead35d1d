"""Faulty 2.0.1 stations: transactions."""

from __future__ import annotations

from conformance.mutants import change, drop, mutant

mutant("hides_the_token", change("TransactionEvent", "idToken", None))
mutant("hides_the_connector", change("TransactionEvent", "evse", None))
mutant("never_charges", drop("TransactionEvent", {"transactionInfo.chargingState": "Charging"}))
mutant("waits_for_ever", drop("TransactionEvent", {"triggerReason": "EVConnectTimeout"}))
mutant(
    "stops_for_another_reason",
    change("TransactionEvent", "transactionInfo.stoppedReason", "Other", {"eventType": "Ended"}),
)
mutant(
    "ends_locally_when_told_from_afar",
    change("TransactionEvent", "transactionInfo.stoppedReason", "Local", {"eventType": "Ended"}),
)
mutant(
    "stops_by_another_token",
    change("TransactionEvent", "idToken.idToken", "ANOTHER", {"triggerReason": "StopAuthorized"}),
)
mutant("leaves_the_transaction_open", change("TransactionEvent", "eventType", "Updated", {"eventType": "Ended"}))
