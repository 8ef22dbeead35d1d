"""Faulty 2.0.1 CSMSs: what several blocks would notice."""

from __future__ import annotations

from conformance.mutants import change_reply, mutant

mutant("boots_pending", change_reply("BootNotification", "status", "Pending"), breaks="B01.FR.02 1.6:4.2")
mutant("refuses_valid_tokens", change_reply("Authorize", "idTokenInfo.status", "Invalid"), breaks="C01.FR.07")
mutant(
    "says_nothing_of_the_token",
    change_reply("TransactionEvent", "idTokenInfo", None),
    breaks="E01.FR.12 E02.FR.02 E03.FR.02",
)
