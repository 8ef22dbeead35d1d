"""What is sealed opens in its place alone; hashes are the same for the same text."""

import hmac
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from csms_reference.sealing import ring as module
from csms_reference.sealing.ring import Hashed, Ring
from csms_reference.store.errors import SealError

PLACE = "tokens.id_token"


def test_the_format_is_what_it_says(ring):
    number, coded = ring(1, 7).seal(PLACE, "TAG").split(".")
    raw = b64decode(coded)
    derived = hmac.digest(bytes([7]) * 32, b"chargebench seal\0" + raw[:8], "sha256")
    assert number == "7"
    assert AESGCM(derived).decrypt(raw[8:20], raw[20:], b"tokens.id_token|7") == b"TAG"


def test_what_is_packed_is_what_it_says(ring):
    packed = ring(1, 7).pack(PLACE, "TAG")
    head, salt, nonce, sealed = packed[:4], packed[4:12], packed[12:24], packed[24:]
    derived = hmac.digest(bytes([7]) * 32, b"chargebench seal\0" + salt, "sha256")
    assert head == module.head_of(7) == bytes((0, 0, 0, 7))
    assert AESGCM(derived).decrypt(nonce, sealed, b"tokens.id_token|7") == b"TAG"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back(text):
    made = Ring({1: b"k" * 32}, lambda size: b"r" * size)
    assert made.open(PLACE, made.seal(PLACE, text)) == text
    assert made.unpack(PLACE, made.pack(PLACE, text)) == text


def test_no_nonce_is_used_twice(ring):
    """Nor by another thread at the same time."""
    made, number = ring(1), 3 * module.NONCES_AT_ONCE
    with ThreadPoolExecutor(4) as threads:
        packed = [one for some in threads.map(lambda _: pack(made, number), range(4)) for one in some]
    assert len({one[12:24] for one in packed}) == len(packed) == 4 * number
    assert {len(one[12:24]) for one in packed} == {12}


def pack(made, number):
    return [made.pack(PLACE, "TAG") for _ in range(number)]


def test_older_keys_open_and_the_newest_seals(ring):
    old = ring(1).seal(PLACE, "TAG")
    newer = ring(1, 2)
    assert newer.open(PLACE, old) == "TAG"
    assert newer.seal(PLACE, "TAG").startswith("2.")
    with pytest.raises(SealError, match=r"under key '1', which is not among \(2,\)"):
        ring(2).open(PLACE, old)


@pytest.mark.parametrize("harm", [
    lambda sealed: sealed[:-4],
    lambda sealed: sealed[:10],
    lambda sealed: "1.",
    lambda sealed: "",
    lambda sealed: "TAG",
    lambda sealed: "1" + sealed,
    lambda sealed: "2" + sealed[1:],
    lambda sealed: sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:],
    lambda sealed: sealed + "\n",
])  # fmt: skip
def test_what_was_harmed_is_refused(ring, harm):
    made = ring(1, 2)
    sealed = ring(1).seal(PLACE, "TAG")
    with pytest.raises(SealError, match=r"tokens\.id_token"):
        made.open(PLACE, harm(sealed))


@pytest.mark.parametrize("harm", [
    lambda packed: packed[:-4],
    lambda packed: packed[:10],
    lambda packed: b"",
    lambda packed: b"\0" + packed,
    lambda packed: bytes((0, 0, 0, 2)) + packed[4:],
    lambda packed: bytes((0, 0, 0, 9)) + packed[4:],
    lambda packed: packed[:30] + bytes((packed[30] ^ 1,)) + packed[31:],
    lambda packed: packed.hex(),
])  # fmt: skip
def test_what_was_packed_and_harmed_is_refused(ring, harm):
    made = ring(1, 2)
    packed = ring(1).pack(PLACE, "TAG")
    assert made.unpack(PLACE, packed) == "TAG"
    with pytest.raises(SealError, match=r"tokens\.id_token"):
        made.unpack(PLACE, harm(packed))
    with pytest.raises(SealError, match=r"notices\.payload"):
        made.unpack("notices.payload", packed)


def test_it_opens_at_no_other_place_and_under_no_other_key(ring):
    sealed = ring(1).seal(PLACE, "TAG")
    with pytest.raises(SealError, match=r"transactions\.id_token: .* moved"):
        ring(1).open("transactions.id_token", sealed)
    with pytest.raises(SealError, match="changed"):
        Ring({1: b"another".ljust(32)}, lambda size: b"r" * size).open(PLACE, sealed)


def test_a_derived_key_is_renewed_in_time(ring, monkeypatch):
    monkeypatch.setattr(module, "RENEWED_AFTER", 2)
    made = ring(1)
    sealed = [made.seal(PLACE, "TAG") for _ in range(6)]
    assert len({b64decode(one[2:])[:8] for one in sealed}) == 3
    assert {made.open(PLACE, one) for one in sealed} == {"TAG"}


def test_hashes_differ_by_domain_and_key_and_tell_how_many_keys_they_have_gone_through(ring):
    one, two = ring(1), ring(1, index=(b"i" * 32, b"j" * 32))
    hashed = one.blind("token", "tag")
    once = hmac.digest(b"i" * 32, b"token:tag", "sha256")
    assert hashed == "1=" + b64encode(once).decode().rstrip("=")
    assert isinstance(hashed, Hashed)
    assert hashed != one.blind("digest", "tag")
    assert two.blind_again(hashed) == two.blind("token", "tag") != hashed
    assert two.blind("token", "tag").startswith("2=")
