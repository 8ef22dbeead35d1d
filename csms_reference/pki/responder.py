"""The OCSP responder of our authorities (RFC 6960), which sign their answers themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from sqlalchemy import Connection as Database

from csms_reference.instants import from_ms, to_ms
from csms_reference.pki.authority import Authority
from csms_reference.pki.hierarchy import every
from csms_reference.services import certificates
from protocol.x509 import HASHES

FRESH = timedelta(days=7)
"""An answer may be kept for so long: a station refreshes at least once a week (M06.FR.10)."""


class Status(StrEnum):
    """What we know of a certificate of ours."""

    GOOD = "good"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """Which certificate it is about: CertID of RFC 6960, CertificateHashDataType of OCPP."""

    algorithm: hashes.HashAlgorithm
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int

    @classmethod
    def of(cls, data: Mapping[str, str]) -> Question:
        """From hash data. Raises ValueError for what is not hexadecimal."""
        name, key = bytes.fromhex(data["issuerNameHash"]), bytes.fromhex(data["issuerKeyHash"])
        return cls(HASHES[data["hashAlgorithm"]](), name, key, int(data["serialNumber"], 16))


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of the certificate that was asked about."""

    status: Status
    subject: str | None = None
    revoked_ms: int | None = None
    reason: str | None = None


def issuer_of(database: Database, question: Question) -> Authority | None:
    """Our authority that this is about; None if it is somebody else's."""
    for authority in every(database):
        if _hashes(authority.certificate, question.algorithm) == (question.issuer_name_hash, question.issuer_key_hash):
            return authority
    return None


def look_up(database: Database, issuer: Authority, question: Question, at: datetime) -> Finding:
    """What is known of a certificate of one of our authorities."""
    row = certificates.by_serial(database, issuer.name, f"{question.serial:x}")
    if row is None:
        return Finding(Status.UNKNOWN)
    if row.revoked_ms is not None:
        return Finding(Status.REVOKED, row.common_name, row.revoked_ms, row.reason)
    return Finding(Status.EXPIRED if row.not_after_ms < to_ms(at) else Status.GOOD, row.common_name)


def answer(
    issuer: Authority, question: Question, finding: Finding, at: datetime, nonce: x509.OCSPNonce | None
) -> bytes:
    """The signed answer to one question, DER (M06.FR.08, FR.09)."""
    gone = finding.status is Status.REVOKED
    status = {Status.REVOKED: ocsp.OCSPCertStatus.REVOKED, Status.UNKNOWN: ocsp.OCSPCertStatus.UNKNOWN}
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        question.issuer_name_hash,
        question.issuer_key_hash,
        question.serial,
        question.algorithm,
        status.get(finding.status, ocsp.OCSPCertStatus.GOOD),
        at,
        at + FRESH,
        from_ms(finding.revoked_ms) if gone and finding.revoked_ms is not None else None,
        x509.ReasonFlags(finding.reason) if gone and finding.reason is not None else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    if nonce is not None:
        builder = builder.add_extension(nonce, critical=False)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def respond(database: Database, request: bytes, at: datetime) -> bytes:
    """The answer to an OCSP request, both DER. What cannot be read, and what is not ours, gets an error of RFC 6960."""
    try:
        asked = ocsp.load_der_ocsp_request(request)
        question = Question(asked.hash_algorithm, asked.issuer_name_hash, asked.issuer_key_hash, asked.serial_number)
        nonce = _nonce(asked)
    except (ValueError, NotImplementedError, UnsupportedAlgorithm, x509.DuplicateExtension):
        return _failure(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    issuer = issuer_of(database, question)
    if issuer is None:
        return _failure(ocsp.OCSPResponseStatus.UNAUTHORIZED)  # RFC 5019 §2.2.3: not its certificates
    return answer(issuer, question, look_up(database, issuer, question, at), at, nonce)


def _nonce(asked: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    try:
        found = asked.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return None
    if not 1 <= len(found.nonce) <= 128:  # RFC 9654 §2.1
        raise ValueError("a nonce has 1 to 128 octets")
    return found


def _failure(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def _hashes(issuer: x509.Certificate, algorithm: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
    asked = ocsp.OCSPRequestBuilder().add_certificate(issuer, issuer, algorithm).build()
    # The name hash is over the issuer's name in the certificate, which is the subject of its issuer.
    digest = hashes.Hash(algorithm)
    digest.update(issuer.subject.public_bytes())
    return digest.finalize(), asked.issuer_key_hash
