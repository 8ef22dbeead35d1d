"""A small eMobility operator: it puts contract certificates into EVs (M01, M02; ISO 15118-2 §8.4.3.11, annex G).

EXI is a bit stream, in which certificates lie at any bit. They are found there by what they are, so that a request of
a real EV is understood without its schema. The answer is framed as EXI and carries in order what ISO 15118-2 has in
CertificateInstallationRes and CertificateUpdateRes, but as octet strings each of which follows its length.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection as Database

from csms_reference.instants import to_ms
from csms_reference.pki.authority import distinguished
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue
from csms_reference.services import certificates
from protocol.x509 import Purpose, Untrusted, common_name, der, load_der, verify

EXI_HEADER = 0x80
"""Distinguishing bits 10, no options, final version 1 (EXI 1.0 §5)."""

ANSWER_MOST = 5600
"""Characters of an exiResponse that every 2.0.1 station takes (edition 2; edition 3 allows 7500)."""


class Unprovided(Exception):
    """A request that gets no contract; the text says in one line why."""


@dataclass(frozen=True, slots=True)
class Provision:
    """What an EV gets: its contract's certificate, and the private key encrypted for nobody but the EV."""

    emaid: str
    chain: tuple[x509.Certificate, ...]
    provisioning: tuple[x509.Certificate, ...]
    encrypted_key: bytes
    dh_key: bytes

    @property
    def exi(self) -> str:
        """The answer in base64."""
        parts = (
            b"OK",
            *(der(each) for each in self.provisioning),
            *(der(each) for each in self.chain),
            self.encrypted_key,
            self.dh_key,
            self.emaid.encode("ascii"),
        )
        return b64encode(bytes((EXI_HEADER,)) + b"".join(_length(part) + part for part in parts)).decode("ascii")


def provide(database: Database, hierarchy: Hierarchy, action: str, exi: str, at: datetime) -> Provision:
    """Answer an EV's request (``Install`` or ``Update``) with a certificate for its contract. Raises Unprovided."""
    shown = next(embedded(_decoded(exi)), None)
    if shown is None:
        raise Unprovided("there is no certificate in the request")
    emaid = (
        _installs(database, hierarchy, shown, at) if action == "Install" else _updates(database, hierarchy, shown, at)
    )
    public = shown.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise Unprovided("the EV's key is not on the curve secp256r1")
    key = ec.generate_private_key(ec.SECP256R1())
    made = issue(database, hierarchy, "contract", distinguished(emaid, hierarchy.organisation), key.public_key(), at=at)
    own = ec.generate_private_key(ec.SECP256R1())
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    locked = lock(key, own.exchange(ec.ECDH(), public), sha256(point).digest()[:16])  # of a key for once
    provisioning = tuple(hierarchy.chain(database, "v2g", at))
    answer = Provision(emaid, made.chain, provisioning, locked, point)
    if len(answer.exi) > ANSWER_MOST:
        raise Unprovided(f"the answer has more than {ANSWER_MOST} characters")
    return answer


def lock(key: ec.EllipticCurvePrivateKey, secret: bytes, iv: bytes) -> bytes:
    """Encrypt a contract's private key as ISO 15118-2 §7.9.2.4.3 has it: AES-128-CBC, the IV before it."""
    encryptor = Cipher(algorithms.AES(session_key(secret)), modes.CBC(iv)).encryptor()
    value = key.private_numbers().private_value.to_bytes(32, "big")
    return iv + encryptor.update(value) + encryptor.finalize()


def session_key(secret: bytes) -> bytes:
    """The key that EV and operator derive from their common secret (NIST SP 800-56A, with the names U and V)."""
    return ConcatKDFHash(SHA256(), 16, b"\x01UV").derive(secret)


def embedded(stream: bytes) -> Iterator[x509.Certificate]:
    """The certificates in a bit stream, in the order in which they begin."""
    found: dict[int, x509.Certificate] = {}
    number = int.from_bytes(stream, "big")
    for shift in range(8):
        shifted = ((number << shift) & ((1 << (8 * len(stream))) - 1)).to_bytes(len(stream), "big")
        start = shifted.find(b"\x30\x82")
        while start >= 0:
            end = start + 4 + int.from_bytes(shifted[start + 2 : start + 4], "big")
            if (certificate := _certificate(shifted[start:end])) is not None:
                found[8 * start + shift] = certificate
            start = shifted.find(b"\x30\x82", start + 1)
    yield from (found[place] for place in sorted(found))


def _certificate(octets: bytes) -> x509.Certificate | None:
    try:
        return load_der(octets)
    except ValueError:
        return None


def _decoded(exi: str) -> bytes:
    try:
        octets = b64decode(exi, validate=True)
    except ValueError as problem:
        raise Unprovided("the request is no base64") from problem
    stream = octets.removeprefix(b"$EXI")
    if not stream or stream[0] & 0xC0 != EXI_HEADER:
        raise Unprovided("the request is no EXI: its distinguishing bits are wrong")
    return stream


def _installs(database: Database, hierarchy: Hierarchy, shown: x509.Certificate, at: datetime) -> str:
    """The contract for the EV that shows a provisioning certificate."""
    _check(database, hierarchy, shown, "oem", at)
    pcid = common_name(shown.subject)
    emaid = certificates.contract_of(database, pcid)
    if emaid is None:
        raise Unprovided(f"there is no contract for the EV {pcid}")
    return emaid


def _updates(database: Database, hierarchy: Hierarchy, shown: x509.Certificate, at: datetime) -> str:
    """The contract whose certificate an EV shows, to have it renewed."""
    _check(database, hierarchy, shown, "mo", at)
    return common_name(shown.subject)


def _check(database: Database, hierarchy: Hierarchy, shown: x509.Certificate, authority: str, at: datetime) -> None:
    between = hierarchy.chain(database, authority, at)
    root = hierarchy.root(database, authority, at)
    try:
        verify(shown, between, [root], at=at, purpose=Purpose.ANY)
    except Untrusted as problem:
        raise Unprovided(problem.why) from problem
    row = certificates.shown(database, shown)
    if row is not None and row["revoked_ms"] is not None and row["revoked_ms"] <= to_ms(at):
        raise Unprovided(f"the certificate of {common_name(shown.subject)} is revoked")


def _length(part: bytes) -> bytes:
    """An EXI unsigned integer: seven bits in each octet, the lowest first (EXI 1.0 §7.1.6)."""
    left, octets = len(part), bytearray()
    while True:
        left, low = left >> 7, left & 0x7F
        octets.append(low | (0x80 if left else 0))
        if not left:
            return bytes(octets)
