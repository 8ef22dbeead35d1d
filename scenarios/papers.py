"""Certificates that an EV comes with (ISO 15118-2), its maker's and its contract's, from the reference CSMS."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from scenarios.stage import Stage
from simulator.keys.vehicle import Papers

ISSUED_TO = {"provisioning": "Car maker", "contract": "Mobility operator"}
"""O of the subject, by kind of certificate."""


def papers(stage: Stage, kind: str, name: str, days: float | None = None) -> Generator[simpy.Event, Any, Papers | None]:
    """A new key with its certificate for ``name``; None where nobody operates the CSMS."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, ISSUED_TO[kind]), x509.NameAttribute(NameOID.COMMON_NAME, name),
    ])  # fmt: skip
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
    wish = {"kind": kind, "csr": request.public_bytes(Encoding.PEM).decode("ascii")}
    issued = yield from stage.post("/pki/certificates", wish if days is None else {**wish, "days": days})
    if issued is None:
        return None
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    return Papers(issued["chain"], secret)
