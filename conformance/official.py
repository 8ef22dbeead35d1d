"""The official JSON schemas, applied to recorded payloads without the protocol room in between."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal

import jsonschema_rs

from conformance.vocabulary import CSMS, STATION, V16, V21, V201, Role

Kind = Literal["request", "response"]

_FOLDERS = {V16: "v16", V201: "v201", V21: "v21"}

_STATION_SENDS = frozenset(
    """Authorize BatterySwap BootNotification ClearedChargingLimit ClosePeriodicEventStream DataTransfer
    DiagnosticsStatusNotification FirmwareStatusNotification Get15118EVCertificate GetCertificateChainStatus
    GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation
    NotifyDERAlarm NotifyDERStartStop NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent
    NotifyMonitoringReport NotifyPeriodicEventStream NotifyPriorityCharging NotifyReport NotifySettlement
    OpenPeriodicEventStream PublishFirmwareStatusNotification PullDynamicScheduleUpdate ReportChargingProfiles
    ReportDERControl ReservationStatusUpdate SecurityEventNotification SignCertificate
    SignedFirmwareStatusNotification StartTransaction StatusNotification StopTransaction TransactionEvent
    VatNumberValidation""".split()
)
"""Actions that a station sends, in any version; DataTransfer goes both ways, every other action comes from the CSMS."""


def may_send(role: Role, action: str) -> bool:
    """Whether this side sends this action (in whichever versions have it)."""
    return action == "DataTransfer" or (action in _STATION_SENDS) == (role is STATION)


@lru_cache(maxsize=1000)  # bounded: a peer may say any word
def exists(version: str, action: str) -> bool:
    """Whether this version has this action."""
    return action.isalnum() and _file(version, action, "request").is_file()


def breach(version: str, action: str, kind: Kind, payload: Any) -> str:
    """What breaks the schema, as ``field: message``; empty when the payload is valid."""
    validator = _validator(version, action, kind)
    for error in validator.iter_errors(payload):
        path = ".".join(str(part) for part in error.instance_path)
        return f"{path or 'payload'}: {error.message[:200]}"
    return ""


def _file(version: str, action: str, kind: str) -> Any:
    if version == V16:
        suffix = "" if kind == "request" else "Response"
    elif action == "NotifyPeriodicEventStream":
        suffix = ""
    else:
        suffix = kind.capitalize()
    return resources.files("ocpp") / _FOLDERS[version] / "schemas" / f"{action}{suffix}.json"


@cache
def _validator(version: str, action: str, kind: str) -> jsonschema_rs.Validator:
    schema = json.loads(_file(version, action, kind).read_text(encoding="utf-8-sig"))
    return jsonschema_rs.validator_for(schema, validate_formats=True)


__all__ = ["CSMS", "STATION", "breach", "exists", "may_send"]
