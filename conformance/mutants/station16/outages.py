"""Faulty 1.6 charge points: without a link."""

from __future__ import annotations

from conformance.mutants import change, drop, mutant, say

LATE = "2026-03-02T23:00:00Z"
_STOP = {"transactionId": 4711, "meterStop": 9, "timestamp": LATE, "reason": "Other"}

mutant("loses_what_it_measured_16", drop("MeterValues"), breaks="1.6:3.7")
mutant("measures_afterwards_16", change("MeterValues", "meterValue.0.timestamp", LATE), breaks="1.6:3.7 1.6:4.7")
mutant("ends_with_the_link_16", say("StopTransaction", _STOP, after="MeterValues", by_s=5), breaks="1.6:3.5")
mutant("forgets_what_began_offline_16", drop("StartTransaction"), breaks="1.6:3.5 1.6:3.7")
mutant("begins_when_it_is_back_16", change("StartTransaction", "timestamp", LATE), breaks="1.6:3.7 1.6:4.8")
mutant(
    "goes_on_with_strangers_16",
    drop("StatusNotification", {"status": "SuspendedEVSE"}),
    breaks="1.6:3.5.4",
)
mutant("throws_strangers_out_16", say("StopTransaction", _STOP, after="StartTransaction", by_s=5), breaks="1.6:9.1.24")
mutant("keeps_strangers_16", drop("StopTransaction"), breaks="1.6:3.5.4 1.6:9.1.24")
mutant("forgets_what_ended_offline_16", drop("StopTransaction"), breaks="1.6:3.7")
mutant("ends_when_it_is_back_16", change("StopTransaction", "timestamp", LATE), breaks="1.6:3.7 1.6:4.10")
mutant("makes_up_a_transaction_16", change("StopTransaction", "transactionId", 1), breaks="1.6:4.10")
