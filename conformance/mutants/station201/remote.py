"""Faulty 2.0.1 stations: remote."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, drop, mutant

mutant("forgets_remote_start_id", change("TransactionEvent", "transactionInfo.remoteStartId", None))
mutant("starts_without_asking", drop("Authorize"))
mutant("refuses_remote_start", accept_reply("RequestStartTransaction", {"status": "Rejected"}))
mutant("unlocks_always", accept_reply("UnlockConnector", {"status": "Unlocked"}))
mutant("never_unlocks", accept_reply("UnlockConnector", {"status": "UnlockFailed"}))
mutant("refuses_remote_stop", accept_reply("RequestStopTransaction", {"status": "Rejected"}))
mutant("stops_any_transaction", accept_reply("RequestStopTransaction", {"status": "Accepted"}))
mutant("meters_without_context", change("MeterValues", "meterValue.0.sampledValue.0.context", None))
mutant("no_heartbeat", drop("Heartbeat"))
mutant("refuses_triggers", accept_reply("TriggerMessage", {"status": "Rejected"}))
mutant("boots_again_when_triggered", accept_reply("TriggerMessage", {"status": "Accepted"}))
mutant("accepts_any_trigger", accept_reply("TriggerMessage", {"status": "Accepted"}))
