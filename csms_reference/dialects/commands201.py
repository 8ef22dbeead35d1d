"""OCPP 2.0.1 (and what 2.1 kept of it): how commands become CALLs."""

from __future__ import annotations

from typing import Any

from csms_reference.dialects.commands import wire
from csms_reference.dialects.drivers201 import driver_info
from csms_reference.dialects.names201 import named_variable
from csms_reference.dialects.orders import profile_to_start
from csms_reference.dialects.portions import in_portions
from csms_reference.dialects.registry import Ask, Payload, commands
from csms_reference.dialects.spelling import LONGEST_201, group_within
from csms_reference.outcome import Outcome
from protocol.versions import V201

RESETS = {"Hard": "Immediate", "Soft": "OnIdle"}


@commands("remote_start", V201)
async def remote_start(
    ask: Ask,
    *,
    id_token: str,
    evse: int | None = None,
    connector: int | None = None,
    token_type: str | None = None,
    group_id: str | None = None,
    charging_profile: Payload | None = None,
    remote_start_id: int | None = None,
) -> Outcome:
    """F01, F02."""
    del connector
    number = ask.next_number() if remote_start_id is None else remote_start_id
    payload: Payload = {"idToken": {"idToken": id_token, "type": token_type or "Central"}, "remoteStartId": number}
    if evse is not None:
        payload["evseId"] = evse
    if group_id is not None:
        payload["groupIdToken"] = {"idToken": group_within(group_id, LONGEST_201), "type": "Central"}
    if charging_profile is not None:
        profile = profile_to_start(charging_profile)
        payload["chargingProfile"] = profile if "id" in profile else {"id": ask.next_number(), **profile}
    return await ask("RequestStartTransaction", payload)


@commands("remote_stop", V201)
async def remote_stop(ask: Ask, *, transaction_id: str | int) -> Outcome:
    """F03."""
    return await ask("RequestStopTransaction", {"transactionId": str(transaction_id)})


@commands("reset", V201)
async def reset(ask: Ask, *, kind: str = "OnIdle", evse: int | None = None) -> Outcome:
    """B11, B12."""
    payload: Payload = {"type": RESETS.get(kind, kind)}
    if evse is not None:
        payload["evseId"] = evse
    return await ask("Reset", payload)


def _place(evse: int | None, connector: int | None) -> Payload:
    if evse is None:
        return {}
    return {"evse": {"id": evse} if connector is None else {"id": evse, "connectorId": connector}}


@commands("change_availability", V201)
async def change_availability(
    ask: Ask, *, operative: bool, evse: int | None = None, connector: int | None = None
) -> Outcome:
    """G03, G04. Without ``evse`` it concerns the station as a whole."""
    wanted = "Operative" if operative else "Inoperative"
    return await ask("ChangeAvailability", {"operationalStatus": wanted, **_place(evse, connector)})


@commands("unlock", V201)
async def unlock(ask: Ask, *, evse: int = 1, connector: int = 1) -> Outcome:
    """F05."""
    return await ask("UnlockConnector", {"evseId": evse, "connectorId": connector})


@commands("trigger", V201)
async def trigger(ask: Ask, *, message: str, evse: int | None = None, connector: int | None = None) -> Outcome:
    """F06. A StatusNotification is asked for by its connector (F06.FR.13)."""
    if message == "StatusNotification" and (evse is None or connector is None):
        raise ValueError("a StatusNotification needs evse and connector (F06.FR.13)")
    return await ask("TriggerMessage", {"requestedMessage": message, **_place(evse, connector)})


@commands("get_variables", V201)
async def get_variables(ask: Ask, *, names: list[str | Payload]) -> Outcome:
    """B06, in as many CALLs as it takes. The status is the first attributeStatus that is not Accepted."""
    wanted = [named_variable(name) for name in names]
    return await in_portions(ask, "GetVariables", "getVariableData", "getVariableResult", wanted)


@commands("set_variables", V201)
async def set_variables(ask: Ask, *, values: dict[str, Any] | list[Payload]) -> Outcome:
    """B05, in as many CALLs as it takes. ``values``: Component.Variable to value, or a list of SetVariableDataType."""
    pairs = (
        values
        if isinstance(values, list)
        else [{**named_variable(name), "attributeValue": wire(value)} for name, value in values.items()]
    )
    return await in_portions(ask, "SetVariables", "setVariableData", "setVariableResult", pairs)


def local_list(version: int, entries: list[Payload] | None, update: str) -> Payload:
    """What SendLocalList asks."""
    payload: Payload = {"versionNumber": version, "updateType": update}
    if entries:
        payload["localAuthorizationList"] = [list_entry(**entry) for entry in entries]
    return payload


def list_entry(
    *,
    id_token: str,
    type: str = "ISO14443",
    status: str | None = "Accepted",
    expires: str | None = None,
    group_id: str | None = None,
    evses: list[int] | None = None,
    languages: list[str] | None = None,
    message: str | None = None,
    message_language: str | None = None,
    priority: int | None = None,
) -> Payload:
    """An entry of a list (AuthorizationData)."""
    entry: Payload = {"idToken": {"idToken": id_token, "type": type}}
    if status is not None:
        info: Payload = {"status": status}
        if expires is not None:
            info["cacheExpiryDateTime"] = expires
        if group_id is not None:
            info["groupIdToken"] = {"idToken": group_within(group_id, LONGEST_201), "type": "Central"}
        if evses:
            info["evseId"] = evses
        entry["idTokenInfo"] = info | driver_info(languages or (), message, message_language, priority)
    return entry


@commands("get_base_report", V201)
async def get_base_report(ask: Ask, *, base: str = "FullInventory", request_id: int | None = None) -> Outcome:
    """B07. What it tells is read at ``/stations/{station}/variables``."""
    number = ask.next_number() if request_id is None else request_id
    return await ask("GetBaseReport", {"requestId": number, "reportBase": base})
