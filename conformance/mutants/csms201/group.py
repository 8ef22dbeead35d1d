"""Faulty 2.0.1 CSMSs: groups and the master pass."""

from __future__ import annotations

from conformance.mutants import accept_reply, change_reply, mutant
from conformance.vocabulary import Tokens

_STATUS = "idTokenInfo.status"
_GROUP = "idTokenInfo.groupIdToken"
_OF_GROUP = {"idTokenInfo.groupIdToken.idToken": Tokens().valid.group}
_REFUSED = {"idTokenInfo": {"status": "Invalid", "groupIdToken": Tokens().mate.group_payload}}
_MASTERS = {"idTokenInfo.groupIdToken.idToken": Tokens().master.group}

mutant("hides_the_group_when_asked", change_reply("Authorize", _GROUP, None, _OF_GROUP), breaks="C09.FR.09")
mutant("hides_the_group_in_transactions", change_reply("TransactionEvent", _GROUP, None, _OF_GROUP), breaks="C09.FR.12")
mutant(
    "strangers_stop_nothing",
    accept_reply("TransactionEvent", _REFUSED, {"idToken.idToken": Tokens().mate.id}),
    breaks="C09.FR.03",
)
mutant("knows_no_masters", change_reply("Authorize", _GROUP, None, _MASTERS), breaks="C16.FR.01 C16.FR.02")
mutant(
    "knows_no_masters_in_transactions",
    change_reply("TransactionEvent", _STATUS, "Invalid", _MASTERS),
    breaks="C16.FR.01 C16.FR.02",
)
