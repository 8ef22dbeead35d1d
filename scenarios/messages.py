"""Version-neutral names of messages and of their fields, so that one scenario runs on 1.6 and on 2.0.1.

A name stands for one action per version, sometimes only for those requests that fit (a TransactionEvent is
``transaction_started`` only when its eventType is Started). ``Seen.field`` reads neutral fields first and dotted
paths of the payload second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.versions import V16, V21, V201, VERSIONS, Side, Version
from simulator.variables import Place, component_key

Payload = Mapping[str, Any]
Getter = Callable[[Payload], Any]
MISSING: Any = type("Missing", (), {"__repr__": lambda _: "absent", "__bool__": lambda _: False})()
"""What stands where a payload has no such field."""


def dig(value: Any, path: str) -> Any:
    """What stands at a dotted path (``meterValue.0.timestamp``; -1 is the last of a list), or MISSING."""
    for part in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(part, MISSING)
        elif isinstance(value, list) and part.lstrip("-").isdigit() and -len(value) <= int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def at(path: str, default: Any = MISSING) -> Getter:
    """A getter of a dotted path."""

    def read(payload: Payload) -> Any:
        found = dig(payload, path)
        return default if found is MISSING else found

    return read


STATES_16 = dict.fromkeys(("Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"), "Occupied")
"""1.6 connector statuses in the words of 2.0.1, where they differ."""

REASONS = {
    "HardReset": "Reset", "SoftReset": "Reset", "ImmediateReset": "Reset", "OnIdle": "Reset", "Timeout": "Timeout",
}  # fmt: skip


def _state(payload: Payload) -> Any:
    status = payload.get("status", MISSING)
    return STATES_16.get(status, status)


def _reason_16(payload: Payload) -> Any:
    """1.6 §6.49: an absent reason means Local."""
    reason = payload.get("reason", "Local")
    return REASONS.get(reason, reason)


def _reason_201(payload: Payload) -> Any:
    reason = dig(payload, "transactionInfo.stoppedReason")
    return "Local" if reason is MISSING else REASONS.get(reason, reason)


def _values(payload: Payload) -> list[Payload]:
    readings = payload.get("meterValue", payload.get("transactionData", []))
    return [value for reading in readings for value in reading.get("sampledValue", [])]


def _scaled(value: Payload) -> float:
    multiplier = dig(value, "unitOfMeasure.multiplier")
    unit = value.get("unit", dig(value, "unitOfMeasure.unit"))
    kilo = 1000.0 if isinstance(unit, str) and unit.startswith("k") else 1.0
    return float(value["value"]) * kilo * 10.0 ** (0 if multiplier is MISSING else multiplier)


def _measured(measurand: str) -> Getter:
    """The last sum over the phases of a measurand, in its base unit."""

    def read(payload: Payload) -> Any:
        found = [
            _scaled(value)
            for value in _values(payload)
            if value.get("measurand", "Energy.Active.Import.Register") == measurand and "phase" not in value
        ]
        return found[-1] if found else MISSING

    return read


def _listed(key: str, default: str) -> Getter:
    def read(payload: Payload) -> Any:
        return sorted({str(value.get(key, default)) for value in _values(payload)})

    return read


def _keys_201(payload: Payload) -> Any:
    data = payload.get("setVariableData", payload.get("getVariableData", []))
    return [_key_201(each) for each in data]


def _key_201(named: Payload) -> str:
    """A variable's name in the device model: ``Component[instance](evse,connector).Variable.instance``."""
    where, what = named["component"], named["variable"]
    evse = where.get("evse", {})
    place = Place(evse.get("id", 0), evse.get("connectorId", 0))
    parts = (component_key(where["name"], where.get("instance", ""), place), what["name"], what.get("instance"))
    return ".".join(filter(None, parts))


def _operative_16(payload: Payload) -> Any:
    return payload.get("type") == "Operative"


