"""Certificates in OCPP 1.6 with the security whitepaper (A02, M03–M05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp16 import HANDLERS
from simulator.keys.memory import Own, Use
from simulator.keys.roots import delete, install, listed
from simulator.keys.signing import Signing
from simulator.keys.store import Keys

if TYPE_CHECKING:
    from simulator.station import Station

USES = {"CentralSystemRootCertificate": Use.CSMS, "ManufacturerRootCertificate": Use.MANUFACTURER}
"""CertificateUseEnumType."""


@handles(HANDLERS, "InstallCertificate")
def install_certificate(station: Station, ask: Payload) -> Payload:
    """M05."""
    return {"status": install(station.function(Keys), USES[ask["certificateType"]], ask["certificate"]).status}


@handles(HANDLERS, "DeleteCertificate")
def delete_certificate(station: Station, ask: Payload) -> Payload:
    """M04."""
    return {"status": delete(station.function(Keys), ask["certificateHashData"]).status}


@handles(HANDLERS, "GetInstalledCertificateIds")
def get_installed_certificate_ids(station: Station, ask: Payload) -> Payload:
    """M03."""
    found = listed(station.function(Keys), (USES[ask["certificateType"]],))
    if not found:
        return {"status": "NotFound"}
    return {"status": "Accepted", "certificateHashData": [dict(each.hash) for each in found]}


@handles(HANDLERS, "CertificateSigned")
def certificate_signed(station: Station, ask: Payload) -> Payload:
    """A02.FR.06–.08."""
    return {"status": station.function(Signing).signed(ask["certificateChain"], Own.STATION).status}
