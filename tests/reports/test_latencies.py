"""Sparse histograms: the same numbers as the library's, for any latencies."""

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.load.latencies import INDEX_MAX, INNER, OUTER, Latencies, decoded, highest_us, merged
from reports.ticks import BadTick, Calls, histogram

LATENCIES = st.lists(st.integers(1, 3_600_000_000), min_size=1, max_size=60)


def read(*texts: str) -> Latencies:
    total = Latencies()
    for text in texts:
        total.take(decoded(text))
    return total


def written(values: list[int]) -> str:
    made = histogram()
    for value in values:
        made.record_value(value)
    return str(made.encode().decode())


@given(LATENCIES, LATENCIES, st.floats(0.01, 100))
def test_percentiles_of_a_sum_are_those_of_the_library(one: list[int], two: list[int], percent: float):
    both = histogram()
    for value in one + two:
        both.record_value(value)
    mine = merged([read(written(one)), read(written(two))])
    assert mine.total == both.get_total_count() == len(one) + len(two)
    assert mine.percentile_s(percent) == both.get_value_at_percentile(percent) / 1e6
    assert mine.percentiles_s([50.0, 99.0, 100.0])[2] == both.get_value_at_percentile(100) / 1e6


@given(st.integers(1, 10**6))
def test_a_count_of_any_size_is_read(count: int):
    made = histogram()
    made.record_value(7_000, count)
    made.record_value(1)
    assert [number for _, number in decoded(made.encode().decode())] == [1, count]


def test_nothing_has_no_percentile():
    assert Latencies().percentiles_s([50.0, 99.0]) == [None, None]
    assert decoded(Calls().answered.encode().decode()) == []


def test_buckets_end_where_the_next_begins():
    assert [highest_us(bucket) for bucket in (0, 1, 255, 256, 257, 384)] == [0, 1, 255, 257, 259, 515]


def outer(body: bytes) -> str:
    packed = zlib.compress(body)
    return base64.b64encode(OUTER.pack(0x1C849314, len(packed)) + packed).decode()


def inner(words: bytes, digits: int = 2, lowest: int = 1) -> bytes:
    return INNER.pack(0x1C849313, len(words), 0, digits, lowest, 3_600_000_000, 1.0) + words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "AAAA",
        base64.b64encode(OUTER.pack(0x1C849314, 3) + b"abc").decode(),
        base64.b64encode(OUTER.pack(0x1C849314, 99) + zlib.compress(inner(b""))).decode(),
        base64.b64encode(struct.pack(">II", 1, len(zlib.compress(inner(b"")))) + zlib.compress(inner(b""))).decode(),
        outer(b"short"),
        outer(inner(b"\x02")[:-1]),
        outer(inner(b"", digits=3)),
        outer(inner(b"", lowest=1000)),
        outer(inner(b"\x80")),
        outer(inner(b"\xff" * 12 + b"\x01")),
        outer(inner(b"\xff\xff\x7f")),
    ],
)
def test_a_damaged_histogram_says_so(text: str):
    with pytest.raises(BadTick):
        decoded(text)


def test_no_bucket_lies_beyond_an_hour():
    made = histogram()
    made.record_value(3_600_000_000)
    assert decoded(made.encode().decode())[0][0] < INDEX_MAX
