"""Remote control and availability in OCPP 2.0.1: start, stop, unlock, open and close (F01–F05, G03, G04)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp201 import HANDLERS
from simulator.dialects.smart201 import remote_profile
from simulator.tokens import Token

if TYPE_CHECKING:
    from simulator.station import Station


def _refused(status: str, why: str) -> Payload:
    return {"status": status, "statusInfo": {"reasonCode": why}}


@handles(HANDLERS, "RequestStartTransaction")
def request_start(station: Station, ask: Payload) -> Payload:
    """F01, F02; F01.FR.13: a transaction that began with the cable is told back by its id."""
    wanted = ask.get("evseId")
    if wanted is not None and not 1 <= wanted <= len(station.evses):
        return _refused("Rejected", "UnknownEvse")
    if not station.online:
        return _refused("Rejected", "CSNotAccepted")  # B02.FR.05
    token = Token(ask["idToken"]["idToken"], ask["idToken"]["type"])
    group = ask["groupIdToken"]["idToken"] if "groupIdToken" in ask else None
    evse = station.admission.chosen(token, wanted, group)
    if evse is None:
        busy = wanted is not None and station.evse(wanted).authorization is not None
        return _refused("Rejected", "TxInProgress") if busy else {"status": "Rejected"}
    if "chargingProfile" in ask and (refusal := remote_profile(station, ask["chargingProfile"], evse.id)):
        return refusal  # F01.FR.26, F02.FR.27
    station.admission.remote_start(evse, token, ask["remoteStartId"], group)
    return {"status": "Accepted", "transactionId": evse.tx.id} if evse.tx else {"status": "Accepted"}


@handles(HANDLERS, "RequestStopTransaction")
def request_stop(station: Station, ask: Payload) -> Payload:
    """F03.FR.07, F03.FR.08; B02.FR.05."""
    if not station.online:
        return _refused("Rejected", "CSNotAccepted")
    stopped = station.admission.remote_stop(ask["transactionId"])
    return {"status": "Accepted"} if stopped else _refused("Rejected", "TxNotFound")


@handles(HANDLERS, "ChangeAvailability")
def change_availability(station: Station, ask: Payload) -> Payload:
    """G03, G04."""
    place = ask.get("evse", {"id": 0})
    evse, connector = place["id"], place.get("connectorId", 0)
    if not 0 <= evse <= len(station.evses) or (not evse and "evse" in ask):
        return _refused("Rejected", "UnknownEvse")
    if evse and not 0 <= connector <= len(station.evse(evse).profile.connectors):
        return _refused("Rejected", "UnknownConnectorId")
    return {"status": station.availability.change(ask["operationalStatus"] == "Operative", evse, connector)}


@handles(HANDLERS, "UnlockConnector")
def unlock_connector(station: Station, ask: Payload) -> Payload:
    """F05."""
    number, connector = ask["evseId"], ask["connectorId"]
    if not 1 <= number <= len(station.evses):
        return _refused("UnknownConnector", "UnknownEvse")  # F05.FR.03
    evse = station.evse(number)
    if not 1 <= connector <= len(evse.profile.connectors):
        return _refused("UnknownConnector", "UnknownConnectorId")
    if evse.tx is not None and evse.authorization is not None and evse.connector == connector:
        return {"status": "OngoingAuthorizedTransaction"}  # F05.FR.02
    if not evse.profile.connectors[connector - 1].lock:
        return _refused("UnlockFailed", "FixedCable")
    return {"status": "Unlocked" if evse.unlock(connector) else "UnlockFailed"}  # F05.FR.04–.06
