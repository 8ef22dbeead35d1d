"""Faulty 2.0.1 CSMSs: contract certificates."""

from __future__ import annotations

from conformance.mutants import accept_reply, change_reply, mishear, mutant

_ACCEPTED = {"idTokenInfo": {"status": "Accepted"}, "certificateStatus": "Accepted"}

mutant("says_nothing_of_the_contract", change_reply("Authorize", "certificateStatus", None), breaks="C07.FR.14")
mutant(
    "refuses_contracts",
    accept_reply("Authorize", {"idTokenInfo": {"status": "Invalid"}, "certificateStatus": "CertChainError"}),
    breaks="C07.FR.04",
)
mutant("takes_revoked_contracts", accept_reply("Authorize", _ACCEPTED), breaks="C07.FR.16")
mutant(
    "asks_no_responder",
    mishear("Authorize", "iso15118CertificateHashData", None),
    mishear("Authorize", "certificate", None),
    accept_reply("Authorize", _ACCEPTED),
    breaks="C07.FR.05",
)
mutant(
    "asks_about_the_contract_alone",
    mishear("Authorize", "iso15118CertificateHashData", lambda chain: chain[:1]),
    breaks="C07.FR.05",
)
