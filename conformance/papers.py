"""The bench's own certificates, and what it reads in those of others.

Made and read with the ``cryptography`` package alone, so that what our station and our CSMS think of certificates
cannot make a case pass. Texts are PEM, chains the leaf first and without their root. Validity is wide enough for any
clock: an authority holds from 2020 to 2049, what is expired ended in 2020.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Span = tuple[datetime, datetime]

ALWAYS: Span = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
PAST: Span = datetime(2019, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
TO_COME: Span = datetime(2048, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)

VALID, EXPIRED, FUTURE, UNKNOWN = "valid", "expired", "future", "unknown"
MISNAMED, WILDCARD = "misnamed", "wildcard"
"""Kinds of certificates: a good one, one of the past or of the future, one of an authority that nobody trusts, one of
another name, one for every host of the domain."""

SPANS = {EXPIRED: PAST, FUTURE: TO_COME}
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
OCSP_URL = "http://ocsp.bench.invalid/"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate with what leads to its root, and its private key (PKCS#8)."""

    chain: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority; ``above`` is whoever issued its certificate, None for a root."""

    certificate: x509.Certificate
    key: Key = field(repr=False)
    above: Authority | None = None

    @property
    def name(self) -> str:
        """Its commonName."""
        return _first(self.certificate.subject, NameOID.COMMON_NAME)

    @property
    def pem(self) -> str:
        """Its certificate."""
        return pem(self.certificate)

    @property
    def root(self) -> Authority:
        """The top of its hierarchy."""
        return self if self.above is None else self.above.root

    @property
    def path(self) -> str:
        """The certificates from it up to its root, the root left out."""
        return "" if self.above is None else self.pem + self.above.path

    def signs(self, request: str, *, span: Span = ALWAYS, serial: int | None = None) -> str:
        """The chain of a new certificate for a CSR, with the subject that it asks for. Raises ValueError."""
        asked = x509.load_pem_x509_csr(request.encode())
        return (
            self._issue(asked.subject, asked.public_key(), usages=(CLIENT, SERVER), span=span, serial=serial)
            + self.path
        )

    def certifies(
        self,
        name: str,
        *,
        hosts: Iterable[str] = (),
        usages: Sequence[x509.ObjectIdentifier] = (),
        span: Span = ALWAYS,
        kind: str = "EC",
        serial: int | None = None,
        responder: str = OCSP_URL,
    ) -> Credentials:
        """A new key pair with a certificate for it.

        ``hosts`` are DNS names; ``kind`` is EC or RSA; ``responder`` is who tells by OCSP what became of it.
        """
        key = new_key(kind)
        asked: dict[str, Any] = {
            "usages": usages,
            "hosts": tuple(hosts),
            "span": span,
            "serial": serial,
            "responder": responder,
        }
        made = self._issue(named(name), key.public_key(), **asked)
        return Credentials(made + self.path, secret(key))

    def _issue(
        self,
        subject: x509.Name,
        public: Any,
        *,
        usages: Sequence[x509.ObjectIdentifier],
        hosts: Sequence[str] = (),
        span: Span,
        serial: int | None,
        responder: str = OCSP_URL,
    ) -> str:
        builder = _builder(subject, self.certificate.subject, public, span, serial)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(ca=False), critical=True)
        key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(key_id, critical=False)
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        if hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(_told_by(responder), critical=False)
        return pem(builder.sign(self.key, SHA256()))


@dataclass(frozen=True, slots=True)
class Pki:
    """Every authority of the bench.

    ``csms`` signs servers and stations, ``successor`` is the CSMS root that follows it (signed by it, as AS-2 asks)
    and ``upstart`` one that is not; ``v2g`` has the sub CAs ``cpo`` (charging stations) and ``mo`` (contracts);
    ``nobody`` is trusted by nobody.
    """

    csms: Authority
    successor: Authority
    upstart: Authority
    manufacturer: Authority
    v2g: Authority
    cpo: Authority
    mobility: Authority
    mo: Authority
    oem: Authority
    nobody: Authority

    def server(self, kind: str, hosts: Sequence[str], issuer: Authority | None = None) -> list[Credentials]:
        """What the bench, being the CSMS at these hosts, shows: a certificate on a curve, and one of RSA."""
        by = self.nobody if kind == UNKNOWN else issuer or self.csms
        known = ["elsewhere.invalid"] if kind == MISNAMED else list(hosts)
        if kind == WILDCARD:
            known = [f"*.{host.partition('.')[2]}" for host in hosts]
        span = SPANS.get(kind, ALWAYS)
        return [by.certifies(known[0], hosts=known, usages=[SERVER], span=span, kind=each) for each in ("EC", "RSA")]

    def station(self, name: str, kind: str = VALID, issuer: Authority | None = None) -> Credentials:
        """What a charging station of this serial number shows (A00.FR.511)."""
        by = self.nobody if kind == UNKNOWN else issuer or self.csms
        known = "NOT-THE-STATION" if kind == MISNAMED else name
        return by.certifies(known, usages=[CLIENT], span=SPANS.get(kind, ALWAYS))


@cache
def bench_pki() -> Pki:
    """The bench's authorities, made when first asked for and the same for the whole process."""
    csms, v2g, mobility = root("Bench CSMS Root"), root("Bench V2G Root"), root("Bench MO Root")
    return Pki(
        csms=csms,
        successor=below(csms, "Bench CSMS Root 2", path_length=1),
        upstart=root("Bench Upstart Root"),
        manufacturer=root("Bench Manufacturer Root"),
        v2g=v2g,
        cpo=below(below(v2g, "Bench CPO Sub-CA 1", path_length=1), "Bench CPO Sub-CA 2"),
        mobility=mobility,
        mo=below(below(mobility, "Bench MO Sub-CA 1", path_length=1), "Bench MO Sub-CA 2"),
        oem=root("Bench OEM Root"),
        nobody=root("Nobody Root"),
    )


