"""OCPP 2.0.1 and 2.1: network connection profiles, and the order in which a station tries them (A05, B09, B10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csms_reference.dialects.registry import Ask, Payload, afterwards, commands
from csms_reference.outcome import Outcome
from csms_reference.services import addresses
from csms_reference.services.addresses import Address
from protocol.versions import V21, V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

TIMEOUT_S = 30
"""The message timeout to start with (NetworkConnectionProfileType)."""

INTERFACE = "Wired0"


@commands("set_network_profile", V201)
async def set_network_profile(
    ask: Ask,
    *,
    slot: int,
    url: str,
    security_profile: int,
    timeout_s: int = TIMEOUT_S,
    interface: str = INTERFACE,
    transport: str = "JSON",
    ocpp_version: str = "OCPP20",
    apn: Payload | None = None,
    vpn: Payload | None = None,
) -> Outcome:
    """B09. ``url`` is without the station's identity. What was taken is read at
    ``/stations/{station}/network-profiles``."""
    data = _data(
        url=url,
        security_profile=security_profile,
        timeout_s=timeout_s,
        interface=interface,
        transport=transport,
        apn=apn,
        vpn=vpn,
    )
    whole = {**data, "ocppVersion": ocpp_version}
    return await ask("SetNetworkProfile", {"configurationSlot": slot, "connectionData": whole})


@commands("set_network_profile", V21)
async def set_network_profile_21(
    ask: Ask,
    *,
    slot: int,
    url: str,
    security_profile: int,
    timeout_s: int = TIMEOUT_S,
    interface: str = INTERFACE,
    transport: str = "JSON",
    ocpp_version: str | None = None,
    apn: Payload | None = None,
    vpn: Payload | None = None,
    identity: str | None = None,
    basic_auth_password: str | None = None,
) -> Outcome:
    """B09, B09.FR.14: with who the station is to be there."""
    data = _data(
        url=url,
        security_profile=security_profile,
        timeout_s=timeout_s,
        interface=interface,
        transport=transport,
        apn=apn,
        vpn=vpn,
    )
    more = {"ocppVersion": ocpp_version, "identity": identity, "basicAuthPassword": basic_auth_password}
    whole = {**data, **{key: value for key, value in more.items() if value is not None}}
    return await ask("SetNetworkProfile", {"configurationSlot": slot, "connectionData": whole})


def _data(
    *,
    url: str,
    security_profile: int,
    timeout_s: int,
    interface: str,
    transport: str,
    apn: Payload | None,
    vpn: Payload | None,
) -> Payload:
    data: Payload = {
        "ocppCsmsUrl": url,
        "securityProfile": security_profile,
        "messageTimeout": timeout_s,
        "ocppInterface": interface,
        "ocppTransport": transport,
    }
    if apn is not None:
        data["apn"] = apn
    if vpn is not None:
        data["vpn"] = vpn
    return data


@afterwards("set_network_profile")
async def profile_set(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note what the station has taken."""
    if end.status != "Accepted":
        return
    taken = Address(
        fields["slot"],
        fields["url"],
        fields["security_profile"],
        fields.get("timeout_s", TIMEOUT_S),
        fields.get("interface", INTERFACE),
        fields.get("identity"),
        (fields.get("apn") or {}).get("apn"),
        (fields.get("vpn") or {}).get("server"),
    )
    await csms.store.write(lambda database: addresses.taken(database, station, taken, asked_ms))
