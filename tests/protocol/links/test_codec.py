"""Any split of the byte stream gives the same messages, and every rule of RFC 6455 §5 and §8.1 is held."""

import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from protocol.transports.lean.codec import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FRAMES_AT_ONCE,
    PING,
    PONG,
    TEXT,
    Reader,
    Violation,
    apply_mask,
    close_payload,
    frame,
    parse_close,
)

FIN = 0x80
MASK = b"\x01\xff\x80\x7e"


def read(data: bytes, *, masked: bool = False, limit: int = 2**20, cuts: list[int] | None = None) -> list[Any]:
    """Return what a reader makes of a stream that arrives in pieces; the last item is the violation, if any."""
    reader, seen = Reader(masked=masked, limit=limit), []
    edges = [0, *sorted(cut for cut in cuts or [] if 0 < cut < len(data)), len(data)]
    try:
        for start, end in pairwise(edges):
            seen.extend(reader.feed(data[start:end]))
    except Violation as violation:
        return [*seen, violation.code]
    return seen


sizes = st.sampled_from([0, 1, 125, 126, 127, 65535, 65536]) | st.integers(0, 300)
messages = st.one_of(
    st.tuples(st.just(TEXT), st.text(max_size=300) | sizes.map(lambda size: "x" * size)),
    st.tuples(st.just(BINARY), st.binary(max_size=300)),
    st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125)),
)


@given(
    sent=st.lists(messages, max_size=6),
    mask=st.none() | st.binary(min_size=4, max_size=4),
    cuts=st.lists(st.integers(0, 2000), max_size=20),
)
def test_any_split_gives_the_same_messages(sent: list[Any], mask: bytes | None, cuts: list[int]) -> None:
    stream = b"".join(
        frame(FIN | opcode, payload.encode() if isinstance(payload, str) else payload, mask) for opcode, payload in sent
    )
    assert read(stream, masked=mask is not None, cuts=cuts) == sent


@given(
    text=st.text(min_size=1, max_size=60),
    cuts=st.lists(st.integers(0, 200), max_size=8),
    splits=st.lists(st.integers(0, 200), max_size=8),
)
@example(text="€", cuts=[], splits=[1])
def test_text_may_be_cut_within_a_character(text: str, cuts: list[int], splits: list[int]) -> None:
    payload = text.encode()
    edges = [0, *sorted(cut for cut in splits if cut < len(payload)), len(payload)]
    parts = [payload[start:end] for start, end in pairwise(edges)]
    stream = b""
    for number, part in enumerate(parts):
        final = FIN if number == len(parts) - 1 else 0
        stream += frame(final | (CONTINUATION if number else TEXT), part) + (b"" if final else frame(FIN | PING, b"!"))
    assert read(stream, cuts=cuts) == [(PING, b"!")] * (len(parts) - 1) + [(TEXT, text)]


@given(data=st.binary(max_size=60), masked=st.booleans(), cuts=st.lists(st.integers(0, 60), max_size=8))
def test_garbage_is_a_violation_at_worst_and_the_split_does_not_matter(
    data: bytes, masked: bool, cuts: list[int]
) -> None:
    assert read(data, masked=masked, cuts=cuts) == read(data, masked=masked)


@given(opcode=st.sampled_from([TEXT, BINARY, PING]), payload=st.binary(max_size=125), masked=st.booleans())
def test_frames_are_those_of_another_implementation(opcode: int, payload: bytes, masked: bool) -> None:
    ours = frame(FIN | opcode, payload, MASK if masked else None)
    theirs = Frame(Opcode(opcode), payload).serialize(mask=False)
    assert ours == theirs if not masked else apply_mask(ours[6:], MASK) == payload


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (frame(FIN | 0x40 | TEXT, b"x"), 1002),
        (frame(FIN | 0x20 | TEXT, b"x"), 1002),
        (frame(FIN | 0x10 | TEXT, b"x"), 1002),
        (frame(FIN | 0x3, b""), 1002),
        (frame(FIN | 0xB, b""), 1002),
        (frame(PING, b""), 1002),
        (frame(FIN | PING, b"x" * 126), 1002),
        (frame(FIN | CONTINUATION, b"x"), 1002),
        (frame(TEXT, b"x") + frame(FIN | TEXT, b"x"), 1002),
        (frame(FIN | TEXT, b"x", MASK), 1002),
        (bytes([FIN | BINARY, 127]) + struct.pack("!Q", 2**63), 1002),
        (frame(FIN | TEXT, b"\xff"), 1007),
        (frame(FIN | TEXT, b"\xed\xa0\x80"), 1007),
        (frame(TEXT, b"\xe2\x82") + frame(FIN | CONTINUATION, b"x"), 1007),
        (frame(TEXT, b"\xe2\x82") + frame(FIN | CONTINUATION, b""), 1007),
        (frame(TEXT, b"\xce\xff"), 1007),  # before the rest has come
        (bytes([FIN | BINARY, 126]) + struct.pack("!H", 1001), 1009),  # before a byte of it has come
        (frame(BINARY, b"x" * 600) + bytes([FIN, 126]) + struct.pack("!H", 401), 1009),
    ],
)
def test_a_violation_has_its_close_code(stream: bytes, code: int) -> None:
    assert read(stream, limit=1000) == [code]


