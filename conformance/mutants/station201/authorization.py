"""Faulty 2.0.1 stations: authorization."""

from __future__ import annotations

from conformance.mutants import drop, mutant, say
from conformance.vocabulary import other_than

_CHARGES = {
    "eventType": "Started",
    "timestamp": "2026-01-01T00:00:00Z",
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "mutant", "chargingState": "Charging"},
}

mutant(
    "charges_anyone",
    say("TransactionEvent", _CHARGES, after="Authorize", where={"idTokenInfo.status": other_than("Accepted")}),
    breaks="C01.FR.01",
)
mutant("asks_nobody", drop("Authorize"), breaks="C01.FR.02")
mutant(
    "stopped_by_anyone",
    say(
        "TransactionEvent",
        _CHARGES
        | {"eventType": "Ended", "triggerReason": "StopAuthorized", "idToken": {"idToken": "X", "type": "ISO14443"}},
        after="Authorize",
        by_s=2,
    ),
    breaks="C01.FR.03",
)
mutant(
    "tells_of_refused_tokens",
    say(
        "TransactionEvent",
        {**_CHARGES, "triggerReason": "Deauthorized", "transactionInfo": {"transactionId": "mutant"}},
        after="Authorize",
        where={"idTokenInfo.status": other_than("Accepted")},
    ),
    breaks="C01.FR.02",
)
