"""Passwords on their way to stations: written down before they leave, so that no end of ours locks a station out.

Until the station has answered nobody knows whether it has the new one: then both are accepted, and the first
knock with the new one ends it (A01.FR.03, FR.04).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from csms_reference import outcome
from csms_reference.events.secrets import names_password
from csms_reference.outcome import Outcome
from csms_reference.services import registration
from csms_reference.store import StoreError
from protocol.security import octets

if TYPE_CHECKING:
    from csms_reference.connection import Connection
    from csms_reference.csms import Csms

log = logging.getLogger(__name__)

TAKEN = frozenset({"Accepted", "RebootRequired"})
NEVER_LEFT = frozenset(
    {outcome.OFFLINE, outcome.NOT_ACCEPTED, outcome.QUEUE_FULL, outcome.BAD_FIELDS, outcome.NOT_SUPPORTED}
)
"""How a CALL ends that was not sent."""


async def call(csms: Csms, connection: Connection, action: str, payload: Any, **how: Any) -> Outcome:
    """Send a CALL, as ``Connection.call`` does; if it gives the station a password, keep that."""
    password = given(action, payload)
    if password is None:
        return await connection.call(action, payload, **how)
    station = connection.identity
    hashed = await csms.hash_password(station, password)
    try:
        await csms.store.write(lambda database: registration.change(database, station, intended_hash=hashed))
    except StoreError as problem:
        return Outcome(outcome.NOT_KEPT, error=f"the password could not be kept, so it was not sent: {problem}")
    end = await connection.call(action, payload, **how)
    taken = False if end.status in NEVER_LEFT else _is_taken(end.answer)
    if taken is not None:
        settle = registration.rekeyed if taken else registration.not_rekeyed
        try:
            with csms.rekeying(station):
                await csms.store.write(lambda database: settle(database, station, hashed))
        except StoreError as problem:
            log.error("%s may come with its new password and with the old one: %s", station, problem)  # noqa: TRY400
    return end


def given(action: str, payload: Any) -> str | None:
    """The password that a CALL gives to its station, as it goes over the wire then; None if it gives none.

    ``payload`` may be anything.
    """
    parts = [payload] if action == "ChangeConfiguration" else []
    if action == "SetVariables" and isinstance(payload, dict) and isinstance(payload.get("setVariableData"), list):
        parts = payload["setVariableData"]
    for part in parts:
        if isinstance(part, dict) and names_password(part):
            value = part.get("value" if action == "ChangeConfiguration" else "attributeValue")
            if isinstance(value, str):
                return _sent(value) if action == "ChangeConfiguration" else value
    return None


def _is_taken(answer: Any) -> bool | None:
    """Whether the station has taken the password; None if it does not say."""
    if not isinstance(answer, dict):
        return None
    results = answer.get("setVariableResult")
    parts = [answer] if results is None else results
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and (part is answer or names_password(part)):
            status = part.get("status" if part is answer else "attributeStatus")
            return status in TAKEN if isinstance(status, str) else None
    return None


def _sent(key: str) -> str:
    """What a 1.6 station sends with this AuthorizationKey: its octets, or the text if it is not hexadecimal."""
    try:
        return octets(key)
    except ValueError:
        return key
