"""Certificates in OCPP 2.0.1 (A02, M03–M05): installed, listed, deleted, signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.dialects.dialect import Payload, handles, triggers
from simulator.dialects.ocpp201 import HANDLERS, TRIGGERS
from simulator.keys import contracts
from simulator.keys.controllers import controller_of, controllers
from simulator.keys.memory import Own, Use
from simulator.keys.outcome import Outcome
from simulator.keys.roots import Listed, delete, install, listed
from simulator.keys.signing import Signing
from simulator.keys.store import Keys

if TYPE_CHECKING:
    from simulator.station import Station

LONGEST_INFO = 512

__all__ = ["answer", "contracts"]  # the latter enters itself


def answer(outcome: Outcome) -> Payload:
    """A status, with why where there is something to explain."""
    if not outcome.reason:
        return {"status": outcome.status}
    info: Payload = {"reasonCode": outcome.reason}
    if outcome.info:
        info["additionalInfo"] = outcome.info[:LONGEST_INFO]
    return {"status": outcome.status, "statusInfo": info}


@handles(HANDLERS, "InstallCertificate")
def install_certificate(station: Station, ask: Payload) -> Payload:
    """M05."""
    return answer(install(station.function(Keys), Use(ask["certificateType"]), ask["certificate"]))


@handles(HANDLERS, "DeleteCertificate")
def delete_certificate(station: Station, ask: Payload) -> Payload:
    """M04."""
    return answer(delete(station.function(Keys), ask["certificateHashData"]))


@handles(HANDLERS, "GetInstalledCertificateIds")
def get_installed_certificate_ids(station: Station, ask: Payload) -> Payload:
    """M03."""
    found = listed(station.function(Keys), ask.get("certificateType", ()))
    if not found:
        return {"status": "NotFound"}
    return {"status": "Accepted", "certificateHashDataChain": [_chain(each) for each in found]}


def _chain(found: Listed) -> Payload:
    chain: Payload = {"certificateType": str(found.kind), "certificateHashData": dict(found.hash)}
    if found.children:
        chain["childCertificateHashData"] = [dict(child) for child in found.children]
    return chain


@handles(HANDLERS, "CertificateSigned")
def certificate_signed(station: Station, ask: Payload) -> Payload:
    """A02.FR.06–.08, .16; 2.1 says by requestId which CSR it is for."""
    own = Own(ask["certificateType"]) if "certificateType" in ask else None
    return answer(station.function(Signing).signed(ask["certificateChain"], own, ask.get("requestId")))


@triggers(TRIGGERS, "SignChargingStationCertificate")
def _trigger_station(station: Station, _evse: int | None, _connector: int | None) -> bool:
    station.later(lambda: station.function(Signing).ask(Own.STATION))
    return True


@triggers(TRIGGERS, "SignV2GCertificate")
def _trigger_v2g(station: Station, evse: int | None, _connector: int | None) -> bool | None:
    return _ask_for_ev(station, Own.V2G, evse)


@triggers(TRIGGERS, "SignV2G20Certificate")
def _trigger_v2g20(station: Station, evse: int | None, _connector: int | None) -> bool | None:
    return _ask_for_ev(station, Own.V2G20, evse)


def _ask_for_ev(station: Station, own: Own, evse: int | None) -> bool | None:
    """A02: for the controller of one EVSE, or the only one; nothing where there is no SeccId.

    Where nothing speaks ISO 15118 there is no such certificate (F06.FR.08).
    """
    if not any(controllers(station)):
        return None
    controller = controller_of(station, evse)
    if controller is None or not controller.secc:
        return False
    station.later(lambda: station.function(Signing).ask(own, controller))
    return True


@triggers(TRIGGERS, "SignCombinedCertificate")
def _trigger_combined(station: Station, _evse: int | None, _connector: int | None) -> bool | None:
    if not any(controllers(station)):
        return None  # F06.FR.08
    if controller_of(station, None) is None:
        return False
    station.later(lambda: station.function(Signing).ask(Own.STATION, combined=True))
    return True
