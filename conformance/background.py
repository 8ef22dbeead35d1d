"""How the bench answers what a case does not answer itself: conforming, and no more than that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

from conformance.vocabulary import V16, Payload, Role, Subject

Usual = Callable[[Payload, Subject, str], Payload | None]
"""Given the request, the subject and the time of day: the response, or None for "not supported"."""

_CSMS_2: dict[str, Usual] = {}
_CSMS_16: dict[str, Usual] = {}
_STATION_2: dict[str, Usual] = {}
_STATION_16: dict[str, Usual] = {}


def usual(action: str, payload: Payload, subject: Subject, stamp: str) -> Payload | None:
    """The usual response of the side that faces the subject; None where the action is not supported."""
    give = _TABLES[subject.role, subject.version == V16].get(action)
    return give(payload, subject, stamp) if give else None


_TABLES = {
    (Role.STATION, False): _CSMS_2,
    (Role.STATION, True): _CSMS_16,
    (Role.CSMS, False): _STATION_2,
    (Role.CSMS, True): _STATION_16,
}


def token_status(id_token: str, subject: Subject) -> str:
    """What an authorization service knows of a token."""
    tokens = subject.tokens
    known = {each.id: "Accepted" for each in (tokens.valid, tokens.mate, tokens.other, tokens.master, tokens.contract)}
    known |= {tokens.blocked.id: "Blocked", tokens.expired.id: "Expired"}
    return known.get(id_token, "Invalid")


def group_of(id_token: str, subject: Subject) -> str:
    """The group of a token; empty where it has none."""
    tokens = (getattr(subject.tokens, each.name) for each in fields(subject.tokens))
    return next((token.group for token in tokens if token.id == id_token), "")


def _says(*tables: dict[str, Usual], actions: str) -> Callable[[Usual], Usual]:
    def register(give: Usual) -> Usual:
        for table in tables:
            for action in actions.split():
                if action in table:
                    raise ValueError(f"two usual answers to {action}")
                table[action] = give
        return give

    return register


def _constant(table: dict[str, Usual], answers: Mapping[str, Payload]) -> None:
    for action, payload in answers.items():
        _says(table, actions=action)(partial(_same, payload))


def _same(payload: Payload, _ask: Payload, _subject: Subject, _stamp: str) -> Payload:
    return dict(payload)


# -- the bench as CSMS -----------------------------------------------------------------------------------------------


@_says(_CSMS_2, _CSMS_16, actions="BootNotification")
def _boot(ask: Payload, subject: Subject, stamp: str) -> Payload:
    return {"currentTime": stamp, "interval": subject.heartbeat_s, "status": "Accepted"}


@_says(_CSMS_2, _CSMS_16, actions="Heartbeat")
def _heartbeat(ask: Payload, subject: Subject, stamp: str) -> Payload:
    return {"currentTime": stamp}


@_says(_CSMS_2, actions="Authorize")
def _authorize(ask: Payload, subject: Subject, stamp: str) -> Payload:
    return {"idTokenInfo": _info(ask.get("idToken"), subject)}


@_says(_CSMS_2, actions="TransactionEvent")
def _transaction_event(ask: Payload, subject: Subject, stamp: str) -> Payload:
    return {"idTokenInfo": _info(ask["idToken"], subject)} if "idToken" in ask else {}


def _info(token: Any, subject: Subject) -> Payload:
    held = token.get("idToken", "") if isinstance(token, dict) else ""
    status: Payload = {"status": token_status(held, subject)}
    group = group_of(held, subject)
    return status | ({"groupIdToken": {"idToken": group, "type": "Central"}} if group else {})


@_says(_CSMS_16, actions="Authorize")
def _authorize_16(ask: Payload, subject: Subject, stamp: str) -> Payload:
    return {"idTagInfo": _info_16(str(ask.get("idTag")), subject)}


def _info_16(held: str, subject: Subject) -> Payload:
    group = group_of(held, subject)
    return {"status": token_status(held, subject)} | ({"parentIdTag": group} if group else {})


@_says(_CSMS_16, actions="StopTransaction")
def _stop_16(ask: Payload, subject: Subject, stamp: str) -> Payload:
    return {"idTagInfo": _info_16(str(ask["idTag"]), subject)} if "idTag" in ask else {}


TRANSACTION_ID = 4711
"""The transaction id that the bench, as a 1.6 CSMS, gives out unless a case says otherwise."""


@_says(_CSMS_16, actions="StartTransaction")
def _start_16(ask: Payload, subject: Subject, stamp: str) -> Payload:
    return {"transactionId": TRANSACTION_ID, "idTagInfo": _info_16(str(ask.get("idTag")), subject)}


for _action in """FirmwareStatusNotification LogStatusNotification MeterValues SecurityEventNotification
        StatusNotification""".split():
    _constant(_CSMS_2, {_action: {}})
    _constant(_CSMS_16, {_action: {}})
for _action in """ClearedChargingLimit NotifyChargingLimit NotifyCustomerInformation NotifyDisplayMessages NotifyEvent
        NotifyMonitoringReport NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles
        ReservationStatusUpdate""".split():
    _constant(_CSMS_2, {_action: {}})
_constant(
    _CSMS_2, {"NotifyEVChargingNeeds": {"status": "Rejected"}, "NotifyEVChargingSchedule": {"status": "Accepted"}}
)
for _action in ("DiagnosticsStatusNotification", "SignedFirmwareStatusNotification"):
    _constant(_CSMS_16, {_action: {}})
for _table in (_CSMS_2, _CSMS_16, _STATION_2, _STATION_16):
    _constant(_table, {"DataTransfer": {"status": "UnknownVendorId"}})
for _table in (_CSMS_2, _CSMS_16):
    _constant(_table, {"SignCertificate": {"status": "Rejected"}})

# -- the bench as station --------------------------------------------------------------------------------------------


@_says(_STATION_2, actions="GetVariables")
def _get_variables(ask: Payload, subject: Subject, stamp: str) -> Payload:
    def read(item: Payload) -> Payload:
        value = VARIABLES.get((item["component"]["name"], item["variable"]["name"]))
        named = _named(item)
        if value is None:
            return {"attributeStatus": "UnknownVariable", **named}
        return {"attributeStatus": "Accepted", "attributeValue": value, **named}

    return {"getVariableResult": [read(item) for item in ask["getVariableData"]]}


def _named(item: Payload) -> Payload:
    return {str(key): item[key] for key in ("component", "variable", "attributeType") if key in item}


VARIABLES = {
    ("OCPPCommCtrlr", "OfflineThreshold"): "60",
    ("OCPPCommCtrlr", "HeartbeatInterval"): "300",
    ("AuthCtrlr", "LocalAuthorizeOffline"): "true",
    ("AuthCtrlr", "AuthorizeRemoteStart"): "true",
    ("TxCtrlr", "TxStartPoint"): "EVConnected",
    ("TxCtrlr", "TxStopPoint"): "EVConnected",
    ("DeviceDataCtrlr", "ItemsPerMessage"): "20",
}
"""What the bench, as a 2.x station, has in its device model."""


@_says(_STATION_2, actions="SetVariables")
def _set_variables(ask: Payload, subject: Subject, stamp: str) -> Payload:
    def write(item: Payload) -> Payload:
        return {"attributeStatus": "Accepted", **_named(item)}

    return {"setVariableResult": [write(item) for item in ask["setVariableData"]]}


KEYS = {
    "AuthorizeRemoteTxRequests": ("true", False),
    "ClockAlignedDataInterval": ("0", False),
    "ConnectionTimeOut": ("60", False),
    "HeartbeatInterval": ("300", False),
    "MeterValueSampleInterval": ("60", False),
    "NumberOfConnectors": ("1", True),
    "SupportedFeatureProfiles": ("Core,RemoteTrigger,LocalAuthListManagement", True),
}
"""What the bench, as a 1.6 station, has as configuration: value and read-only."""


@_says(_STATION_16, actions="GetConfiguration")
def _get_configuration(ask: Payload, subject: Subject, stamp: str) -> Payload:
    wanted = ask.get("key") or list(KEYS)
    found = [{"key": key, "readonly": KEYS[key][1], "value": KEYS[key][0]} for key in wanted if key in KEYS]
    return {"configurationKey": found, "unknownKey": [key for key in wanted if key not in KEYS]}


_ACCEPTED: Payload = {"status": "Accepted"}
for _action in """CancelReservation ChangeAvailability ClearCache Reset SendLocalList SetChargingProfile
        TriggerMessage""".split():
    _constant(_STATION_2, {_action: _ACCEPTED})
    _constant(_STATION_16, {_action: _ACCEPTED})
for _action in "GetBaseReport GetReport RequestStartTransaction RequestStopTransaction SetNetworkProfile".split():
    _constant(_STATION_2, {_action: _ACCEPTED})
for _action in "ChangeConfiguration RemoteStartTransaction RemoteStopTransaction".split():
    _constant(_STATION_16, {_action: _ACCEPTED})
for _table in (_STATION_2, _STATION_16):
    _constant(_table, {"UnlockConnector": {"status": "Unlocked"}})
_constant(_STATION_2, {"GetLocalListVersion": {"versionNumber": 0}})
_constant(_STATION_16, {"GetLocalListVersion": {"listVersion": 0}})