TOKEN_16, TOKEN_201 = at("idTag"), at("idToken.idToken")
METERED: dict[str, Getter] = {
    "measurands": _listed("measurand", "Energy.Active.Import.Register"),
    "contexts": _listed("context", "Sample.Periodic"),
    "energy_wh": _measured("Energy.Active.Import.Register"),
    "power_w": _measured("Power.Active.Import"),
    "soc_percent": _measured("SoC"),
}
TX_16: dict[str, Getter] = {"transaction": at("transactionId"), "timestamp": at("timestamp")}
TX_201: dict[str, Getter] = {
    "transaction": at("transactionInfo.transactionId"),
    "evse": at("evse.id"),
    "connector": at("evse.connectorId"),
    "token": TOKEN_201,
    "offline": at("offline", False),
    "trigger": at("triggerReason"),
    "charging_state": at("transactionInfo.chargingState"),
    "remote_id": at("transactionInfo.remoteStartId"),
    "timestamp": at("timestamp"),
    **METERED,
}
STATUS_REPLY: dict[str, Getter] = {"status": at("status")}


@dataclass(frozen=True, slots=True)
class Form:
    """How one version says it: action, sender, which requests fit, and where the neutral fields are."""

    action: str
    sender: Side
    fields: Mapping[str, Getter] = field(default_factory=dict)
    reply: Mapping[str, Getter] = field(default_factory=dict)
    fits: Callable[[Payload], bool] | None = None


def _tx(kind: str) -> Callable[[Payload], bool]:
    return lambda payload: payload.get("eventType") == kind


def _up(action: str, fields: Mapping[str, Getter], reply: Mapping[str, Getter] | None = None) -> Form:
    return Form(action, Side.STATION, fields, reply or {})


def _down(action: str, fields: Mapping[str, Getter], reply: Mapping[str, Getter] | None = None) -> Form:
    return Form(action, Side.CSMS, fields, STATUS_REPLY if reply is None else reply)


def _event_201(kind: str, more: Mapping[str, Getter] | None = None) -> Form:
    return Form(
        "TransactionEvent", Side.STATION, {**TX_201, **(more or {})}, {"status": at("idTokenInfo.status")}, _tx(kind)
    )


_BOOT_REPLY: dict[str, Getter] = {"status": at("status"), "interval": at("interval")}

