"""Faulty 2.0.1 stations: authorization cache."""

from __future__ import annotations

from conformance.mutants import change, change_reply, drop, mishear, mishear_reply, mutant, once, unbidden
from conformance.vocabulary import Tokens

_VALUE = "setVariableData.0.attributeValue"


def of_variable(component: str, variable: str, value: str = "") -> dict[str, str]:
    """SetVariables for this variable, and this value if it is given."""
    named = {"setVariableData.0.component.name": component, "setVariableData.0.variable.name": variable}
    return named | ({_VALUE: value} if value else {})


_ENDED = {"eventType": "Ended"}
_ACCEPTED = {"idTokenInfo.status": "Accepted"}
_KNOWN = {"idToken": Tokens().valid.payload, "idTokenInfo": {"status": "Accepted"}}
_FINAL = of_variable("AuthCacheCtrlr", "DisablePostAuthorize")

mutant(
    "asks_about_those_it_knows",
    mishear("SetVariables", _VALUE, "false", of_variable("AuthCtrlr", "LocalPreAuthorize", "true")),
    breaks="C12.FR.02",
)
mutant(
    "leaves_those_it_knows_without_energy",
    once("TransactionEvent", _ENDED, drop("TransactionEvent", {"transactionInfo.chargingState": "Charging"})),
    breaks="C12.FR.04",
)
mutant(
    "trusts_what_it_knows_to_be_refused",
    mishear("SetVariables", _VALUE, "true", _FINAL),
    breaks="C10.FR.03 C12.FR.05",
)
mutant(
    "calls_known_cards_remote_starts",
    change("TransactionEvent", "triggerReason", "RemoteStart", {"triggerReason": "Authorized"}),
    breaks="C12.FR.02",
)
mutant(
    "refuses_for_ever",
    mishear_reply("Authorize", "idTokenInfo.status", "Invalid", _ACCEPTED),
    breaks="C12.FR.05",
)
mutant(
    "forgets_its_cache_at_boot",
    unbidden("ClearCache", {}, after="BootNotification", where={"status": "Accepted"}),
    breaks="C10.FR.02",
)
mutant("learns_nothing", unbidden("ClearCache", {}, after="TransactionEvent"), breaks="C10.FR.04")
mutant(
    "learns_nothing_in_transactions",
    once("TransactionEvent", {"triggerReason": "Deauthorized"}, drop("Authorize")),
    breaks="C10.FR.05",
)
mutant(
    "always_uses_its_cache",
    mishear("SetVariables", _VALUE, "true", of_variable("AuthCtrlr", "LocalPreAuthorize", "false")),
    breaks="C10.FR.11",
)
mutant("refuses_to_forget", change_reply("ClearCache", "status", "Rejected"), breaks="C11.FR.03")
mutant(
    "says_that_it_forgot",
    unbidden(
        "SendLocalList",
        {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": [_KNOWN]},
        after="ClearCache",
    ),
    breaks="C11.FR.01",
)
mutant(
    "forgets_what_it_does_not_use",
    mishear("SetVariables", _VALUE, "true", of_variable("AuthCacheCtrlr", "Enabled", "false")),
    breaks="C11.FR.04",
)
mutant(
    "never_forgets", mishear("SetVariables", _VALUE, "0", of_variable("AuthCacheCtrlr", "LifeTime")), breaks="C10.FR.08"
)
mutant("always_asks_again", mishear("SetVariables", _VALUE, "false", _FINAL), breaks="C10.FR.03 C12.FR.05")
