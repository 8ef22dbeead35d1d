"""OCPP 1.6: reservations as the CSMS asks for them (§5.13)."""

from __future__ import annotations

from csms_reference.dialects.registry import Ask, Payload, commands
from csms_reference.dialects.reservation import checked
from csms_reference.dialects.spelling import LONGEST_16, group_within
from csms_reference.outcome import Outcome
from protocol.versions import V16


@commands("reserve", V16)
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
    """§5.13. Without ``evse``: whichever connector, asked for as connector 0. 1.6 has no types of connectors."""
    del token_type
    if connector_type is not None:
        raise ValueError("OCPP 1.6 reserves no connector by its type; leave connector_type out")
    payload: Payload = {
        "connectorId": evse or 0,
        "expiryDate": expires,
        "idTag": id_token,
        "reservationId": checked(reservation_id, expires, ask),
    }
    if group_id is not None:
        payload["parentIdTag"] = group_within(group_id, LONGEST_16)
    return await ask("ReserveNow", payload)