def kept(folder: Path) -> Pki:
    """The bench's authorities as they lie in a folder, made there if it is empty: PEM, certificate and key in one.

    Whoever is tested has to trust some of them before. Raises ValueError for a file that is none, OSError.
    """
    fresh, found = bench_pki(), {}
    folder.mkdir(parents=True, exist_ok=True)
    for each in fields(Pki):
        authority: Authority | None = getattr(fresh, each.name)
        while authority is not None and authority.name not in found:
            found[authority.name] = _stored(folder, authority)
            authority = authority.above
    return Pki(**{each.name: _joined(getattr(fresh, each.name), found) for each in fields(Pki)})


def _stored(folder: Path, fresh: Authority) -> Authority:
    file = folder / f"{'-'.join(fresh.name.lower().split())}.pem"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(fresh.pem + secret(fresh.key), encoding="ascii")
        return fresh
    text = file.read_bytes()
    key = load_pem_private_key(text, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError(f"{file}: neither an EC nor an RSA key")  # noqa: TRY004  # the file is wrong, no caller
    return Authority(x509.load_pem_x509_certificate(text), key)


def _joined(fresh: Authority, found: Mapping[str, Authority]) -> Authority:
    above = None if fresh.above is None else _joined(fresh.above, found)
    return replace(found[fresh.name], above=above)


def root(name: str, *, span: Span = ALWAYS, serial: int | None = None) -> Authority:
    """A new self-signed authority."""
    key = new_key()
    subject = named(name)
    return Authority(_authority(subject, subject, key, key, span=span, path_length=3, serial=serial), key)


def below(issuer: Authority, name: str, *, path_length: int = 0) -> Authority:
    """A new authority that another one has certified."""
    key = new_key()
    made = _authority(named(name), issuer.certificate.subject, key, issuer.key, path_length=path_length)
    return Authority(made, key, issuer)


def told_by(authority: Authority, responder: str) -> Authority:
    """The same authority, but its certificate and those above it name another OCSP responder; a root names none."""
    above, mine = authority.above, authority.certificate
    if above is None:
        return authority
    reach = mine.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length or 0
    issuer = told_by(above, responder)
    made = _authority(mine.subject, mine.issuer, authority.key, issuer.key, path_length=reach, responder=responder)
    return Authority(made, authority.key, issuer)


def _authority(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    by: Key,
    *,
    span: Span = ALWAYS,
    path_length: int,
    serial: int | None = None,
    responder: str = OCSP_URL,
) -> x509.Certificate:
    builder = _builder(subject, issuer, key.public_key(), span, serial)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    if subject != issuer:
        builder = builder.add_extension(_told_by(responder), critical=False)
    return builder.add_extension(_usage(ca=True), critical=True).sign(by, SHA256())


def _told_by(responder: str) -> x509.AuthorityInformationAccess:
    place = x509.UniformResourceIdentifier(responder)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)])


