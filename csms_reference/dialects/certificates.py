"""Certificates and passwords where 1.6 with its security extension and 2.x say the same (blocks A and M)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection as Database

from csms_reference.dialects.registry import Ask, Payload, afterwards, commands
from csms_reference.outcome import Outcome
from csms_reference.pki.hierarchy import PLANS, ROOT_OF_USE, Hierarchy
from csms_reference.services import certificates
from protocol.versions import V16, V201
from protocol.x509 import hash_data, load_chain, pem, same_hash

if TYPE_CHECKING:
    from csms_reference.csms import Csms


@commands("install_certificate", V16, V201)
async def install_certificate(
    ask: Ask, *, type: str, certificate: str | None = None, authority: str | None = None
) -> Outcome:
    """M05. ``certificate``: PEM; without one that of an ``authority`` of ours, by default the root for this type."""
    if certificate is None:
        name = authority or ROOT_OF_USE.get(type)
        if name not in PLANS:
            raise ValueError(f"no authority for {type}: give the certificate, or one of {', '.join(PLANS)}")
        certificate = await own(ask.csms, name)
    return await ask("InstallCertificate", {"certificateType": type, "certificate": certificate})


async def own(csms: Csms, name: str) -> str:
    """The certificate of one of our authorities, PEM."""
    hierarchy, at = Hierarchy.of(csms.settings), csms.now()
    return await csms.store.write(lambda database: pem(hierarchy.authority(database, name, at).certificate))


@afterwards("install_certificate")
async def certificate_installed(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note what a station holds now."""
    if end.status != "Accepted" or end.asked is None:
        return
    try:
        root = load_chain(end.asked["certificate"])[0]
    except ValueError:  # it has taken what is none
        return
    data, kind = hash_data(root, root), fields["type"]
    await csms.store.write(lambda database: certificates.note_installed(database, station, kind, data, asked_ms))


@commands("delete_certificate", V16, V201)
async def delete_certificate(
    ask: Ask, *, hash: Payload | None = None, id: int | None = None, certificate: str | None = None
) -> Outcome:
    """M04. By its hash data, by its ``id`` in ``/stations/{station}/certificates``, or by the certificate in PEM: a
    root, or a chain with the certificate first."""
    data = hash if hash is not None else await _hash_of(ask, id, certificate)
    return await ask("DeleteCertificate", {"certificateHashData": data})


async def _hash_of(ask: Ask, id: int | None, certificate: str | None) -> Payload:
    """M04.FR.07: the hash data with the algorithm that the station uses."""
    station = ask.station
    rows = await ask.csms.store.read(lambda database: certificates.installed_at(database, station))
    known = {row.id: hash_of_row(row) for row in rows}
    if id is not None:
        if id not in known:
            raise ValueError(f"{station} is not known to hold a certificate with id {id}")
        return known[id]
    if certificate is None:
        raise ValueError("name the certificate: hash, id or certificate")
    chain = load_chain(certificate)
    found, issuer = chain[0], chain[min(1, len(chain) - 1)]
    for data in known.values():
        if same_hash(data, hash_data(found, issuer, data["hashAlgorithm"])):
            return data
    return dict(hash_data(found, issuer))


def hash_of_row(row: object) -> Payload:
    """CertificateHashDataType of a row of ``installed``."""
    columns = {
        "hashAlgorithm": "hash_algorithm",
        "issuerNameHash": "issuer_name_hash",
        "issuerKeyHash": "issuer_key_hash",
        "serialNumber": "serial",
    }
    return {field: getattr(row, column) for field, column in columns.items()}


@afterwards("delete_certificate")
async def certificate_deleted(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Forget what a station holds no more, or never did."""
    del fields, asked_ms
    if end.status not in {"Accepted", "NotFound"} or end.asked is None:
        return
    data = end.asked["certificateHashData"]

    def write(database: Database) -> None:
        certificates.forget_installed(database, station, data)

    await csms.store.write(write)
