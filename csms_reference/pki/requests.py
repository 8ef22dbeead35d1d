"""What a station, or somebody with a key, may ask to have signed (A02, A03)."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from protocol.x509 import common_name, key_fault, load_request, organisation

CSR_MOST = 5500
"""Characters of a CSR (SignCertificateRequest)."""


class Unsignable(Exception):
    """A request that no certificate is issued for; the text says in one line why."""


def digest(csr: str) -> str:
    """What makes two requests the same."""
    return sha256(csr.strip().replace("\r\n", "\n").encode("utf-8", "replace")).hexdigest()


def read(csr: str) -> x509.CertificateSigningRequest:
    """Return a request whose signature is right and whose key is strong enough (A00.FR.501). Raises Unsignable."""
    if len(csr) > CSR_MOST:
        raise Unsignable(f"the CSR has more than {CSR_MOST} characters")
    try:
        request = load_request(csr)
        right, weakness = request.is_signature_valid, key_fault(request.public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise Unsignable(f"no PKCS#10 request in PEM: {problem}") from problem
    if not right:
        raise Unsignable("the signature of the CSR is wrong: its key is not the one in it")
    if weakness is not None:
        raise Unsignable(f"the CSR has {weakness}")
    return request


def check_names(
    request: x509.CertificateSigningRequest, names: Collection[str] | None, organisations: Collection[str]
) -> None:
    """A00.FR.509, FR.511: O is one of the organisations, CN one of the names (None: any). Raises Unsignable."""
    name, owner = common_name(request.subject), organisation(request.subject)
    if owner not in organisations:
        raise Unsignable(f"O is {owner!r}, expected {' or '.join(map(repr, organisations))}")
    if not name or (names is not None and name not in names):
        wanted = "a name" if names is None else " or ".join(map(repr, names))
        raise Unsignable(f"CN is {name!r}, expected {wanted}")


def key_of(request: x509.CertificateSigningRequest) -> CertificatePublicKeyTypes:
    """The key to be certified."""
    return request.public_key()
