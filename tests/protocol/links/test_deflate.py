"""Compression without a memory: what is agreed, and that one message never helps or harms another."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.transports.lean.codec import Violation
from protocol.transports.lean.deflate import OFFER, Deflate, Deflates
from protocol.transports.lean.handshake import Malformed

NEITHER = "; server_no_context_takeover; client_no_context_takeover"


@given(sent=st.lists(st.binary(max_size=2000), max_size=5), bits=st.integers(9, 15))
def test_every_message_can_be_read_alone(sent: list[bytes], bits: int) -> None:
    ours = Deflate(10_000, bits=bits)
    packed = [ours.deflate(message) for message in sent]
    assert [Deflate(10_000).inflate(message) for message in reversed(packed)] == sent[::-1]


def test_a_window_is_kept() -> None:
    packed = Deflate(10_000, bits=9).deflate(bytes(range(256)) * 8)
    assert zlib.decompressobj(wbits=-9).decompress(packed + b"\x00\x00\xff\xff") == bytes(range(256)) * 8


def test_decompression_is_bounded_and_broken_data_named() -> None:
    bomb = Deflate(10**9).deflate(bytes(10**7))
    assert len(bomb) < 20_000
    with pytest.raises(Violation) as found:
        Deflate(1000).inflate(bomb)
    assert found.value.code == 1009
    with pytest.raises(Violation) as found:
        Deflate(1000).inflate(b"\xff\xff\xff")
    assert found.value.code == 1007


@pytest.mark.parametrize(
    ("offers", "answer"),
    [
        ("permessage-deflate", f"permessage-deflate{NEITHER}"),
        ("permessage-deflate; client_max_window_bits", f"permessage-deflate{NEITHER}"),
        ('x-other; a=1, permessage-deflate; client_max_window_bits="12"', f"permessage-deflate{NEITHER}"),
        (
            "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=10",
            f"permessage-deflate{NEITHER}; server_max_window_bits=10",
        ),
        (OFFER, OFFER),
        ("", None),
        ("x-other", None),
        ("permessage-deflate; server_max_window_bits=8", None),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; server_max_window_bits=16", None),
        ("permessage-deflate; server_no_context_takeover=1", None),
        ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", None),
        ("permessage-deflate; unheard_of", None),
    ],
)
def test_a_server_serves_the_first_offer_it_can(offers: str, answer: str | None) -> None:
    agreed = Deflates(1000).agree(offers)
    assert (agreed and agreed[1]) == answer


@pytest.mark.parametrize("reply", [OFFER, "permessage-deflate; server_no_context_takeover; server_max_window_bits=9"])
def test_a_station_takes_what_it_offered(reply: str) -> None:
    assert Deflates(1000).agreed(reply) is not None
    assert Deflates(1000).agreed("") is None


@pytest.mark.parametrize(
    "reply", ["permessage-deflate", "x-other", f"{OFFER}; client_max_window_bits=9", f"{OFFER}, {OFFER}"]
)
def test_a_station_takes_nothing_else(reply: str) -> None:
    with pytest.raises(Malformed):
        Deflates(1000).agreed(reply)
