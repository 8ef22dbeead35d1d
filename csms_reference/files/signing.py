"""Firmware signed by the manufacturer of our own PKI, for tests without a real one (L01.FR.04, .09, .11)."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from sqlalchemy import Connection as Database

from csms_reference.pki.authority import for_end
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import named
from csms_reference.services import certificates
from protocol.x509 import pem

AUTHORITY = "manufacturer-root"
"""Who issues: the root itself, as stations take no intermediate certificates here (L01, remark)."""

LASTS = timedelta(days=5 * 365)


class Signer(StrEnum):
    """How an image is signed."""

    RSA = "rsa"  # RSA-PSS
    EC = "ec"  # ECDSA, in the place of ECSchnorr
    NONE = "none"


class Signed(NamedTuple):
    """What goes along with an image: the signature in base64, and the certificate in PEM."""

    signature: str
    certificate: str


Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def sign(database: Database, hierarchy: Hierarchy, content: bytes, key: Key, at: datetime) -> Signed:
    """Sign an image with a key that serves for it alone, and certify that key."""
    root = hierarchy.authority(database, AUTHORITY, at)
    extensions = [*for_end(), (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)]
    subject = named("Firmware Signing", hierarchy)
    made = root.issue(
        subject, key.public_key(), at=at, until=at + LASTS, extensions=extensions, places=hierarchy.places
    )  # fmt: skip
    certificates.keep(database, AUTHORITY, made, kind="firmware", station=None, at=at)
    return Signed(base64.b64encode(_signature(key, content)).decode(), pem(made))


def new_key(signer: Signer) -> Key | None:
    """A key to sign with, which for RSA takes a while; None for nobody."""
    if signer is Signer.NONE:
        return None
    if signer is Signer.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _signature(key: Key, content: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        return key.sign(content, pss, hashes.SHA256())
    return key.sign(content, ec.ECDSA(hashes.SHA256()))
