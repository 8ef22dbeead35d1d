"""Faulty 2.0.1 stations: tariff and cost."""

from __future__ import annotations

from conformance.mutants import change, drop, mutant, once, refuse_reply

PERIODIC = {"triggerReason": "MeterValuePeriodic"}

mutant("takes_no_costs", refuse_reply("CostUpdated"), breaks="I02.FR.02")
mutant("authorizes_another_token", change("Authorize", "idToken.idToken", "ANOTHER"), breaks="C01.FR.02")
mutant(
    "falls_silent_after_a_cost",
    once("TransactionEvent", PERIODIC, drop("TransactionEvent", PERIODIC)),
    breaks="J02.FR.11",
)
mutant(
    "never_ends_transactions",
    change("TransactionEvent", "eventType", "Updated", {"eventType": "Ended"}),
    breaks="I03.FR.01",
)
