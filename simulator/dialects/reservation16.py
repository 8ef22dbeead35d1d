"""ReserveNow and CancelReservation of OCPP 1.6 (§5.13, §5.1).

A connector is reserved by reserving its EVSE, for nobody else can use another one of the same EVSE meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.errors import Code
from protocol.stamps import parse
from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp16 import HANDLERS, place_of
from simulator.line import CallRefused
from simulator.reservation import Reservation, Reservations
from simulator.tokens import Token

if TYPE_CHECKING:
    from simulator.station import Station


OUT_OF_USE = ("Faulted", "Unavailable")


@handles(HANDLERS, "ReserveNow")
def reserve_now(station: Station, ask: Payload) -> Payload:
    """§5.13; connector 0 where ReserveConnectorZeroSupported is true."""
    _check_here(station)
    if (place := place_of(station, ask["connectorId"])) is None:
        return {"status": "Rejected"}
    if place != (0, 0) and station.variables.flag("ReservationCtrlr.Enabled"):
        status = station.dialect.connector_status(station.evse(place[0]), place[1])
        if status in OUT_OF_USE:  # of the connector itself, though its EVSE has another one
            return {"status": status}
    expires = parse(ask["expiryDate"])
    wish = Reservation(ask["reservationId"], Token(ask["idTag"]), expires, ask.get("parentIdTag"), place[0])
    return {"status": station.function(Reservations).reserve(wish).status}


@handles(HANDLERS, "CancelReservation")
def cancel_reservation(station: Station, ask: Payload) -> Payload:
    """§5.1."""
    _check_here(station)
    kept = station.used(Reservations)
    return {"status": "Accepted" if kept is not None and kept.cancel(ask["reservationId"]) else "Rejected"}


def _check_here(station: Station) -> None:
    """§3.3: a station without the profile does not know its messages."""
    if not station.variables.flag("ReservationCtrlr.Available"):
        raise CallRefused(Code.NOT_SUPPORTED, "the Reservation profile is not supported")
