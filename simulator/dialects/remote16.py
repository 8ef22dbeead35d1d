"""Remote control and availability in OCPP 1.6: start, stop, unlock, open and close (§5.2, §5.11, §5.12, §5.18)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp16 import HANDLERS, place_of
from simulator.dialects.smart16 import remote_profile
from simulator.tokens import Token

if TYPE_CHECKING:
    from simulator.station import Station


@handles(HANDLERS, "RemoteStartTransaction")
def remote_start(station: Station, ask: Payload) -> Payload:
    """§5.11."""
    wanted = None
    if "connectorId" in ask:
        place = place_of(station, ask["connectorId"])
        if place is None or place == (0, 0):
            return {"status": "Rejected"}
        wanted = place[0]
    token = Token(ask["idTag"])
    evse = station.admission.chosen(token, wanted)
    if evse is None:
        return {"status": "Rejected"}
    if "chargingProfile" in ask and not remote_profile(station, ask["chargingProfile"], evse.id):
        return {"status": "Rejected"}
    station.admission.remote_start(evse, token, None)
    return {"status": "Accepted"}


@handles(HANDLERS, "RemoteStopTransaction")
def remote_stop(station: Station, ask: Payload) -> Payload:
    """§5.12."""
    return {"status": "Accepted" if station.admission.remote_stop(str(ask["transactionId"])) else "Rejected"}


@handles(HANDLERS, "ChangeAvailability")
def change_availability(station: Station, ask: Payload) -> Payload:
    """§5.2."""
    place = place_of(station, ask["connectorId"])
    if place is None:
        return {"status": "Rejected"}
    return {"status": station.availability.change(ask["type"] == "Operative", *place, with_parts=True)}


@handles(HANDLERS, "UnlockConnector")
def unlock_connector(station: Station, ask: Payload) -> Payload:
    """§5.18: a running transaction is ended first. Its end takes longer than the answer may: that goes by the lock."""
    place = place_of(station, ask["connectorId"])
    if place is None or place == (0, 0):
        return {"status": "NotSupported"}
    evse, connector = station.evse(place[0]), place[1]
    if not evse.profile.connectors[connector - 1].lock:
        return {"status": "NotSupported"}
    if evse.tx is not None and evse.connector == connector:
        station.later(partial(evse.stop, "UnlockCommand", "UnlockCommand"))  # which unlocks
        return {"status": "Unlocked" if evse.unlocks(connector) else "UnlockFailed"}
    return {"status": "Unlocked" if evse.unlock(connector) else "UnlockFailed"}