def test_a_client_that_does_not_mask_is_a_violation() -> None:
    assert read(frame(FIN | TEXT, b"x"), masked=True) == [1002]


def test_what_came_before_a_violation_counts() -> None:
    assert read(frame(FIN | TEXT, b"1") + frame(FIN | 0x3, b"") + frame(FIN | TEXT, b"2")) == [(TEXT, "1"), 1002]


def test_the_largest_message_is_allowed_in_whatever_pieces() -> None:
    assert read(frame(FIN | TEXT, b"x" * 1000), limit=1000) == [(TEXT, "x" * 1000)]
    pieces = frame(TEXT, b"x" * 600) + frame(FIN | CONTINUATION, b"x" * 400)
    assert read(pieces, limit=1000) == [(TEXT, "x" * 1000)]


def test_an_endless_row_of_empty_fragments_fills_no_memory() -> None:
    reader = Reader(masked=False, limit=1000)
    assert list(reader.feed(frame(TEXT, b"") + frame(CONTINUATION, b"") * 5000)) == []
    assert reader._fragments is not None
    assert reader._fragments.parts == []


def test_a_reader_is_idle_between_messages_only() -> None:
    reader = Reader(masked=False, limit=1000)
    whole = frame(FIN | TEXT, b"xy")
    for end in range(1, len(whole)):
        assert list(reader.feed(whole[end - 1 : end])) == []
        assert not reader.idle
    assert list(reader.feed(whole[-1:])) == [(TEXT, "xy")]
    assert reader.idle
    assert list(reader.feed(frame(TEXT, b""))) == []
    assert not reader.idle


@pytest.mark.parametrize(
    "payload", [b"\x03", b"\x03\xe7", b"\x03\xec", b"\x03\xed", b"\x03\xf7", b"\x0b\xb7", b"\x13\x88"]
)
def test_an_impossible_close_code_is_a_violation(payload: bytes) -> None:
    with pytest.raises(Violation) as found:
        parse_close(payload)
    assert found.value.code == 1002


def test_close_frames_carry_code_and_reason_or_nothing() -> None:
    assert parse_close(close_payload(1000, "bye €")) == (1000, "bye €")
    assert parse_close(close_payload(1005, "")) == (1005, "")
    with pytest.raises(Violation) as found:
        parse_close(b"\x03\xe8\xff")
    assert found.value.code == 1007
    assert read(frame(FIN | CLOSE, b"")) == [(CLOSE, b"")]


def test_frames_with_nothing_in_them_are_read_so_many_at_once() -> None:
    reader = Reader(masked=True, limit=100)
    endless = frame(TEXT, b"", MASK) + frame(CONTINUATION, b"", MASK) * FRAMES_AT_ONCE
    assert list(reader.feed(endless + frame(FIN | CONTINUATION, b"end", MASK))) == []
    assert reader.lags
    assert list(reader.feed(b"")) == [(TEXT, "end")]
    assert not reader.lags


def test_who_takes_no_more_for_now_holds_only_the_rest() -> None:
    first, second = (frame(FIN | TEXT, text, MASK) for text in (b"first", b"second"))
    reader = Reader(masked=True, limit=100)
    for message in reader.feed(first + second):
        assert message == (TEXT, "first")
        break
    assert reader._held == second
    assert list(reader.feed(b"")) == [(TEXT, "second")]
    assert reader.idle


def test_what_is_held_is_read_later_and_it_is_known_whether_there_may_be_a_frame() -> None:
    first, second = (frame(FIN | TEXT, text, MASK) for text in (b"first", b"second"))
    reader = Reader(masked=True, limit=100)
    messages = reader.feed(first + second[:1])
    assert next(messages) == (TEXT, "first")
    assert not reader.lags
    reader.hold(second[1:])
    assert reader.lags
    assert list(reader.feed(b"")) == [(TEXT, "second")]
    assert list(reader.feed(first[:3])) == []
    assert not reader.lags
    reader.hold(first[3:])
    assert reader.lags
    assert list(reader.feed(b"")) == [(TEXT, "first")]
    assert reader.idle
    assert not reader.lags
