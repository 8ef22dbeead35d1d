"""Faulty 2.0.1 stations: authorization by group."""

from __future__ import annotations

from conformance.mutants import drop, mishear, mishear_reply, mutant, say
from conformance.vocabulary import PRESENT, Tokens

_GROUP = "idTokenInfo.groupIdToken"
_LISTED = "localAuthorizationList.1.idTokenInfo"
_STRANGER = {"idTokenInfo.status": "Invalid", "idTokenInfo.groupIdToken.idToken": Tokens().valid.group}
_STOPPED = {
    "eventType": "Ended",
    "timestamp": "2026-01-01T00:00:00Z",
    "triggerReason": "StopAuthorized",
    "seqNo": 9,
    "transactionInfo": {"transactionId": "mutant", "chargingState": "EVConnected"},
}

mutant("takes_groups_for_strangers", mishear_reply("Authorize", _GROUP, None, {_GROUP: PRESENT}), breaks="C09.FR.03")
mutant("asks_about_no_mate", drop("Authorize", {"idToken.idToken": Tokens().mate.id}), breaks="C09.FR.05")
mutant("asks_about_no_stranger", drop("Authorize", {"idToken.idToken": Tokens().invalid.id}), breaks="C01.FR.02")
mutant("sees_no_groups_in_its_list", mishear("SendLocalList", f"{_LISTED}.groupIdToken", None), breaks="C09.FR.07")
mutant(
    "caches_no_groups",
    mishear_reply("Authorize", _GROUP, None, {_GROUP: PRESENT}),
    mishear_reply("TransactionEvent", _GROUP, None, {_GROUP: PRESENT}),
    breaks="C09.FR.07",
)
mutant(
    "heeds_the_group_alone",
    mishear_reply("Authorize", "idTokenInfo.status", "Accepted", _STRANGER),
    breaks="C09.FR.11",
)
mutant(
    "heeds_the_group_in_its_list_alone",
    mishear("SendLocalList", f"{_LISTED}.status", "Accepted"),
    breaks="C09.FR.11 C14.FR.03",
)
mutant(
    "heeds_the_group_in_its_cache_alone",
    say("TransactionEvent", _STOPPED, after="Authorize", where=_STRANGER, by_s=2),
    breaks="C09.FR.11",
)
