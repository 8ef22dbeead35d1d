"""OCPP 2.0.1: reservations as the CSMS asks for them, and what stations say of their end (block H)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from csms_reference.dialects.payloads import text
from csms_reference.dialects.registry import Ask, Asker, Payload, answers, commands
from csms_reference.dialects.reservation import checked
from csms_reference.dialects.spelling import LONGEST_201, group_within
from csms_reference.instants import to_ms
from csms_reference.outcome import Outcome
from csms_reference.services import reservation
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

ENDS = {"Expired": reservation.EXPIRED, "Removed": reservation.REMOVED, "NoTransaction": reservation.USED}
"""What a station says of a reservation, and how it stands then (2.1: it was used, but no transaction came of it)."""


@commands("reserve", V201)
async def reserve(
    ask: Ask,
    *,
    id_token: str,
    expires: str,
    evse: int | None = None,
    connector_type: str | None = None,
    token_type: str | None = None,
    group_id: str | None = None,
    reservation_id: int | None = None,
) -> Outcome:
    """H01. Without ``evse``: any, or any that has a connector of ``connector_type``."""
    payload: Payload = {
        "id": checked(reservation_id, expires, ask),
        "expiryDateTime": expires,
        "idToken": {"idToken": id_token, "type": token_type or "Central"},
    }
    if evse is not None:
        payload["evseId"] = evse
    if connector_type is not None:
        payload["connectorType"] = connector_type
    if group_id is not None:
        payload["groupIdToken"] = {"idToken": group_within(group_id, LONGEST_201), "type": "Central"}
    return await ask("ReserveNow", payload)


@answers("ReservationStatusUpdate", V201)
async def reservation_status_update(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """H04.FR.01, H01.FR.16, H01.FR.17: always answered, also where it is of a reservation that nobody knows."""
    number, status = ask["reservationId"], ENDS[ask["reservationUpdateStatus"]]
    await csms.store.write(lambda database: reservation.over(database, station.identity, number, status, to_ms(now)))
    await csms.notice(station.identity, "ReservationStatusUpdate", text(ask), None, now)
    return {}
