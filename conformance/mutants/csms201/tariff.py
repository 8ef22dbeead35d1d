"""Faulty 2.0.1 CSMSs: tariff and cost."""

from __future__ import annotations

from conformance.mutants import change_reply, drop, mutant

mutant(
    "tells_no_running_cost",
    change_reply("TransactionEvent", "totalCost", None),
    drop("CostUpdated"),
    breaks="I02.FR.01",
)
mutant("tells_no_total_cost", change_reply("TransactionEvent", "totalCost", None), breaks="I03.FR.02")
