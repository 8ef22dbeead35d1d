"""What an EV has of certificates (ISO 15118-2), its maker's and its contract's, how it asks for a contract, and what it
makes of the answer.

Messages are framed as EXI and carry what ISO 15118-2 has in them in order, as octet strings that follow their length.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from protocol.x509 import common_name, der, load_chain, load_der, pem
from simulator.keys.request import belongs

SCHEMA = "urn:iso:15118:2:2013:MsgDef"
"""The namespace of an EV's messages (iso15118SchemaVersion)."""

EXI_HEADER = 0x80
"""Distinguishing bits 10, no options, final version 1 (EXI 1.0 §5)."""

PARTS = 5
"""The fewest parts of an answer: OK, a certificate, the encrypted key, the Diffie-Hellman key, the eMAID."""


@dataclass(frozen=True)
class Papers:
    """A certificate of an EV's with its private key on P-256: PEM, the leaf first; PKCS#8 in PEM."""

    chain: str
    key: str

    @cached_property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The chain, the leaf first."""
        return tuple(load_chain(self.chain))

    @property
    def leaf(self) -> x509.Certificate:
        """The EV's own certificate."""
        return self.certificates[0]

    @property
    def name(self) -> str:
        """Its CN: the eMAID of a contract, the PCID of an EV."""
        return common_name(self.leaf.subject)


def asks(shown: Papers) -> str:
    """CertificateInstallationReq with the maker's certificate, CertificateUpdateReq with the contract's: base64."""
    parts = (shown.name.encode(), *(der(each) for each in shown.certificates))
    return b64encode(bytes((EXI_HEADER,)) + b"".join(_length(part) + part for part in parts)).decode("ascii")


def takes(answer: str, shown: Papers) -> Papers:
    """The contract in an answer, whose key only the EV can decrypt that has shown its papers. Raises ValueError."""
    try:
        octets = b64decode(answer, validate=True)
    except Error as problem:
        raise ValueError("the answer is no base64") from problem
    if not octets or octets[0] & 0xC0 != EXI_HEADER:
        raise ValueError("the answer is no EXI")
    parts = list(_parts(octets[1:]))
    if len(parts) < PARTS or parts[0] != b"OK":
        raise ValueError("the answer has no contract")
    *certificates, locked, point, name = parts[1:]
    emaid = name.decode("ascii", "replace")
    found = [load_der(each) for each in certificates]
    at = next((at for at, each in enumerate(found) if common_name(each.subject) == emaid), None)
    if at is None:
        raise ValueError("the answer has no certificate of its contract")
    return Papers(pem(*found[at:]), _unlock(locked, point, shown, found[at]))


def _unlock(locked: bytes, point: bytes, shown: Papers, leaf: x509.Certificate) -> str:
    """ISO 15118-2 §7.9.2.4.3: AES-128-CBC with a key from the common secret, the IV before it."""
    mine = load_pem_private_key(shown.key.encode("ascii"), None)
    if not isinstance(mine, ec.EllipticCurvePrivateKey):
        raise ValueError("the EV's key is not on a curve")  # noqa: TRY004
    secret = mine.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    session = ConcatKDFHash(SHA256(), 16, b"\x01UV").derive(secret)
    decryptor = Cipher(algorithms.AES(session), modes.CBC(locked[:16])).decryptor()
    value = int.from_bytes(decryptor.update(locked[16:]) + decryptor.finalize(), "big")
    made = ec.derive_private_key(value, ec.SECP256R1())
    key = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    if not belongs(leaf, key):
        raise ValueError("the key is not that of the contract")
    return key


def _length(part: bytes) -> bytes:
    """An EXI unsigned integer: seven bits in each octet, the lowest first (EXI 1.0 §7.1.6)."""
    left, octets = len(part), bytearray()
    while True:
        left, low = left >> 7, left & 0x7F
        octets.append(low | (0x80 if left else 0))
        if not left:
            return bytes(octets)


def _parts(octets: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(octets):
        length = shift = 0
        while True:
            if at >= len(octets):
                raise ValueError("the answer is cut off")
            low, at = octets[at], at + 1
            length |= (low & 0x7F) << shift
            shift += 7
            if not low & 0x80:
                break
        if at + length > len(octets):
            raise ValueError("the answer is cut off")
        yield octets[at : at + length]
        at += length
