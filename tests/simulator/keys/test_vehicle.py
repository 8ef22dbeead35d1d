"""The certificates of an EV: what it asks with, and what it makes of answers."""

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.x509 import der
from simulator.keys.request import belongs
from simulator.keys.vehicle import EXI_HEADER, Papers, _length, asks, takes
from tests.simulator.keys.authority import Authority, key_pem, name, new_key, pem

CONTRACT_CA = Authority("MO root").sub("MO Sub-CA")
MAKER_CA = Authority("OEM root").sub("OEM Sub-CA")


def papers(authority: Authority, common: str, **dates) -> Papers:
    key = new_key()
    return Papers(pem(authority.leaf(name(common), key.public_key(), **dates)) + authority.above(), key_pem(key))


def framed(*parts: bytes) -> str:
    return b64encode(bytes((EXI_HEADER,)) + b"".join(_length(part) + part for part in parts)).decode()


def answer(shown: Papers, emaid: str, wrong_key: bool = False) -> tuple[str, ec.EllipticCurvePrivateKey]:
    """As an operator makes it (ISO 15118-2 §7.9.2.4.3)."""
    key, own = new_key(), new_key()
    leaf = CONTRACT_CA.leaf(name(emaid), (new_key() if wrong_key else key).public_key())
    session = ConcatKDFHash(SHA256(), 16, b"\x01UV").derive(own.exchange(ec.ECDH(), shown.leaf.public_key()))
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    iv = sha256(point).digest()[:16]
    encryptor = Cipher(algorithms.AES(session), modes.CBC(iv)).encryptor()
    locked = iv + encryptor.update(key.private_numbers().private_value.to_bytes(32, "big")) + encryptor.finalize()
    chain = (der(leaf), der(CONTRACT_CA.certificate))
    return framed(b"OK", der(MAKER_CA.certificate), *chain, locked, point, emaid.encode()), key


SHOWN = papers(MAKER_CA, "PCID")


def test_a_request_carries_the_certificate():
    sent = b64decode(asks(SHOWN))
    assert sent[0] == EXI_HEADER
    assert der(SHOWN.leaf) in sent


def test_only_the_ev_that_asked_can_use_the_answer():
    text, key = answer(SHOWN, "DE8AA1A2B3C4D5")
    got = takes(text, SHOWN)
    assert got.name == "DE8AA1A2B3C4D5"
    assert belongs(got.leaf, got.key)
    assert got.key == key_pem(key)
    assert len(got.certificates) == 2
    with pytest.raises(ValueError, match=r"not that of the contract|private"):
        takes(text, papers(MAKER_CA, "another"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("????", "no base64"),
        ("", "no EXI"),
        (b64encode(b"\x00abc").decode(), "no EXI"),
        (framed(b"OK"), "no contract"),
        (framed(b"FAILED", b"1", b"2", b"3", b"4"), "no contract"),
        (b64encode(bytes((EXI_HEADER, 0x05, 1))).decode(), "cut off"),
        (b64encode(bytes((EXI_HEADER, 0x85))).decode(), "cut off"),
        (framed(b"OK", der(MAKER_CA.certificate), b"k", b"p", b"DE1"), "no certificate of its contract"),
        (answer(SHOWN, "DE1", wrong_key=True)[0], "not that of the contract"),
    ],
)
def test_answers_that_are_none(text, why):
    with pytest.raises(ValueError, match=why):
        takes(text, SHOWN)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384])
def test_lengths(size):
    octets = _length(b"x" * size)
    assert sum((octet & 0x7F) << (7 * at) for at, octet in enumerate(octets)) == size
    assert all(octet & 0x80 for octet in octets[:-1])
    assert not octets[-1] & 0x80
