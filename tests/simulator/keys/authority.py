"""A certificate authority for tests, in simulated time: a root, an intermediate and what they sign."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from tests.simulator.csms import START

YEAR = timedelta(days=365)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def name(common: str, organisation: str = "Chargebench") -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def key_pem(key: Key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass
class Authority:
    """One CA; ``under`` is who signed it, None for a root."""

    common: str
    under: Authority | None = None
    begins: datetime = START - YEAR
    ends: datetime = START + 10 * YEAR
    key: Key = field(default_factory=new_key)
    is_ca: bool = True
    responder: str = "http://ocsp.example/"

    @cached_property
    def certificate(self) -> x509.Certificate:
        return self._sign(name(self.common), self.key.public_key(), self.under or self)

    @cached_property
    def pem(self) -> str:
        return pem(self.certificate)

    def _sign(self, subject: x509.Name, public: object, by: Authority) -> x509.Certificate:
        builder = _builder(subject, name(by.common), public, self.begins, self.ends)
        builder = builder.add_extension(x509.BasicConstraints(ca=self.is_ca, path_length=None), critical=True)
        if by is not self:
            builder = builder.add_extension(_responder(self.responder), critical=False)
        return builder.sign(by.key, hashes.SHA256())

    def sub(self, common: str) -> Authority:
        return Authority(common, self)

    def leaf(
        self, subject: x509.Name, public: object, begins: datetime = START - timedelta(days=1),
        ends: datetime = START + YEAR, dns: str = "",
    ) -> x509.Certificate:  # fmt: skip
        builder = _builder(subject, name(self.common), public, begins, ends)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_responder(self.responder), critical=False)
        if dns:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def answer(self, csr: str, **dates: datetime) -> str:
        """Sign a CSR; the chain without the root."""
        asked = x509.load_pem_x509_csr(csr.encode())
        assert asked.is_signature_valid
        leaf = self.leaf(asked.subject, asked.public_key(), **dates)
        return pem(leaf) + self.above()

    def above(self) -> str:
        return "" if self.under is None else self.pem + self.under.above()

    def serve(self, folder: Path, dns: str = "localhost", **dates: datetime) -> tuple[Path, Path]:
        """Certificate and key files of a server."""
        key = new_key()
        leaf = self.leaf(name(dns), key.public_key(), dns=dns, **dates)
        folder.mkdir(exist_ok=True)
        (folder / "server.pem").write_text(pem(leaf) + self.above())
        (folder / "server.key").write_text(key_pem(key))
        return folder / "server.pem", folder / "server.key"


def server(folder: Path, authority: Authority, client_root: Authority | None = None, **dates: datetime):
    """A server's context; with a ``client_root`` it wants a client certificate under it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.serve(folder, **dates))
    if client_root is not None:
        context.load_verify_locations(cadata=client_root.pem)
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= 0x200000
    return context


def pem(*certificates: x509.Certificate) -> str:
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)


def _responder(url: str) -> x509.AuthorityInformationAccess:
    where = x509.UniformResourceIdentifier(url)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where)])


def _builder(subject: x509.Name, issuer: x509.Name, public: object, begins: datetime, ends: datetime):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
