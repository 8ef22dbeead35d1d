"""Slows down those who guess passwords, without ever locking out who knows one."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

REMEMBERED = 10_000
"""Sources that are remembered; the one quiet for longest is forgotten first."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class Throttle:
    """A token bucket per source of failures: ``burst`` at once, then ``per_minute``."""

    def __init__(self, burst: int, per_minute: float) -> None:
        self._burst = burst
        self._per_s = per_minute / 60.0
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def failed(self, sources: tuple[str, ...], now_s: float) -> int | None:
        """Note a failure from these sources; seconds to wait when one has failed too often, None otherwise."""
        waits = [wait for source in sources if (wait := self._take(source, now_s)) > 0]
        return max(1, round(max(waits))) if waits else None

    def blocked(self, source: str, now_s: float) -> int | None:
        """Seconds until the source may fail again; None while it may. Notes nothing."""
        bucket = self._buckets.get(source)
        if bucket is None:
            return None
        tokens = bucket.tokens + (now_s - bucket.at_s) * self._per_s
        if tokens >= 1.0:
            return None
        return max(1, round((1.0 - tokens) / self._per_s)) if self._per_s else 60

    def _take(self, source: str, now_s: float) -> float:
        bucket = self._buckets.pop(source, None) or _Bucket(float(self._burst), now_s)
        bucket.tokens = min(float(self._burst), bucket.tokens + (now_s - bucket.at_s) * self._per_s)
        bucket.at_s = now_s
        self._buckets[source] = bucket
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        if bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            return 0.0
        return (1.0 - bucket.tokens) / self._per_s if self._per_s else 60.0