FORMS: dict[str, dict[Version, Form]] = {
    "boot": {
        V16: _up("BootNotification", {"vendor": at("chargePointVendor"), "model": at("chargePointModel")}, _BOOT_REPLY),
        V201: _up(
            "BootNotification",
            {
                "vendor": at("chargingStation.vendorName"),
                "model": at("chargingStation.model"),
                "reason": at("reason"),
            },
            _BOOT_REPLY,
        ),
    },
    "heartbeat": {V16: _up("Heartbeat", {}), V201: _up("Heartbeat", {})},
    "status": {
        V16: _up(
            "StatusNotification",
            {"evse": at("connectorId"), "status": at("status"), "state": _state, "error": at("errorCode")},
        ),
        V201: _up(
            "StatusNotification",
            {
                "evse": at("evseId"),
                "connector": at("connectorId"),
                "status": at("connectorStatus"),
                "state": at("connectorStatus"),
            },
        ),
    },
    "authorize": {
        V16: _up("Authorize", {"token": TOKEN_16}, {"status": at("idTagInfo.status")}),
        V201: _up("Authorize", {"token": TOKEN_201}, {"status": at("idTokenInfo.status")}),
    },
    "transaction_started": {
        V16: _up(
            "StartTransaction",
            {
                "evse": at("connectorId"),
                "token": TOKEN_16,
                "energy_wh": at("meterStart"),
                "timestamp": at("timestamp"),
            },
            {"status": at("idTagInfo.status"), "transaction": at("transactionId")},
        ),
        V201: _event_201("Started"),
    },
    "transaction_updated": {
        V16: Form(
            "MeterValues",
            Side.STATION,
            {"evse": at("connectorId"), **TX_16, **METERED},
            fits=lambda payload: "transactionId" in payload,
        ),
        V201: _event_201("Updated"),
    },
    "transaction_ended": {
        V16: _up(
            "StopTransaction",
            {**TX_16, "token": TOKEN_16, "reason": _reason_16, "energy_wh": at("meterStop")},
            {"status": at("idTagInfo.status")},
        ),
        V201: _event_201("Ended", {"reason": _reason_201}),
    },
    "meter_values": {
        V16: _up("MeterValues", {"evse": at("connectorId"), **TX_16, **METERED}),
        V201: _up("MeterValues", {"evse": at("evseId"), **METERED}),
    },
    "remote_start": {
        V16: _down("RemoteStartTransaction", {"token": TOKEN_16, "evse": at("connectorId")}),
        V201: _down(
            "RequestStartTransaction",
            {"token": TOKEN_201, "evse": at("evseId"), "remote_id": at("remoteStartId")},
        ),
    },
    "remote_stop": {
        V16: _down("RemoteStopTransaction", {"transaction": at("transactionId")}),
        V201: _down("RequestStopTransaction", {"transaction": at("transactionId")}),
    },
    "reset": {V16: _down("Reset", {"type": at("type")}), V201: _down("Reset", {"type": at("type")})},
    "availability": {
        V16: _down("ChangeAvailability", {"evse": at("connectorId"), "operative": _operative_16}),
        V201: _down(
            "ChangeAvailability",
            {"evse": at("evse.id"), "operative": lambda payload: payload.get("operationalStatus") == "Operative"},
        ),
    },
    "unlock": {
        V16: _down("UnlockConnector", {"evse": at("connectorId")}),
        V201: _down("UnlockConnector", {"evse": at("evseId"), "connector": at("connectorId")}),
    },
    "trigger": {
        V16: _down("TriggerMessage", {"message": at("requestedMessage"), "evse": at("connectorId")}),
        V201: _down("TriggerMessage", {"message": at("requestedMessage"), "evse": at("evse.id")}),
    },
    "local_list": {
        V16: _down("SendLocalList", {"version": at("listVersion"), "update": at("updateType")}),
        V201: _down("SendLocalList", {"version": at("versionNumber"), "update": at("updateType")}),
    },
    "local_list_version": {
        V16: _down("GetLocalListVersion", {}, {"version": at("listVersion")}),
        V201: _down("GetLocalListVersion", {}, {"version": at("versionNumber")}),
    },
    "clear_cache": {V16: _down("ClearCache", {}), V201: _down("ClearCache", {})},
    "set_variables": {
        V16: _down("ChangeConfiguration", {"variables": lambda payload: [payload.get("key")]}),
        V201: _down("SetVariables", {"variables": _keys_201}, {"status": at("setVariableResult.0.attributeStatus")}),
    },
    "get_variables": {
        V16: _down(
            "GetConfiguration",
            {"variables": at("key")},
            {"value": at("configurationKey.0.value"), "unknown": at("unknownKey")},
        ),
        V201: _down(
            "GetVariables",
            {"variables": _keys_201},
            {"value": at("getVariableResult.0.attributeValue"), "status": at("getVariableResult.0.attributeStatus")},
        ),
    },
    "data_transfer": {
        V16: _down("DataTransfer", {"vendor": at("vendorId"), "message": at("messageId"), "data": at("data")}),
        V201: _down("DataTransfer", {"vendor": at("vendorId"), "message": at("messageId"), "data": at("data")}),
    },
}
"""Every neutral name, with its form in each version."""


def forms(name: str, version: Version) -> list[Form]:
    """How a version says a neutral name or an action: empty if it cannot."""
    if name in FORMS:
        form = FORMS[name].get(V201 if version is V21 else version)  # all that has a name is the same in both
        return [form] if form else []
    return [Form(name, side) for side in Side if name in version.calls[side] | version.sends[side]]


def known_names(version: Version | None = None) -> list[str]:
    """Every name a scenario may use for a message of that version, or of either."""
    versions = VERSIONS if version is None else (version,)
    actions = sorted({action for each in versions for action in each.actions})
    return [*FORMS, *actions]


def neutral(table: Mapping[str, Getter], payload: Any, path: str) -> Any:
    """A field by its neutral name if the table has it, otherwise by its dotted path in the payload."""
    if not isinstance(payload, Mapping):
        return MISSING
    head, _, rest = path.partition(".")
    if head in table:
        found = table[head](payload)
        return dig(found, rest) if rest else found
    return dig(payload, path)
