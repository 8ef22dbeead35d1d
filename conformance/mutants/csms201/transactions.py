"""Faulty 2.0.1 CSMSs: transactions."""

from __future__ import annotations

from conformance.mutants import Later, Passing, change, change_reply, drop, fail_reply, mutant


def _numbers_only_rise(passing: Passing) -> Later | None:
    """Choke on a transaction that counts from 0 again, after another one that did."""
    if passing.is_call or passing.action != "TransactionEvent" or passing.request.get("eventType") != "Started":
        return None
    if not passing.spoiler.memory.get("counted"):
        passing.spoiler.memory["counted"] = True
        return None
    return fail_reply("TransactionEvent", {"seqNo": 0})(passing)


mutant(
    "chokes_on_a_start",
    fail_reply("TransactionEvent", {"eventType": "Started"}),
    breaks="E01.FR.01 E01.FR.02 E01.FR.12 E02.FR.02",
)
mutant("chokes_on_a_number_again", _numbers_only_rise, breaks="E01.FR.07")
mutant(
    "chokes_on_the_end",
    fail_reply("TransactionEvent", {"eventType": "Ended"}),
    breaks="E03.FR.05 E06.FR.01 E06.FR.02 E06.FR.03 E06.FR.04 E06.FR.06 E06.FR.07",
)
mutant(
    "chokes_on_a_waiting_ev",
    fail_reply("TransactionEvent", {"transactionInfo.chargingState": "SuspendedEV"}),
    breaks="E01.FR.19",
)
mutant(
    "chokes_on_a_cable",
    fail_reply("TransactionEvent", {"triggerReason": "CablePluggedIn"}),
    breaks="E01.FR.02 E10.FR.01",
)
mutant(
    "chokes_on_a_pulled_cable",
    fail_reply("TransactionEvent", {"triggerReason": "EVCommunicationLost"}),
    breaks="E06.FR.02 E06.FR.04 E10.FR.01",
)
mutant("stops_another_transaction", change("RequestStopTransaction", "transactionId", "another"), breaks="F03.FR.01")
mutant(
    "takes_any_token",
    change_reply("TransactionEvent", "idTokenInfo.status", "Accepted"),
    breaks="E01.FR.11 E01.FR.12",
)
mutant(
    "asks_about_another_transaction",
    change("GetTransactionStatus", "transactionId", "another"),
    breaks="E14.FR.02 E14.FR.03 E14.FR.06",
)
mutant(
    "asks_about_all_transactions",
    change("GetTransactionStatus", "transactionId", None),
    breaks="E14.FR.02 E14.FR.03",
)
mutant(
    "asks_about_no_transaction",
    drop("GetTransactionStatus"),
    breaks="E14.FR.02 E14.FR.03 E14.FR.06",
)
mutant(
    "chokes_on_what_was_queued",
    fail_reply("TransactionEvent", {"offline": True}),
    breaks="E14.FR.04 E14.FR.07",
)
mutant(
    "chokes_on_a_second_cable",
    fail_reply("TransactionEvent", {"triggerReason": "CablePluggedIn", "eventType": "Updated"}),
    breaks="E10.FR.01",
)
