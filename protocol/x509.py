"""Certificates as OCPP uses them: chains, hash data (CertificateHashDataType), and whether one may be trusted.

Dates are compared with an instant that the caller names, because simulated time need not be the machine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

Extension = TypeVar("Extension", bound=x509.ExtensionType)

DEEPEST = 8
"""A path has at most so many certificates, root and leaf included."""

HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256,
    "SHA384": hashes.SHA384,
    "SHA512": hashes.SHA512,
}
"""HashAlgorithmEnumType."""

UNDERSTOOD = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectAlternativeName.oid,
        x509.SubjectKeyIdentifier.oid,
        x509.AuthorityKeyIdentifier.oid,
        x509.CertificatePolicies.oid,
        x509.AuthorityInformationAccess.oid,
        x509.CRLDistributionPoints.oid,
    }
)
"""Extensions that may be critical (RFC 5280 §4.2: who does not understand a critical one refuses)."""


class Purpose(StrEnum):
    """What a certificate is shown for."""

    SERVER = "server"  # a CSMS or file server in TLS
    CLIENT = "client"  # a charging station in TLS (security profile 3)
    SIGNING = "signing"  # the manufacturer's signature of a firmware image
    CONTRACT = "contract"  # an EV driver's contract (ISO 15118)
    CHARGER = "charger"  # a charging station towards the EV (ISO 15118, SECC)
    RESPONDER = "responder"  # an OCSP responder's answers
    AUTHORITY = "authority"  # a CA's own certificate
    ANY = "any"  # whatever it says


USAGES: Mapping[Purpose, ObjectIdentifier] = {
    Purpose.SERVER: ExtendedKeyUsageOID.SERVER_AUTH,
    Purpose.CLIENT: ExtendedKeyUsageOID.CLIENT_AUTH,
    Purpose.SIGNING: ExtendedKeyUsageOID.CODE_SIGNING,
    Purpose.RESPONDER: ExtendedKeyUsageOID.OCSP_SIGNING,
}
"""The extended key usage that a leaf must name if it names any."""


class Flaw(StrEnum):
    """What is wrong with a chain."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    UNKNOWN_ISSUER = "unknown issuer"
    BAD_SIGNATURE = "bad signature"
    NO_AUTHORITY = "no authority"
    WRONG_USAGE = "wrong usage"
    WEAK = "weak"
    UNREADABLE = "unreadable"


class Untrusted(Exception):
    """A certificate that must not be relied on; ``flaw`` says in a word why, the text in a line."""

    def __init__(self, why: str, flaw: Flaw = Flaw.UNREADABLE) -> None:
        super().__init__(why)
        self.why = why
        self.flaw = flaw


# -- texts ----------------------------------------------------------------------------------------------------------


def load_chain(pem: str) -> list[x509.Certificate]:
    """Return the certificates of a PEM text in its order, at least one. Raises ValueError."""
    try:
        return x509.load_pem_x509_certificates(pem.encode("ascii"))
    except UnicodeEncodeError as problem:
        raise ValueError("PEM is ASCII text") from problem


def load_der(der: bytes) -> x509.Certificate:
    """Return the certificate of a DER encoding. Raises ValueError."""
    return x509.load_der_x509_certificate(der)


def load_request(pem: str) -> x509.CertificateSigningRequest:
    """Return the PKCS#10 request of a PEM text (RFC 2986, RFC 4211 is not taken). Raises ValueError."""
    try:
        return x509.load_pem_x509_csr(pem.encode("ascii"))
    except UnicodeEncodeError as problem:
        raise ValueError("PEM is ASCII text") from problem


def pem(*certificates: x509.Certificate) -> str:
    """Return certificates as one PEM text, in this order."""
    return "".join(each.public_bytes(Encoding.PEM).decode("ascii") for each in certificates)


def der(certificate: x509.Certificate) -> bytes:
    """Return a certificate's DER encoding."""
    return certificate.public_bytes(Encoding.DER)


def common_name(name: x509.Name) -> str:
    """Return the CN of a distinguished name; empty where there is none."""
    return _first(name, NameOID.COMMON_NAME)


def organisation(name: x509.Name) -> str:
    """Return the O of a distinguished name; empty where there is none."""
    return _first(name, NameOID.ORGANIZATION_NAME)


