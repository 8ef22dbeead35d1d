"""Who has signed a firmware, and whether that is somebody whom the station believes (L01.FR.04, .12, .21)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from protocol.x509 import Purpose, Untrusted, fingerprint, load_chain, verify


class Revoked(Exception):
    """A signing certificate that is no longer to be believed."""


def check_signer(pem: str, roots: Iterable[x509.Certificate], *, at: datetime, revoked: Iterable[str] = ()) -> None:
    """See whether a signing certificate leads straight to a root of the manufacturer. Raises Untrusted, Revoked.

    There are no intermediate certificates (L01, remark). ``revoked``: fingerprints that do not count any more.
    """
    try:
        chain = load_chain(pem)
    except ValueError as problem:
        raise Untrusted(f"this is no certificate: {problem}") from None
    if len(chain) != 1:
        raise Untrusted("a firmware signing certificate stands alone")
    if fingerprint(chain[0]) in set(revoked):
        raise Revoked
    verify(chain[0], (), roots, at=at, purpose=Purpose.SIGNING)


def is_signed(content: bytes, signature: str, pem: str) -> bool:
    """Whether a signature in base64 is that of a certificate's key over a file: RSA-PSS or ECDSA, with SHA-256.

    The specification's ECSchnorr (BSI TR-03111) has no place in X.509 or TLS; those who sign with a curve use ECDSA.
    """
    try:
        wanted = base64.b64decode(signature, validate=True)
        key = load_chain(pem)[0].public_key()
        if isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
            key.verify(wanted, content, pss, hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(wanted, content, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
