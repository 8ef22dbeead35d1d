"""Faulty 2.0.1 stations: authorization by the local list."""

from __future__ import annotations

from conformance.mutants import mishear, mishear_reply, mutant
from conformance.mutants.station201.cache import of_variable

_VALUE = "setVariableData.0.attributeValue"
_FINAL = of_variable("LocalAuthListCtrlr", "DisablePostAuthorize")

mutant(
    "asks_about_those_it_lists",
    mishear("SetVariables", _VALUE, "false", of_variable("AuthCtrlr", "LocalPreAuthorize", "true")),
    breaks="C14.FR.02",
)
mutant("trusts_what_its_list_refuses", mishear("SetVariables", _VALUE, "true", _FINAL), breaks="C14.FR.03")
mutant(
    "heeds_its_list_alone",
    mishear_reply("Authorize", "idTokenInfo.status", "Invalid", {"idTokenInfo.status": "Accepted"}),
    breaks="C14.FR.03",
)
mutant("always_asks_about_those_its_list_refuses", mishear("SetVariables", _VALUE, "false", _FINAL), breaks="C14.FR.03")