def _first(name: x509.Name, attribute: ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(attribute)
    return str(found[0].value) if found else ""


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 over the DER encoding in lower-case hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def serial(certificate: x509.Certificate) -> str:
    """Return the serial number in lower-case hexadecimal digits, without 0x and without leading zeros."""
    return f"{certificate.serial_number:x}"


# -- hash data ------------------------------------------------------------------------------------------------------


def hash_data(certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str = "SHA256") -> dict[str, str]:
    """Return the CertificateHashDataType of a certificate: what an OCSP request says of it (RFC 6960 §4.1.1).

    ``issuer`` is the certificate itself where it is a root. Raises ValueError for an algorithm that OCPP has not.
    """
    if algorithm not in HASHES:
        raise ValueError(f"no hash algorithm {algorithm!r}; there are {', '.join(HASHES)}")
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, HASHES[algorithm]()).build()
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": asked.issuer_name_hash.hex(),
        "issuerKeyHash": asked.issuer_key_hash.hex(),
        "serialNumber": serial(certificate),
    }


def same_hash(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two CertificateHashDataType name one certificate: hexadecimal digits have no case, numbers no zeros."""
    return one["hashAlgorithm"] == other["hashAlgorithm"] and _digits(one) == _digits(other)


def _digits(data: Mapping[str, str]) -> tuple[str, str, str]:
    number = data["serialNumber"].lower().lstrip("0")
    return data["issuerNameHash"].lower(), data["issuerKeyHash"].lower(), number


# -- trust ----------------------------------------------------------------------------------------------------------


def is_root(certificate: x509.Certificate) -> bool:
    """Whether a certificate is signed by itself."""
    return certificate.subject == certificate.issuer and _signed(certificate, certificate)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate may issue others: basicConstraints CA, and keyCertSign if it tells usages."""
    try:
        return _authority_fault(certificate) is None
    except Untrusted:
        return False


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether a certificate bears the name and the signature of this issuer."""
    return certificate.issuer == issuer.subject and _signed(certificate, issuer)


def check_dates(certificate: x509.Certificate, at: datetime) -> None:
    """Compare a certificate's validity with an instant. Raises Untrusted."""
    if at < certificate.not_valid_before_utc:
        since = certificate.not_valid_before_utc.isoformat()
        raise Untrusted(f"{_who(certificate)} is not valid before {since}", Flaw.NOT_YET_VALID)
    if at > certificate.not_valid_after_utc:
        until = certificate.not_valid_after_utc.isoformat()
        raise Untrusted(f"{_who(certificate)} has expired at {until}", Flaw.EXPIRED)


def verify(
    leaf: x509.Certificate,
    intermediates: Iterable[x509.Certificate],
    roots: Iterable[x509.Certificate],
    *,
    at: datetime,
    purpose: Purpose,
) -> tuple[x509.Certificate, ...]:
    """Check the path from a leaf to one of the trusted roots (RFC 5280 §6) and return it. Raises Untrusted.

    Dates at ``at``, signatures, basicConstraints with pathLenConstraint, keyUsage, extendedKeyUsage for ``purpose``,
    critical extensions, and keys of at least 112 bits of security (A00.FR.501). Revocation is not looked at.
    Of several paths one without a flaw will do; of several flaws that of the longest path is told.
    """
    trail = _Trail(tuple(intermediates), tuple(roots), at)
    found = trail.follow((leaf,))
    _check_leaf(leaf, purpose)
    return found


@dataclass(frozen=True, slots=True)
class _Trail:
    """The search for a path upwards."""

    intermediates: Sequence[x509.Certificate]
    roots: Sequence[x509.Certificate]
    at: datetime

    def follow(self, path: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...]:
        """Return the path, continued to a root. Raises Untrusted."""
        last = path[-1]
        _check_one(last, self.at)
        if last in self.roots:
            return path
        if len(path) >= DEEPEST:
            raise Untrusted(f"the path has more than {DEEPEST} certificates", Flaw.UNKNOWN_ISSUER)
        flaw: Untrusted | None = None
        for issuer in (*self.roots, *self.intermediates):
            if issuer in path or issuer.subject != last.issuer:
                continue
            try:
                _check_issuer(last, issuer, below=len(path) - 1)
                return self.follow((*path, issuer))
            except Untrusted as problem:
                if flaw is None or flaw.flaw is Flaw.UNKNOWN_ISSUER:
                    flaw = problem
        raise flaw or Untrusted(f"nobody trusted has issued {_who(last)}", Flaw.UNKNOWN_ISSUER)


def _check_one(certificate: x509.Certificate, at: datetime) -> None:
    check_dates(certificate, at)
    try:
        weakness = key_fault(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise Untrusted(f"{_who(certificate)} has a key that cannot be read: {problem}") from problem
    if weakness is not None:
        raise Untrusted(f"{_who(certificate)}: {weakness}", Flaw.WEAK)
    strange = [
        each.oid.dotted_string for each in _extensions(certificate) if each.critical and each.oid not in UNDERSTOOD
    ]
    if strange:
        raise Untrusted(f"{_who(certificate)} has a critical extension nobody knows here: {strange[0]}")


def _check_issuer(certificate: x509.Certificate, issuer: x509.Certificate, *, below: int) -> None:
    """``below`` is how many certificates of authorities stand under the issuer's."""
    if (fault := _authority_fault(issuer)) is not None:
        raise Untrusted(f"{_who(issuer)} {fault}", Flaw.NO_AUTHORITY)
    constraints = _extension(issuer, x509.BasicConstraints)
    if constraints is not None and constraints.path_length is not None and constraints.path_length < below:
        raise Untrusted(f"{_who(issuer)} allows {constraints.path_length} authorities below it", Flaw.NO_AUTHORITY)
    if not _signed(certificate, issuer):
        raise Untrusted(f"the signature of {_who(certificate)} is not that of {_who(issuer)}", Flaw.BAD_SIGNATURE)


def _authority_fault(certificate: x509.Certificate) -> str | None:
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        return "is no certificate authority"
    usage = _extension(certificate, x509.KeyUsage)
    return None if usage is None or usage.key_cert_sign else "may not sign certificates"


def _check_leaf(certificate: x509.Certificate, purpose: Purpose) -> None:
    if purpose is Purpose.ANY:
        return
    if purpose is Purpose.AUTHORITY:
        if (fault := _authority_fault(certificate)) is not None:
            raise Untrusted(f"{_who(certificate)} {fault}", Flaw.NO_AUTHORITY)
        return
    constraints, usage = _extension(certificate, x509.BasicConstraints), _extension(certificate, x509.KeyUsage)
    if constraints is not None and constraints.ca:
        raise Untrusted(f"{_who(certificate)} is a certificate authority's, not {purpose}", Flaw.WRONG_USAGE)
    if usage is not None and not (usage.digital_signature or usage.key_agreement or usage.key_encipherment):
        raise Untrusted(f"{_who(certificate)} has no key usage that fits {purpose}", Flaw.WRONG_USAGE)
    named, wanted = _extension(certificate, x509.ExtendedKeyUsage), USAGES.get(purpose)
    if named is None and purpose is Purpose.RESPONDER:
        raise Untrusted(f"{_who(certificate)} is not for {purpose}", Flaw.WRONG_USAGE)
    if named is not None and wanted not in {None, *named} and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in named:
        raise Untrusted(f"{_who(certificate)} is not for {purpose}", Flaw.WRONG_USAGE)


def key_fault(key: object) -> str | None:
    """Say what is weak about a public key, or None (A00.FR.502, FR.503: 2048 bits of RSA, 224 of curves)."""
    if isinstance(key, rsa.RSAPublicKey):
        return None if key.key_size >= 2048 else f"an RSA key of {key.key_size} bits"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return None if key.curve.key_size >= 224 else f"a curve of {key.curve.key_size} bits"
    return None if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) else "a key of an unknown kind"


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)  # which takes neither MD5 nor SHA-1
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _extensions(certificate: x509.Certificate) -> x509.Extensions:
    try:
        return certificate.extensions
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as problem:
        raise Untrusted(f"{_who(certificate)} has extensions that cannot be read: {problem}") from problem


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return _extensions(certificate).get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _who(certificate: x509.Certificate) -> str:
    return repr(certificate.subject.rfc4514_string())
