"""From a station's CSR to its certificate (A02, A03): checked, signed, sent, and sent again where it did not arrive."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection as Database
from sqlalchemy import Row

from csms_reference import outcome
from csms_reference.instants import to_ms
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue
from csms_reference.pki.requests import Unsignable, check_names, digest, key_of, read
from csms_reference.services import certificates, registration
from protocol.x509 import load_chain, pem

if TYPE_CHECKING:
    from csms_reference.csms import Csms

log = logging.getLogger(__name__)

STATION = "ChargingStationCertificate"
KIND_OF_TYPE = {STATION: "station", "V2GCertificate": "v2g", "V2G20Certificate": "v2g"}

ATTEMPTS = 3
RETRY_S = 60.0
"""A station that is there but does not answer gets its certificate so often, so far apart. One that is away asks again
itself (A02.FR.17), and then gets the certificate that is there already."""


class Request(NamedTuple):
    """What a station asks. ``type`` is None where it does not say: one certificate for the CSMS (and for EVs)."""

    station: str
    csr: str
    type: str | None
    id: int | None


class Signed(NamedTuple):
    """A request that was accepted: its number, and the chain (PEM) that answers it."""

    number: int
    certificate: int
    chain: str


async def receive(csms: Csms, request: Request, at: datetime) -> str | None:
    """Take a CSR (A02.FR.11), or say what is wrong with it (A02.FR.12). The certificate follows in its own message."""
    if not csms.settings.signs_certificates:
        return "nothing is signed here"
    found = await csms.store.write(lambda database: sign(database, csms, request, at))
    if isinstance(found, str):
        log.warning("%s asked for a certificate that it does not get: %s", request.station, found)
        return found
    csms.busy.begin()
    csms.spawn(deliver(csms, request, found))
    return None


def sign(database: Database, csms: Csms, request: Request, at: datetime) -> Signed | str:
    """Have our authority sign a request, or say why not. The same CSR gets the same certificate."""
    mark, kind = digest(request.csr), request.type or STATION
    before = certificates.asked_before(database, request.station, mark)
    if before is not None and (row := certificates.find(database, before.certificate_id)) is not None:
        return Signed(before.id, row.id, _chain(database, csms, row, at))
    note = {"type": kind, "request_id": request.id, "digest": mark, "received_ms": to_ms(at)}
    hierarchy = Hierarchy.of(csms.settings)
    try:
        asked = read(request.csr)
        check_names(asked, _names(database, request, kind), csms.settings.organisations)
    except Unsignable as problem:
        certificates.ask(database, request.station, state="Rejected", why=str(problem)[:255], **note)
        return str(problem)
    made = issue(database, hierarchy, KIND_OF_TYPE[kind], asked.subject, key_of(asked), at=at, station=request.station)
    number = certificates.ask(database, request.station, state="Issued", certificate_id=made.number, **note)
    return Signed(number, made.number, made.pem)


def _names(database: Database, request: Request, kind: str) -> list[str] | None:
    """What CN may be: the station's serial number (A00.FR.511) or identity; of an ISO 15118 controller its SeccId."""
    if kind != STATION:
        return None
    row = registration.find(database, request.station)
    serial = None if row is None else row.serial
    return [request.station] if serial in {None, request.station} else [request.station, str(serial)]


def _chain(database: Database, csms: Csms, row: Row[Any], at: datetime) -> str:
    return pem(*load_chain(row.certificate), *Hierarchy.of(csms.settings).chain(database, row.authority, at))


async def deliver(csms: Csms, request: Request, signed: Signed) -> None:
    """Send the certificate until the station has answered, or is away. Begins and ends as work under way."""
    fields = {"chain": signed.chain, "type": request.type, "request_id": request.id}
    fields = {name: value for name, value in fields.items() if value is not None}
    try:
        for attempt in range(ATTEMPTS):
            if attempt:
                await csms.pause(RETRY_S)
            csms.busy.end()
            try:
                end = await csms.command(request.station, "certificate_signed", **fields)
            finally:
                csms.busy.begin()
            if end.answered:
                await _answered(csms, request, signed, end)
                return
            await csms.store.write(partial(_not_there, number=signed.number, why=end.error))
            if end.status != outcome.TIMED_OUT:
                log.warning("%s did not get its certificate: %s", request.station, end.error)
                return
    finally:
        csms.busy.end()


def _not_there(database: Database, number: int, why: str | None) -> None:
    certificates.progress(database, number, "Sent", why)


async def _answered(csms: Csms, request: Request, signed: Signed, end: outcome.Outcome) -> None:
    """Note what the station made of it; what it has refused (A02.FR.07) it has thrown away, and is revoked."""
    accepted, now_ms = end.status == "Accepted", csms.now_ms()

    def write(database: Database) -> None:
        certificates.progress(database, signed.number, "Installed" if accepted else "Refused")
        if not accepted:
            certificates.revoke(database, signed.certificate, "cessationOfOperation", now_ms)

    await csms.store.write(write)
    if not accepted:
        log.warning("%s refused the certificate that it had asked for", request.station)
