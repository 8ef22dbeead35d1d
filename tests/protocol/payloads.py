"""Payloads for tests: hand-written ones for the common actions, and the smallest valid one of any schema."""

from __future__ import annotations

from typing import Any

from protocol.versions import V16, V21, V201, Version

STAMP = "2026-03-01T08:00:00.000Z"

BOOT: dict[Version, dict[str, Any]] = {
    V16: {"chargePointVendor": "Acme", "chargePointModel": "One"},
    V201: {"reason": "PowerUp", "chargingStation": {"vendorName": "Acme", "model": "One"}},
    V21: {"reason": "PowerUp", "chargingStation": {"vendorName": "Acme", "model": "One"}},
}
HEARTBEAT_ANSWER = {"currentTime": STAMP}
BOOT_ANSWER = {"status": "Accepted", "interval": 300, "currentTime": STAMP}
STREAM = {"id": 1, "pending": 0, "basetime": STAMP, "data": [{"t": 0, "v": "230.4"}]}
TRANSACTION_EVENT: dict[str, Any] = {
    "eventType": "Updated",
    "timestamp": STAMP,
    "triggerReason": "MeterValuePeriodic",
    "seqNo": 17,
    "transactionInfo": {"transactionId": "0b9c7e8e-6f1c-4f0e-9d4e-3f1f3d8a0c11", "chargingState": "Charging"},
    "evse": {"id": 1, "connectorId": 1},
    "meterValue": [
        {
            "timestamp": STAMP,
            "sampledValue": [
                {"value": 12345.6, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "Wh"}},
                {"value": 11040.5, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}},
                {"value": 16.25, "measurand": "Current.Import", "phase": "L1", "unitOfMeasure": {"unit": "A"}},
            ],
        }
    ],
}


def smallest(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """The smallest value that is valid against one of the official schemas."""
    root = schema if root is None else root
    if "$ref" in schema:
        return smallest(root["definitions"][schema["$ref"].rpartition("/")[2]], root)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", [])
            return {name: smallest(schema["properties"][name], root) for name in wanted}
        case "array":
            return [smallest(schema["items"], root)] * schema.get("minItems", 0)
        case "string":
            return {"date-time": STAMP, "uri": "https://example.org/a"}.get(schema.get("format", ""), "x")
        case "integer":
            return max(1, int(schema.get("minimum", 1)))
        case "number":
            return max(1.0, schema.get("minimum", 1.0))
        case "boolean":
            return True
    return "anything"


def resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, or what its reference points to."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = root["definitions"][schema["$ref"].rpartition("/")[2]]
    return found
