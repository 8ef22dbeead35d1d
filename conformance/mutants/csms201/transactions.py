"""Faulty 2.0.1 CSMSs: transactions."""

from __future__ import annotations

from conformance.mutants import (
    change,
    fail_reply,
    mutant,
)

mutant("chokes_on_a_start", fail_reply("TransactionEvent", {"eventType": "Started"}))
mutant("stops_another_transaction", change("RequestStopTransaction", "transactionId", "another"))
