"""Key pairs and certificate signing requests (PKCS#10, RFC 2986)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

MAKERS: Mapping[str, Callable[[], Key]] = MappingProxyType({
    "EC": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RSA": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
})  # fmt: skip
"""How a key pair is made, by its kind (A00.FR.502, .503)."""

PSS = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
"""A00.FR.505."""


def new_key(kind: str) -> str:
    """Make a key pair, EC or RSA; PKCS#8 in PEM."""
    return MAKERS[kind]().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def request(key: str, *, name: str, organisation: str, country: str = "", domain: str = "") -> str:
    """Ask for a certificate of a key: CN, O (A00.FR.509, .511), and for ISO 15118 C and DC; PKCS#10 in PEM."""
    parts = (
        (NameOID.COUNTRY_NAME, country),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.COMMON_NAME, name),
        (NameOID.DOMAIN_COMPONENT, domain),
    )
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text])
    private = _load(key)
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if isinstance(private, rsa.RSAPrivateKey):
        return builder.sign(private, SHA256(), rsa_padding=PSS).public_bytes(Encoding.PEM).decode("ascii")
    return builder.sign(private, SHA256()).public_bytes(Encoding.PEM).decode("ascii")


def belongs(certificate: x509.Certificate, key: str) -> bool:
    """Whether a certificate is that of a key."""
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    return certificate.public_key().public_bytes(*form) == _load(key).public_key().public_bytes(*form)


def _load(key: str) -> Key:
    found = load_pem_private_key(key.encode("ascii"), None)
    assert isinstance(found, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)  # our own make
    return found