def _builder(
    subject: x509.Name, issuer: x509.Name, public: Any, span: Span, serial: int | None
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(span[0])
        .not_valid_after(span[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=not ca,
        data_encipherment=False,
        key_agreement=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


# -- keys and requests -------------------------------------------------------------------------------------------------


def new_key(kind: str = "EC") -> Key:
    """A private key: EC on P-256, a new one, or RSA of 2048 bits, always the same because it takes long to make."""
    return _rsa_key() if kind == "RSA" else ec.generate_private_key(ec.SECP256R1())


@cache
def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def secret(key: Key) -> str:
    """A private key as PKCS#8."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def request(
    name: str, *, organisation: str = "Chargebench", country: str = "", domain: str = "", weak: bool = False
) -> tuple[str, str]:
    """A CSR and the key that it is for; a ``weak`` one has 1024 bits of RSA."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024) if weak else new_key()  # noqa: S505
    subject = named(name, organisation=organisation, country=country, domain=domain)
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM).decode(), secret(key)


def named(name: str, *, organisation: str = "Chargebench", country: str = "", domain: str = "") -> x509.Name:
    """A distinguished name; what is empty is left out."""
    parts = (
        (NameOID.COUNTRY_NAME, country),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.COMMON_NAME, name),
        (NameOID.DOMAIN_COMPONENT, domain),
    )
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text])


# -- reading -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """What a certificate or CSR says of itself. ``key`` is EC, RSA or the name of another kind; ``bits`` its size."""

    name: str
    organisation: str
    key: str
    bits: int
    fingerprint: str
    """Of the public key."""
    serial: int = 0

    @property
    def strong(self) -> bool:
        """Whether the key is long enough: 2048 bits of RSA or DSA, 224 of a curve (A00.FR.502, .503)."""
        return self.bits >= (224 if self.key == "EC" else 2048)


def read_request(text: Any) -> Fact | None:
    """What a CSR says; None for what is no PKCS#10 in PEM, or is not signed by its own key (RFC 2986)."""
    try:
        asked = x509.load_pem_x509_csr(str(text).encode())
        good = asked.is_signature_valid
    except (ValueError, InvalidSignature):
        return None
    return _fact(asked.subject, asked.public_key()) if good else None


def read_chain(text: Any) -> list[Fact]:
    """What each certificate of a PEM text says, in its order; empty for what is no PEM."""
    return [_fact(each.subject, each.public_key(), each.serial_number) for each in load(text)]


def load(text: Any) -> list[x509.Certificate]:
    """The certificates of a PEM text; empty for what is none."""
    try:
        return x509.load_pem_x509_certificates(str(text).encode())
    except ValueError:
        return []


def from_der(data: bytes | None) -> Fact | None:
    """What a certificate in DER says; None where there is none."""
    if data is None:
        return None
    found = x509.load_der_x509_certificate(data)
    return _fact(found.subject, found.public_key(), found.serial_number)


def pem(*certificates: x509.Certificate) -> str:
    """Certificates as one text."""
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)


