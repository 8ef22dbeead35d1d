"""OCPP 1.6: how commands become CALLs."""

from __future__ import annotations

from typing import Any

from csms_reference.dialects.charging16 import spelt_to_start
from csms_reference.dialects.commands import wire
from csms_reference.dialects.orders import profile_to_start
from csms_reference.dialects.registry import Ask, Payload, commands
from csms_reference.dialects.spelling import LONGEST_16, group_within, status_16
from csms_reference.outcome import Outcome
from protocol.versions import V16

RESETS = {"Immediate": "Hard", "Hard": "Hard", "OnIdle": "Soft", "Soft": "Soft"}
EXTENDED = frozenset({"LogStatusNotification", "SignChargePointCertificate"})
"""What only the security extension's ExtendedTriggerMessage can ask for."""


@commands("remote_start", V16)
async def remote_start(
    ask: Ask,
    *,
    id_token: str,
    evse: int | None = None,
    connector: int | None = None,
    token_type: str | None = None,
    group_id: str | None = None,
    charging_profile: Payload | None = None,
) -> Outcome:
    """§5.11. 1.6 has neither token types nor groups here, and its connectors stand for EVSEs."""
    del connector, token_type, group_id
    payload: Payload = {"idTag": id_token}
    if evse is not None:
        payload["connectorId"] = evse
    if charging_profile is not None:
        payload["chargingProfile"] = spelt_to_start(profile_to_start(charging_profile), ask)
    return await ask("RemoteStartTransaction", payload)


@commands("remote_stop", V16)
async def remote_stop(ask: Ask, *, transaction_id: str | int) -> Outcome:
    """§5.12."""
    return await ask("RemoteStopTransaction", {"transactionId": int(transaction_id)})


@commands("reset", V16)
async def reset(ask: Ask, *, kind: str = "OnIdle", evse: int | None = None) -> Outcome:
    """§5.14. Resets the charge point as a whole."""
    if evse is not None:
        raise ValueError("OCPP 1.6 resets the whole station; leave evse out")
    return await ask("Reset", {"type": RESETS.get(kind, kind)})


@commands("change_availability", V16)
async def change_availability(
    ask: Ask, *, operative: bool, evse: int | None = None, connector: int | None = None
) -> Outcome:
    """§5.2. Without ``evse`` it concerns the charge point and all its connectors."""
    del connector
    return await ask(
        "ChangeAvailability", {"connectorId": evse or 0, "type": "Operative" if operative else "Inoperative"}
    )


@commands("unlock", V16)
async def unlock(ask: Ask, *, evse: int = 1, connector: int = 1) -> Outcome:
    """§5.18."""
    del connector
    return await ask("UnlockConnector", {"connectorId": evse})


@commands("trigger", V16)
async def trigger(ask: Ask, *, message: str, evse: int | None = None, connector: int | None = None) -> Outcome:
    """§5.17."""
    del connector
    payload: Payload = {"requestedMessage": message}
    if evse is not None:
        payload["connectorId"] = evse
    return await ask("ExtendedTriggerMessage" if message in EXTENDED else "TriggerMessage", payload)


@commands("get_variables", V16)
async def get_variables(ask: Ask, *, names: list[str] | None = None) -> Outcome:
    """§5.8: configuration keys; all of them without ``names``."""
    return await ask("GetConfiguration", {} if names is None else {"key": names})


@commands("set_variables", V16)
async def set_variables(ask: Ask, *, values: dict[str, Any]) -> Outcome:
    """§5.3: one CALL per key. The status is the first that is not Accepted; stops where nothing is answered."""
    results: list[Payload] = []
    status = "Accepted"
    for key, value in values.items():
        outcome = await ask("ChangeConfiguration", {"key": key, "value": wire(value)})
        if not outcome.answered:
            return outcome
        results.append({"key": key, "status": outcome.status})
        if status == "Accepted":
            status = outcome.status
    return Outcome(status, {"results": results})


def local_list(version: int, entries: list[Payload] | None, update: str) -> Payload:
    """What SendLocalList asks."""
    payload: Payload = {"listVersion": version, "updateType": update}
    if entries:
        payload["localAuthorizationList"] = [list_entry(**entry) for entry in entries]
    return payload


def list_entry(
    id_token: str,
    status: str | None = "Accepted",
    expires: str | None = None,
    group_id: str | None = None,
    type: str | None = None,
    **only_201: Any,
) -> Payload:
    """An entry of a list (§7.1 AuthorizationData)."""
    del type, only_201
    if status is None:
        return {"idTag": id_token}
    info: Payload = {"status": status_16(status)}
    if expires is not None:
        info["expiryDate"] = expires
    if group_id is not None:
        info["parentIdTag"] = group_within(group_id, LONGEST_16)
    return {"idTag": id_token, "idTagInfo": info}
