"""Certificates to measure TLS with, and what a bare TLS handshake costs."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


class Papers(NamedTuple):
    """PEM files: the CSMS's certificate and private key (ECDSA P-256), and the authority that stations trust."""

    cert: Path
    key: Path
    ca: Path


def issue(folder: Path) -> Papers:
    """Write papers that are good for a day and for this machine alone."""
    issuer, issuer_key = _name("Benchmark authority"), ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    authority = (
        _draft(issuer, issuer, issuer_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    certificate = (
        _draft(_name(HOST), issuer, key).add_extension(names, critical=False).sign(issuer_key, hashes.SHA256())
    )
    papers = Papers(folder / "csms.pem", folder / "csms.key", folder / "ca.pem")
    papers.ca.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    papers.cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    papers.key.write_bytes(key.private_bytes(*pem))
    return papers


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _draft(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    """One whole handshake between two ends in memory: the cryptography alone."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(down, up, server_side=False, server_hostname=HOST),
        server.wrap_bio(up, down, server_side=True),
    ]
    while ends:
        ends = [end for end in ends if not _done(end)]


def _done(end: ssl.SSLObject) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
