"""OCPP 2.0.1 (and what 2.1 kept of it): certificates, security events, passwords (blocks A and M)."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection as Database

from csms_reference.dialects.registry import Ask, Asker, Payload, afterwards, answers, commands
from csms_reference.events import news
from csms_reference.instants import read_ms, to_ms
from csms_reference.outcome import Outcome
from csms_reference.pki import contracts, signing, validity
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.services import certificates, security
from protocol.security import password_fault
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

TRIGGERS = {
    "ChargingStationCertificate": "SignChargingStationCertificate",
    "V2GCertificate": "SignV2GCertificate",
    "V2G20Certificate": "SignV2G20Certificate",
    "Combined": "SignCombinedCertificate",
}

EXI_FAILED = b64encode(b"\x80\x06FAILED").decode()
"""An answer for the EV that says that there is none."""


@answers("SignCertificate", V201)
async def sign_certificate_asked(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """A02.FR.11, A02.FR.12: the certificate follows in a CertificateSignedRequest."""
    request = signing.Request(station.identity, ask["csr"], ask.get("certificateType"), ask.get("requestId"))
    why = await signing.receive(csms, request, now)
    if why is None:
        return {"status": "Accepted"}
    return {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidCSR", "additionalInfo": why[:512]}}


@answers("SecurityEventNotification", V201)
async def security_event(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """A04.FR.03."""
    kind, info, at_ms = ask["type"], ask.get("techInfo"), read_ms(ask["timestamp"])
    new = await csms.store.write(
        lambda database: security.note(
            database, station.identity, kind, info, timestamp_ms=at_ms, received_ms=to_ms(now), kept=csms.kept
        )
    )
    if new:
        news.security_event(
            csms.bus, station.identity, to_ms(now), kind, info=info, from_station=True, happened_ms=at_ms
        )  # fmt: skip
    return {}


@answers("GetCertificateStatus", V201)
async def certificate_status(csms: Csms, _station: Asker, ask: Payload, now: datetime) -> Payload:
    """M06.FR.02 to FR.04: what the responder says, in base64; the status tells whether it said anything."""
    found = await validity.status_answer(csms, ask["ocspRequestData"], now)
    if found is None:
        return {"status": "Failed", "statusInfo": {"reasonCode": "NotFound"}}
    return {"status": "Accepted", "ocspResult": b64encode(found).decode()}


@answers("Get15118EVCertificate", V201)
async def ev_certificate(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """M01, M02: the EV's request goes to the eMobility operator, which is a small one of our own."""
    hierarchy = Hierarchy.of(csms.settings)

    def write(database: Database) -> contracts.Provision:
        return contracts.provide(database, hierarchy, ask["action"], ask["exiRequest"], now)

    try:
        made = await csms.store.write(write)
    except contracts.Unprovided as problem:
        why = {"reasonCode": "InvalidCertificate", "additionalInfo": f"{station.identity}: {problem}"[:512]}
        return {"status": "Failed", "exiResponse": EXI_FAILED, "statusInfo": why}
    return {"status": "Accepted", "exiResponse": made.exi}


@commands("sign_certificate", V201)
async def sign_certificate(ask: Ask, *, type: str = "ChargingStationCertificate", evse: int | None = None) -> Outcome:
    """A02: have the station make a new key, and ask for a certificate. ``type`` may be Combined."""
    if type not in TRIGGERS:
        raise ValueError(f"no certificate {type!r}; there are {', '.join(TRIGGERS)}")
    payload: Payload = {"requestedMessage": TRIGGERS[type]}
    if evse is not None:
        payload["evse"] = {"id": evse}
    return await ask("TriggerMessage", payload)


@commands("certificate_signed", V201)
async def certificate_signed(
    ask: Ask, *, chain: str, type: str | None = None, request_id: int | None = None
) -> Outcome:
    """A02.FR.14: a certificate for the station, PEM, the leaf first."""
    payload: Payload = {"certificateChain": chain}
    if type is not None:
        payload["certificateType"] = type
    if request_id is not None:
        payload["requestId"] = request_id
    return await ask("CertificateSigned", payload)


@commands("get_installed_certificate_ids", V201)
async def get_installed_certificate_ids(ask: Ask, *, types: list[str] | None = None) -> Outcome:
    """M03. Without types all are told."""
    return await ask("GetInstalledCertificateIds", {"certificateType": types} if types else {})


@afterwards("get_installed_certificate_ids")
async def installed_told(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note what the station holds of these types, and that it holds nothing else of them (both versions)."""
    if end.answer is None or end.status not in {"Accepted", "NotFound"}:
        return
    types = fields.get("types")
    chains = [
        (each["certificateType"], each["certificateHashData"], each.get("childCertificateHashData", []))
        for each in end.answer.get("certificateHashDataChain", ())
    ]
    chains += [((types or ["?"])[0], data, []) for data in end.answer.get("certificateHashData", ())]  # 1.6
    await csms.store.write(lambda database: certificates.report_installed(database, station, types, chains, asked_ms))


@commands("set_password", V201)
async def set_password(ask: Ask, *, password: str) -> Outcome:
    """A01.FR.02. The status is that of the variable."""
    if (fault := password_fault("2.0.1", password, longest=64)) is not None:
        raise ValueError(fault)
    named = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    end = await ask("SetVariables", {"setVariableData": [{**named, "attributeValue": password}]})
    if end.answer is None:
        return end
    return Outcome(end.answer["setVariableResult"][0]["attributeStatus"], end.answer, asked=end.asked)
