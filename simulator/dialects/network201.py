"""SetNetworkProfile of OCPP 2.0.1 (B09)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simulator import addressing
from simulator.addressing import INVALID, NO_SLOT, NetworkProfile
from simulator.devicemodel.network import SLOTS
from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp201 import HANDLERS
from simulator.hardware.board import FULL

if TYPE_CHECKING:
    from simulator.station import Station

SCHEMES = {0: "ws", 1: "ws", 2: "wss", 3: "wss"}
"""How a URL begins in each security profile (part 2 A00: from 2 on there is TLS)."""


@handles(HANDLERS, "SetNetworkProfile")
def set_network_profile(station: Station, ask: Payload) -> Payload:
    """B09.FR.01–.05, .31, with the reason codes of errata 2025-09."""
    slot, data = ask["configurationSlot"], ask["connectionData"]
    if str(slot) not in SLOTS:
        return _no("Rejected", NO_SLOT, f"there are {', '.join(SLOTS)}")
    if fault := _fault(station, data):
        return _no("Rejected", INVALID, fault)
    if any(raised.name == FULL for raised in station.troubles):
        return _no("Failed", "OutOfStorage", "the memory is full")
    if (why := addressing.store(station, slot, _profile(data))) is not None:
        return _no("Rejected", why)
    return {"status": "Accepted"}


def _no(status: str, reason: str, more: str = "") -> Payload:
    info = {"reasonCode": reason}
    return {"status": status, "statusInfo": {**info, "additionalInfo": more} if more else info}


def _fault(station: Station, data: Payload) -> str | None:
    """B09.FR.02: what in a profile cannot be; None where all is well. ``ocppVersion`` is ignored, for the handshake
    decides, and the interface is a wish (NetworkConnectionProfileType)."""
    if data["ocppTransport"] != "JSON":
        return "ocppTransport: only JSON is spoken"
    if data["securityProfile"] not in SCHEMES:
        return "securityProfile: 0 to 3"
    if data["messageTimeout"] <= 0:
        return "messageTimeout: above 0"
    if not _is_address(data["ocppCsmsUrl"], SCHEMES[data["securityProfile"]]):
        return f"ocppCsmsUrl: a {SCHEMES[data['securityProfile']]} address"
    if "vpn" in data:
        return "vpn: there is no VPN client"
    if "apn" in data and not station.has("RadioLink"):
        return "apn: there is no modem"
    return None


def _is_address(url: str, scheme: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == scheme and bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:
        return False


def _profile(data: Payload) -> NetworkProfile:
    apn = data.get("apn", {})
    return NetworkProfile(
        data["ocppCsmsUrl"].rstrip("/"),
        data["securityProfile"],
        data["messageTimeout"],
        data["ocppInterface"],
        apn.get("apn"),
        data.get("identity"),
        data.get("basicAuthPassword"),
    )
