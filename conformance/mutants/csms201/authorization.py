"""Faulty 2.0.1 CSMSs: authorization."""

from __future__ import annotations

from conformance.mutants import (
    accept_reply,
    change_reply,
    drop,
    mutant,
)

ACCEPTED = {"idTokenInfo": {"status": "Accepted"}}

mutant("accepts_any_token", accept_reply("Authorize", ACCEPTED))
mutant("charges_any_token", change_reply("TransactionEvent", "idTokenInfo.status", "Accepted"))
mutant("clears_nothing", drop("ClearCache"))
