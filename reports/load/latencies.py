"""Latencies as the sparse counts of an HdrHistogram: a tenth of the time and a hundredth of the memory of a dense one.

Buckets and percentiles are those of ``reports.ticks.histogram``: 1 µs to an hour, exact to two digits.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from reports.ticks import LATENCY_DIGITS, BadTick

HALF_BITS = 7  # 2 * 10**2 values a bucket are rounded up to 256; half of them are new in each bucket
HALF = 1 << HALF_BITS
OUTER, INNER = struct.Struct(">II"), struct.Struct(">IIIIQQd")
OUTER_COOKIE, INNER_COOKIE = 0x1C849314, 0x1C849313
INDEX_MAX = 1 << 13  # beyond 64 bits of microseconds: no histogram of ours is that long
SHIFT_MAX = 56


@dataclass(slots=True)
class Latencies:
    """Counts by bucket; sums of them are exact, so percentiles of a sum are those of all CALLs in it."""

    counts: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def total(self) -> int:
        """How many CALLs were answered."""
        return sum(self.counts.values())

    def add(self, other: Latencies) -> None:
        """Count all that the other counted, too."""
        self.take(other.counts.items())

    def take(self, found: Iterable[tuple[int, int]]) -> None:
        """Count so many more in each of some buckets."""
        counts = self.counts
        for bucket, count in found:
            counts[bucket] += count

    def percentiles_s(self, percents: Iterable[float]) -> list[float | None]:
        """Latency in seconds below which each percentage (ascending) of the CALLs was answered; None without any."""
        total = self.total
        if not total:
            return [None for _ in percents]
        found: list[float | None] = []
        ordered = iter(sorted(self.counts.items()))
        bucket, seen = next(ordered)[0], self.counts[min(self.counts)]
        for percent in percents:
            wanted = max(1, int(percent * total / 100 + 0.5))
            while seen < wanted:
                bucket, count = next(ordered)
                seen += count
            found.append(highest_us(bucket) / 1e6)
        return found

    def percentile_s(self, percent: float) -> float | None:
        """One of them."""
        return self.percentiles_s([percent])[0]


def merged(parts: Iterable[Latencies]) -> Latencies:
    """The sum of several."""
    total = Latencies()
    for part in parts:
        total.add(part)
    return total


def highest_us(bucket: int) -> int:
    """The longest latency that counts in a bucket, in µs."""
    exponent = (bucket >> HALF_BITS) - 1
    if exponent < 0:
        return bucket
    return (((bucket & (HALF - 1)) + HALF) << exponent) + (1 << exponent) - 1


def decoded(text: str) -> list[tuple[int, int]]:
    """Buckets and their counts of a histogram in HdrHistogram's compressed V2 form. Raises BadTick."""
    try:
        raw = base64.b64decode(text)
        cookie, length = OUTER.unpack_from(raw)
        if cookie != OUTER_COOKIE or length != len(raw) - OUTER.size:
            raise BadTick("a histogram of latencies is damaged")
        body = zlib.decompress(raw[OUTER.size :])
        cookie, length, _, digits, lowest, _, _ = INNER.unpack_from(body)
    except (binascii.Error, struct.error, zlib.error, ValueError) as wrong:
        raise BadTick(f"a histogram of latencies is damaged: {wrong}") from wrong
    if cookie != INNER_COOKIE or length != len(body) - INNER.size:
        raise BadTick("a histogram of latencies is damaged")
    if (digits, lowest) != (LATENCY_DIGITS, 1):
        raise BadTick(f"a histogram of latencies has {digits} digits from {lowest} on, not {LATENCY_DIGITS} from 1 on")
    return _buckets(body[INNER.size :])


def _buckets(words: bytes) -> list[tuple[int, int]]:
    """ZigZag LEB128: a positive number is the count of the next bucket, a negative one so many empty buckets."""
    found = []
    bucket = word = shift = 0
    for byte in words:
        if byte & 0x80:
            word |= (byte & 0x7F) << shift
            shift += 7
            if shift > SHIFT_MAX:
                raise BadTick("a histogram of latencies holds a count beyond all measure")
            continue
        if shift:
            byte = word | byte << shift  # noqa: PLW2901 (the last byte completes the word)
            word = shift = 0
        if byte & 1:
            bucket += (byte + 1) >> 1
            continue
        if byte:
            found.append((bucket, byte >> 1))
        bucket += 1
    if shift or bucket > INDEX_MAX:
        raise BadTick("a histogram of latencies does not end where it should")
    return found
