"""OCPP 1.6 with the security extension (white paper, edition 3): certificates, security events, passwords."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from csms_reference.dialects.certificates201 import security_event
from csms_reference.dialects.registry import Ask, Asker, Payload, answers, commands
from csms_reference.outcome import Outcome
from csms_reference.pki import signing
from protocol.security import password_fault
from protocol.versions import V16

if TYPE_CHECKING:
    from csms_reference.csms import Csms

CENTRAL = "CentralSystemRootCertificate"

answers("SecurityEventNotification", V16)(security_event)


@answers("SignCertificate", V16)
async def sign_certificate_asked(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """White paper A02.FR.11, A02.FR.12: there is one kind of certificate, and no room for a reason."""
    why = await signing.receive(csms, signing.Request(station.identity, ask["csr"], None, None), now)
    return {"status": "Accepted" if why is None else "Rejected"}


@commands("sign_certificate", V16)
async def sign_certificate(ask: Ask, *, type: str = "ChargingStationCertificate") -> Outcome:
    """White paper A02."""
    if type != signing.STATION:
        raise ValueError(f"OCPP 1.6 has no {type}, only {signing.STATION}")
    return await ask("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})


@commands("certificate_signed", V16)
async def certificate_signed(ask: Ask, *, chain: str) -> Outcome:
    """White paper A02."""
    return await ask("CertificateSigned", {"certificateChain": chain})


@commands("get_installed_certificate_ids", V16)
async def get_installed_certificate_ids(ask: Ask, *, types: list[str]) -> Outcome:
    """White paper M03. One type at a time."""
    if len(types) != 1:
        raise ValueError(f"OCPP 1.6 tells one type at a time, such as [{CENTRAL!r}]")
    return await ask("GetInstalledCertificateIds", {"certificateType": types[0]})


@commands("set_password", V16)
async def set_password(ask: Ask, *, password: str) -> Outcome:
    """White paper A01: the AuthorizationKey, in hexadecimal."""
    if (fault := password_fault("1.6", password)) is not None:
        raise ValueError(fault)
    return await ask("ChangeConfiguration", {"key": "AuthorizationKey", "value": password})
