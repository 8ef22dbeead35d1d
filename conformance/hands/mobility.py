"""The bench's eMobility operator: what it gives an EV that asks for a contract certificate (ISO 15118-2 §7.9.2.4.3).

Made without our CSMS, which answers the same question by itself: neither can then hide what the other misreads. The
answer is framed as EXI and carries in order what ISO 15118-2 has in CertificateInstallationRes and
CertificateUpdateRes, each as an octet string that follows its length.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from conformance.papers import Credentials, load

EXI_HEADER = 0x80
"""Distinguishing bits 10, no options, final version 1 (EXI 1.0 §5)."""


def provides(emaid: str, contract: Credentials, shown: str) -> str:
    """The answer in base64, with a contract whose key nobody but the holder of the ``shown`` certificate can read."""
    public, key = load(shown)[0].public_key(), load_pem_private_key(contract.key.encode(), None)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    own = ec.generate_private_key(ec.SECP256R1())
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    locked = _locked(key, own.exchange(ec.ECDH(), public), sha256(point).digest()[:16])
    chain = [each.public_bytes(Encoding.DER) for each in load(contract.chain)]
    parts = (b"OK", *chain, locked, point, emaid.encode("ascii"))
    return b64encode(bytes((EXI_HEADER,)) + b"".join(_length(part) + part for part in parts)).decode("ascii")


def _locked(key: ec.EllipticCurvePrivateKey, agreed: bytes, iv: bytes) -> bytes:
    """The private key under AES-128-CBC with a key from the common secret (NIST SP 800-56A), the IV before it."""
    session = ConcatKDFHash(SHA256(), 16, b"\x01UV").derive(agreed)
    encryptor = Cipher(algorithms.AES(session), modes.CBC(iv)).encryptor()
    value = key.private_numbers().private_value.to_bytes(32, "big")
    return iv + encryptor.update(value) + encryptor.finalize()


def _length(part: bytes) -> bytes:
    """An EXI unsigned integer: seven bits in each octet, the lowest first (EXI 1.0 §7.1.6)."""
    left, octets = len(part), bytearray()
    while left > 0x7F:
        octets.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes((*octets, left))
