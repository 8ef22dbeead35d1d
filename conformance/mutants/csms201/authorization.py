"""Faulty 2.0.1 CSMSs: authorization."""

from __future__ import annotations

from conformance.mutants import (
    accept_reply,
    change_reply,
    drop,
    mutant,
)

ACCEPTED = {"idTokenInfo": {"status": "Accepted"}}

mutant("accepts_any_token", accept_reply("Authorize", ACCEPTED), breaks="C01.FR.07")
mutant("charges_any_token", change_reply("TransactionEvent", "idTokenInfo.status", "Accepted"), breaks="C12.FR.03")
mutant("clears_nothing", drop("ClearCache"), breaks="C11.FR.01")
mutant(
    "refuses_cached_tokens",
    change_reply("TransactionEvent", "idTokenInfo.status", "Invalid"),
    breaks="C12.FR.03",
)
