"""Faulty 2.0.1 stations: contract certificates."""

from __future__ import annotations

from conformance.mutants import change, mishear, mishear_reply, mutant
from conformance.mutants.station201.cache import of_variable

_VALUE = "setVariableData.0.attributeValue"
_OFFLINE = of_variable("ISO15118Ctrlr", "ContractValidationOffline")

mutant("hides_what_ocsp_needs", change("Authorize", "iso15118CertificateHashData", None), breaks="C07.FR.02")
mutant("takes_contracts_for_cards", change("Authorize", "idToken.type", "ISO14443"), breaks="C07.FR.02 C07.FR.06")
mutant(
    "calls_contracts_remote_starts",
    change("TransactionEvent", "triggerReason", "RemoteStart", {"idToken.type": "eMAID"}),
    breaks="E02.FR.17",
)
mutant(
    "swaps_contracts_for_others",
    change("TransactionEvent", "idToken.idToken", "NLANY0000001", {"idToken.type": "eMAID"}),
    breaks="C07.FR.09",
)
mutant("keeps_the_contract_to_itself", change("Authorize", "certificate", None), breaks="C07.FR.06")
mutant(
    "charges_refused_contracts",
    mishear_reply("Authorize", "idTokenInfo.status", "Accepted"),
    mishear_reply("Authorize", "certificateStatus", "Accepted"),
    breaks="C01.FR.01",
)
mutant("trusts_no_contract_offline", mishear("SetVariables", _VALUE, "false", _OFFLINE), breaks="C07.FR.08")
mutant("trusts_contracts_offline", mishear("SetVariables", _VALUE, "true", _OFFLINE), breaks="C07.FR.07")
