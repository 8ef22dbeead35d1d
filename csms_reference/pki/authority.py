"""One certificate authority: a certificate, its key, and the certificates that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from protocol.x509 import load_chain

AGO = timedelta(hours=1)
"""Certificates count from before they are made: clocks differ (the note of errata 2025-01 to A02.FR.06)."""

Extensions = Sequence[tuple[x509.ExtensionType, bool]]


@dataclass(frozen=True, slots=True)
class Places:
    """Where others ask about certificates: URLs that are written into them."""

    ocsp: str
    crls: str
    """Up to the list's name."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA. ``parent`` is None for a root."""

    name: str
    parent: str | None
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def of(cls, name: str, parent: str | None, certificate: str, key: str) -> Authority:
        """From PEM."""
        private = cast("ec.EllipticCurvePrivateKey", load_pem_private_key(key.encode(), None))
        return cls(name, parent, load_chain(certificate)[0], private)

    @property
    def private_pem(self) -> str:
        """The key, for the database alone."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def issue(
        self,
        subject: x509.Name,
        key: CertificatePublicKeyTypes,
        *,
        at: datetime,
        until: datetime,
        extensions: Extensions,
        places: Places | None,
    ) -> x509.Certificate:
        """Sign a certificate that is valid from a little before ``at``, and not longer than this authority."""
        builder = _builder(subject, key, at, min(until, self.certificate.not_valid_after_utc))
        builder = builder.issuer_name(self.certificate.subject)
        for extension, critical in (*extensions, *self._about(key, places)):
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self.key, hashes.SHA256())

    def _about(self, key: CertificatePublicKeyTypes, places: Places | None) -> Extensions:
        own = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        yielded: list[tuple[x509.ExtensionType, bool]] = [
            (x509.SubjectKeyIdentifier.from_public_key(key), False),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), False),
        ]
        if places is not None:
            ocsp = x509.UniformResourceIdentifier(places.ocsp)
            crl = x509.UniformResourceIdentifier(f"{places.crls}{self.name}.crl")
            access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, ocsp)
            point = x509.DistributionPoint([crl], relative_name=None, reasons=None, crl_issuer=None)
            yielded.append((x509.AuthorityInformationAccess([access]), False))
            yielded.append((x509.CRLDistributionPoints([point]), False))
        return yielded


def found_root(name: str, subject: x509.Name, *, at: datetime, until: datetime) -> Authority:
    """Make a root with a key of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    builder = _builder(subject, public, at, until).issuer_name(subject)
    for extension, critical in (*for_authority(None), (x509.SubjectKeyIdentifier.from_public_key(public), False)):
        builder = builder.add_extension(extension, critical=critical)
    return Authority(name, None, builder.sign(key, hashes.SHA256()), key)


def found_below(
    parent: Authority, name: str, subject: x509.Name, *, at: datetime, until: datetime, places: Places | None
) -> Authority:
    """Make an authority that issues certificates, but no authorities."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = parent.issue(subject, key.public_key(), at=at, until=until, extensions=for_authority(0), places=places)
    return Authority(name, parent.name, made, key)


def distinguished(common_name: str, organisation: str) -> x509.Name:
    """A subject as OCPP wants it (A00.FR.509, FR.511): O and CN."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def for_authority(depth: int | None) -> Extensions:
    """The extensions of an authority with ``depth`` authorities below it at most (A00.FR.512)."""
    return (
        (x509.BasicConstraints(ca=True, path_length=depth), True),
        (_usage(key_cert_sign=True, crl_sign=True, digital_signature=True), True),
    )


def for_end(*, agrees: bool = False, names: Sequence[x509.GeneralName] = ()) -> Extensions:
    """The extensions of a leaf. No extended key usage: ISO 15118 has none (A00.FR.514)."""
    usage = _usage(digital_signature=True, key_agreement=agrees)
    bare: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage, True),
    ]
    if names:
        bare.append((x509.SubjectAlternativeName(names), False))
    return bare


_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def _usage(**which: bool) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: which.get(name, False) for name in _USAGES})


def _builder(
    subject: x509.Name, key: CertificatePublicKeyTypes, at: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - AGO)
        .not_valid_after(until)
    )
