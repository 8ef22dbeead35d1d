"""Token buckets: for those who guess passwords, without ever locking out who knows one, and for clients of the API."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

REMEMBERED = 10_000
"""Sources that are remembered; the one quiet for longest is forgotten first."""

NEVER_S = 60.0
"""The wait that is told where nothing is ever filled up again."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class Allowance(NamedTuple):
    """What became of a request: ``wait_s`` is 0 where it was granted, ``left`` more are at once, all in ``full_s``."""

    wait_s: float
    left: int
    full_s: float


class Buckets:
    """A token bucket per source: ``burst`` at once, then ``per_s``."""

    def __init__(self, burst: int, per_s: float) -> None:
        self.burst = burst
        self.per_s = per_s
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, source: str, now_s: float) -> Allowance:
        """Take a token, if there is one."""
        bucket = self._buckets.pop(source, None) or _Bucket(float(self.burst), now_s)
        bucket.tokens = self._filled(bucket, now_s)
        bucket.at_s = now_s
        self._buckets[source] = bucket
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        wait_s = self._wait_s(bucket.tokens)
        if wait_s == 0:
            bucket.tokens -= 1.0
        full_s = (self.burst - bucket.tokens) / self.per_s if self.per_s else NEVER_S
        return Allowance(wait_s, int(bucket.tokens), full_s)

    def give_back(self, source: str) -> None:
        """Put a token back that was taken in vain."""
        if (bucket := self._buckets.get(source)) is not None:
            bucket.tokens += 1.0

    def wait_s(self, source: str, now_s: float) -> float:
        """How long until there is a token; 0 where there is one. Takes none."""
        bucket = self._buckets.get(source)
        return 0.0 if bucket is None else self._wait_s(self._filled(bucket, now_s))

    def _filled(self, bucket: _Bucket, now_s: float) -> float:
        return min(float(self.burst), bucket.tokens + (now_s - bucket.at_s) * self.per_s)

    def _wait_s(self, tokens: float) -> float:
        if tokens >= 1.0:
            return 0.0
        return (1.0 - tokens) / self.per_s if self.per_s else NEVER_S


class Throttle:
    """Slows down sources of failures: ``burst`` at once, then ``per_minute``."""

    def __init__(self, burst: int, per_minute: float) -> None:
        self._buckets = Buckets(burst, per_minute / 60.0)

    def failed(self, sources: tuple[str, ...], now_s: float) -> int | None:
        """Note a failure from these sources; seconds to wait when one has failed too often, None otherwise."""
        waits = [wait for source in sources if (wait := self._buckets.take(source, now_s).wait_s) > 0]
        return max(1, round(max(waits))) if waits else None

    def blocked(self, source: str, now_s: float) -> int | None:
        """Seconds until the source may fail again; None while it may. Notes nothing."""
        wait_s = self._buckets.wait_s(source, now_s)
        return max(1, round(wait_s)) if wait_s > 0 else None
