"""Faulty 2.0.1 stations: what several blocks would notice."""

from __future__ import annotations

from conformance.mutants import change, change_reply, mutant

mutant(
    "reads_anything",
    change_reply("GetVariables", "getVariableResult.0.attributeStatus", "Accepted"),
    breaks="B06.FR.06 B06.FR.07 B06.FR.08",
)
mutant(
    "ends_another_transaction",
    change("TransactionEvent", "transactionInfo.transactionId", "another", {"eventType": "Ended"}),
    breaks="E06.FR.03 F03.FR.03",
)
