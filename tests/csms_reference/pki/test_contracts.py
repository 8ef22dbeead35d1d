"""What an EV's request holds, and what only the EV can open. The messages are in test_certificates201.py."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from csms_reference.pki.contracts import Provision, Unprovided, embedded, lock, provide, session_key
from protocol.x509 import der
from tests.csms_reference.pki.conftest import NOW, Site, new_key


@pytest.mark.parametrize("shift", range(8))
def test_certificates_are_found_at_any_bit(site: Site, shift: int) -> None:
    certificate = site.issue("PCID-1", "provisioning").chain[0]
    octets = b"\x80\x30\x82\x00\x01" + der(certificate) + b"\x30\x82"
    stream = (int.from_bytes(octets, "big") << shift).to_bytes(len(octets) + 1, "big")
    assert list(embedded(stream)) == [certificate]


def test_several_are_told_in_their_order(site: Site) -> None:
    leaf, sub = site.issue("DE8ACC12E46L89", "contract").chain
    assert list(embedded(b"\x80" + der(leaf) + b"\x00" + der(sub))) == [leaf, sub]
    assert list(embedded(b"")) == []


def test_a_locked_key_is_opened_with_the_common_secret_alone() -> None:
    key, one, other = new_key(), new_key(), new_key()
    locked = lock(key, one.exchange(ec.ECDH(), other.public_key()), b"0123456789abcdef")
    assert len(locked) == 48  # ISO 15118-2: the IV and 32 octets

    def opened(secret: bytes) -> bytes:
        decryptor = Cipher(algorithms.AES(session_key(secret)), modes.CBC(locked[:16])).decryptor()
        return decryptor.update(locked[16:]) + decryptor.finalize()

    value = key.private_numbers().private_value.to_bytes(32, "big")
    assert opened(other.exchange(ec.ECDH(), one.public_key())) == value
    assert opened(other.exchange(ec.ECDH(), key.public_key())) != value


def test_a_key_on_another_curve_gets_nothing(site: Site) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    contract = site.issue("DE8ACC12E46L89", "contract", key=key).chain[0]
    request = b64encode(b"\x80" + der(contract)).decode()
    with pytest.raises(Unprovided, match="curve"):
        site.do(lambda database: provide(database, site.hierarchy, "Update", request, NOW))


def test_lengths_are_exis() -> None:
    exi = Provision("DE8ACC12E46L89", (), (), b"x" * 300, b"").exi
    octets = b64decode(exi)
    assert octets.startswith(b"\x80\x02OK\xac\x02xxx")  # 300 is 0x2c in the lower seven bits, 2 above