def leads_to(chain: str, issuers: str) -> bool:
    """Whether the leaf of a chain was issued, over what follows it, by one of these authorities (PEM)."""
    found, trusted = load(chain), load(issuers)
    if not found:
        return False
    here, others = found[0], found[1:]
    while not any(_issued(here, each) for each in trusted):
        above = next((each for each in others if _issued(here, each)), None)
        if above is None:
            return False
        here, others = above, [each for each in others if each != above]
    return True


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _fact(subject: x509.Name, public: Any, serial: int = 0) -> Fact:
    digest = Hash(SHA256())
    digest.update(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    kind = type(public).__name__.removesuffix("PublicKey")
    key = "EC" if kind == "EllipticCurve" or isinstance(public, ec.EllipticCurvePublicKey) else kind
    return Fact(
        _first(subject, NameOID.COMMON_NAME),
        _first(subject, NameOID.ORGANIZATION_NAME),
        key,
        getattr(public, "key_size", 256),
        digest.finalize().hex(),
        serial,
    )


def _first(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


# -- hash data ---------------------------------------------------------------------------------------------------------

ALGORITHMS = ("SHA256", "SHA384", "SHA512")


def hash_data(certificate: str, issuer: str = "", algorithm: str = "SHA256") -> dict[str, str]:
    """The CertificateHashDataType of the first certificate of a text; ``issuer`` is left out for a root.

    Name and key of the issuer as RFC 6960 §4.1.1 has them. Raises IndexError where there is no certificate.
    """
    mine, by = load(certificate)[0], load(issuer or certificate)[0]
    bits = by.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": _digest(algorithm, mine.issuer.public_bytes()),
        "issuerKeyHash": _digest(algorithm, _key_bits(bits)),
        "serialNumber": f"{mine.serial_number:x}",
    }


def _digest(algorithm: str, data: bytes) -> str:
    return hashlib.new(algorithm.lower(), data).hexdigest()


def _key_bits(info: bytes) -> bytes:
    """The subjectPublicKey of a SubjectPublicKeyInfo, without tag, length and number of unused bits."""
    outer = _content(info)
    return _content(outer[_end(outer) :])[1:]


def _content(der: bytes) -> bytes:
    start, end = _bounds(der)
    return der[start:end]


def _end(der: bytes) -> int:
    return _bounds(der)[1]


def _bounds(der: bytes) -> tuple[int, int]:
    """Where the content of the first element begins and ends."""
    length = der[1]
    if length < 0x80:
        return 2, 2 + length
    start = 2 + (length & 0x7F)
    return start, start + int.from_bytes(der[2:start], "big")


def ocsp_data(certificate: str, issuer: str, algorithm: str = "SHA256") -> dict[str, str]:
    """The OCSPRequestDataType of the first certificate of a text, with the responder that it names."""
    return {**hash_data(certificate, issuer, algorithm), "responderURL": responder(certificate) or OCSP_URL}


def responder(certificate: str) -> str:
    """The OCSP responder that the first certificate of a text names; empty where it names none."""
    try:
        found = load(certificate)[0].extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ""
    urls = [each.access_location.value for each in found if each.access_method == AuthorityInformationAccessOID.OCSP]
    return str(urls[0]) if urls else ""


def ocsp_response(certificate: str, issuer: str, by: Authority) -> str:
    """That a certificate is good, signed by an authority: an OCSPResponse in DER and base64."""
    signer = by.certificate
    since, until = ALWAYS
    made = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            load(certificate)[0], load(issuer)[0], SHA256(), ocsp.OCSPCertStatus.GOOD, since, until, None, None
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signer)
        .sign(by.key, SHA256())
    )
    return b64encode(made.public_bytes(Encoding.DER)).decode()


def ocsp_numbers(text: Any) -> tuple[int, ...]:
    """The serial numbers that an OCSPResponse in DER and base64 tells of; none if it was not successful (RFC 6960)."""
    try:
        found = ocsp.load_der_ocsp_response(b64decode(str(text), validate=True))
    except ValueError:
        return ()
    successful = found.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    return tuple(each.serial_number for each in found.responses) if successful else ()


def is_exi(text: Any) -> bool:
    """Whether a text is base64 of an EXI stream, by the distinguishing bits in its header (EXI 1.0 §5)."""
    try:
        stream = b64decode(str(text), validate=True).removeprefix(b"$EXI")
    except ValueError:
        return False
    return len(stream) > 1 and stream[0] & 0xC0 == 0x80


def same(one: Any, other: Any) -> bool:
    """Whether two CertificateHashDataType name one certificate: hexadecimal digits have no case, numbers no zeros."""
    return _plain(one) == _plain(other)


def _plain(data: Any) -> tuple[str, ...]:
    if not isinstance(data, dict):
        return ()
    number = str(data.get("serialNumber", "")).lower().removeprefix("0x").lstrip("0")
    names = ("issuerNameHash", "issuerKeyHash")
    return str(data.get("hashAlgorithm")), *(str(data.get(name, "")).lower() for name in names), number
