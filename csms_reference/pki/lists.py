"""Certificate revocation lists (RFC 5280 §5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection as Database

from csms_reference.instants import from_ms, to_ms
from csms_reference.pki.hierarchy import find
from csms_reference.services import certificates

FRESH = timedelta(days=1)
"""When the next list is due."""


def revocation_list(database: Database, name: str, at: datetime) -> bytes | None:
    """The signed list of what an authority has revoked, DER; None where there is no such authority (yet)."""
    authority = find(database, name)
    if authority is None:
        return None
    own = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at)
        .next_update(at + FRESH)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
        .add_extension(x509.CRLNumber(max(1, to_ms(at))), critical=False)
    )
    for row in certificates.revoked(database, name):
        entry = x509.RevokedCertificateBuilder().serial_number(int(row.serial, 16))
        entry = entry.revocation_date(from_ms(row.revoked_ms))
        if row.reason not in {None, "unspecified"}:  # RFC 5280 §5.3.1: unspecified is left out
            entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(row.reason)), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)
