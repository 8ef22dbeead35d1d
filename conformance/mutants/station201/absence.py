"""Faulty 2.0.1 stations: authorization while the CSMS is out of reach."""

from __future__ import annotations

from conformance.mutants import change, mishear, mishear_reply, mutant
from conformance.mutants.station201.cache import of_variable
from conformance.vocabulary import PRESENT

_VALUE = "setVariableData.0.attributeValue"

mutant("never_tells_of_its_absence", change("TransactionEvent", "offline", None), breaks="E04.FR.03")
mutant(
    "leaves_no_energy_to_the_invalid",
    mishear("SetVariables", _VALUE, "0", of_variable("TxCtrlr", "MaxEnergyOnInvalidId")),
    breaks="C15.FR.07",
)
mutant(
    "charges_the_invalid_on",
    mishear_reply("TransactionEvent", "idTokenInfo.status", "Accepted", {"idTokenInfo": PRESENT}),
    breaks="C15.FR.03 C15.FR.04",
)
mutant(
    "stops_where_it_should_suspend",
    mishear("SetVariables", _VALUE, "true", of_variable("TxCtrlr", "StopTxOnInvalidId")),
    breaks="C15.FR.06",
)
mutant(
    "heeds_no_list_offline",
    mishear("SendLocalList", "localAuthorizationList", None),
    breaks="C13.FR.02",
)
mutant(
    "charges_whoever_is_listed",
    mishear("SendLocalList", "localAuthorizationList.0.idTokenInfo.status", "Accepted"),
    breaks="C13.FR.02",
)
mutant(
    "heeds_its_cache_before_its_list",
    mishear("SendLocalList", "localAuthorizationList", None),
    breaks="C13.FR.01 C14.FR.01",
)
mutant(
    "charges_no_strangers",
    mishear("SetVariables", _VALUE, "false", of_variable("AuthCtrlr", "OfflineTxForUnknownIdEnabled")),
    breaks="C15.FR.08",
)
mutant(
    "charges_strangers_for_ever",
    mishear_reply("TransactionEvent", "idTokenInfo.status", "Accepted", {"idTokenInfo": PRESENT}),
    breaks="C15.FR.06",
)
