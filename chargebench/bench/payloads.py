"""What is sent, the same by every candidate."""

from __future__ import annotations

import copy
from typing import Any

SUBPROTOCOL = "ocpp2.0.1"
STAMP = "2025-03-03T10:00:00.000Z"
INTERVAL_S = 300
BOOT: dict[str, Any] = {"chargingStation": {"model": "Bench", "vendorName": "Chargebench"}, "reason": "PowerUp"}
TRANSACTION_ID = "1f1c5f4e-7a51-4f0e-8d6e-2f9f7d3b6a11"

_VALUES = [
    {"value": 12345.6, "context": "Sample.Periodic", "measurand": name, "unitOfMeasure": {"unit": unit}}
    for name, unit in (("Energy.Active.Import.Register", "Wh"), ("Power.Active.Import", "W"))
]


def transaction_event(number: int = 17, transaction_id: str = TRANSACTION_ID) -> dict[str, Any]:
    """A TransactionEvent of about 600 bytes, in the middle of a transaction."""
    return {
        "eventType": "Updated",
        "timestamp": STAMP,
        "triggerReason": "MeterValuePeriodic",
        "seqNo": number,
        "transactionInfo": {"transactionId": transaction_id, "chargingState": "Charging"},
        "meterValue": [{"timestamp": STAMP, "sampledValue": copy.deepcopy(_VALUES)}],
    }


def transaction_start(transaction_id: str) -> dict[str, Any]:
    """The TransactionEvent before all of those."""
    return {
        "eventType": "Started",
        "timestamp": STAMP,
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": transaction_id, "chargingState": "Charging"},
        "evse": {"id": 1, "connectorId": 1},
        "idToken": {"idToken": "BENCH-1", "type": "ISO14443"},
    }
