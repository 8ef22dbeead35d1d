"""Faulty 2.0.1 stations: the master pass."""

from __future__ import annotations

from conformance.mutants import change, drop, mishear, mutant, once, say
from conformance.mutants.station201.cache import of_variable
from conformance.vocabulary import Tokens

_ENDED = {"eventType": "Ended"}
_MASTER = Tokens().master
_ELSEWHERE = {
    "eventType": "Updated",
    "timestamp": "2026-01-01T00:00:00Z",
    "triggerReason": "StopAuthorized",
    "seqNo": 9,
    "transactionInfo": {"transactionId": "mutant", "chargingState": "EVConnected"},
}

mutant(
    "stops_by_master_as_by_a_driver",
    change("TransactionEvent", "transactionInfo.stoppedReason", "Local", _ENDED),
    breaks="C16.FR.07",
)
mutant(
    "stops_one_of_all",
    once("TransactionEvent", _ENDED, drop("TransactionEvent")),
    breaks="C16.FR.01 C16.FR.02",
)
mutant(
    "stops_more_than_the_chosen",
    say(
        "TransactionEvent",
        _ELSEWHERE,
        after="Authorize",
        where={"idTokenInfo.groupIdToken.idToken": _MASTER.group},
        by_s=10,
    ),
    breaks="C16.FR.01",
)
mutant(
    "starts_for_masters",
    mishear("SetVariables", "setVariableData.0.attributeValue", "X", of_variable("AuthCtrlr", "MasterPassGroupId")),
    breaks="C16.FR.03",
)
mutant(
    "hides_the_master",
    change("TransactionEvent", "idToken", None, {"idToken.idToken": _MASTER.id}),
    breaks="C16.FR.03",
)
