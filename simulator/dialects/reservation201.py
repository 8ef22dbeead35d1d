"""ReserveNow and CancelReservation of OCPP 2.0.1 (H01, H02); ``Ocpp201.reservation_over`` tells of their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.stamps import parse
from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp201 import HANDLERS
from simulator.reservation import Answer, Reservation, Reservations
from simulator.tokens import Token

if TYPE_CHECKING:
    from simulator.station import Station


@handles(HANDLERS, "ReserveNow")
def reserve_now(station: Station, ask: Payload) -> Payload:
    """H01. A station without reservations is one that is configured not to accept any (H01.FR.01)."""
    if not station.variables.flag("ReservationCtrlr.Available"):
        return _answer(Answer("Rejected", "UnsupportedRequest"))
    if ask.get("evseId") == 0:
        return _answer(Answer("Rejected", "UnknownEvse"))
    token, group = ask["idToken"], ask.get("groupIdToken")
    wish = Reservation(
        ask["id"],
        Token(token["idToken"], token["type"]),
        parse(ask["expiryDateTime"]),
        group=group["idToken"] if group else None,
        evse=ask.get("evseId", 0),
        connector_type=ask.get("connectorType", ""),
    )
    return _answer(station.function(Reservations).reserve(wish))


def _answer(answer: Answer) -> Payload:
    told: Payload = {"status": answer.status}
    return told if answer.reason is None else told | {"statusInfo": {"reasonCode": answer.reason}}


@handles(HANDLERS, "CancelReservation")
def cancel_reservation(station: Station, ask: Payload) -> Payload:
    """H02.FR.01, H02.FR.02."""
    kept = station.used(Reservations)
    if kept is not None and kept.cancel(ask["reservationId"]):
        return {"status": "Accepted"}
    return {"status": "Rejected", "statusInfo": {"reasonCode": "NotFound"}}
