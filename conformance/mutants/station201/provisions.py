"""Faulty 2.0.1 stations: contract certificates for EVs."""

from __future__ import annotations

from typing import Any

from conformance.mutants import change, drop, mutant, say

RULES = "M01.FR.01 M02.FR.01"
CONTRACT = {"idToken": {"idToken": "DE8AA1A2B3C4D59", "type": "eMAID"}}


def _other(action: Any) -> str:
    return "Update" if action == "Install" else "Install"


mutant("keeps_requests_of_evs", drop("Get15118EVCertificate"), breaks=RULES)
mutant("asks_for_something_else", change("Get15118EVCertificate", "action", _other), breaks=RULES)
mutant(
    "authorizes_without_a_contract",
    say("Authorize", CONTRACT, after="Get15118EVCertificate", where={"status": "Failed"}),
    breaks=RULES,
)
