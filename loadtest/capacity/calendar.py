"""What is due when: one bucket of stations per simulated second, sorted when its second comes.

A station has one event at a time, so its instant lives in one array and a bucket holds station numbers only: 12 bytes
an event instead of the hundred of a heap of tuples, and one sort instead of a million sifts.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from heapq import heappop, heappush


class Calendar:
    """Events of stations, at most one each, in the order of time; of equal times, what was entered first."""

    __slots__ = ("_buckets", "_entered", "_extra", "_horizon_s", "_second", "due_s", "waiting")

    def __init__(self, stations: int, horizon_s: float) -> None:
        self.due_s = array("d", bytes(8 * stations))
        self.waiting = 0
        """Events to come."""
        self._buckets: dict[int, array[int]] = {}
        self._extra: list[tuple[float, int, int]] = []
        self._entered = 0
        self._second = -1
        self._horizon_s = horizon_s

    def enter(self, station: int, due_s: float) -> None:
        """An event for this station; what lies at or beyond the horizon never comes."""
        if due_s >= self._horizon_s:
            return
        self.waiting += 1
        second = int(due_s)
        if second <= self._second:  # that second is being worked through
            self._entered += 1
            heappush(self._extra, (due_s, self._entered, station))
            return
        self.due_s[station] = due_s
        bucket = self._buckets.get(second)
        if bucket is None:
            bucket = self._buckets[second] = array("I")
        bucket.append(station)

    def seconds(self) -> Iterator[Iterator[tuple[float, int]]]:
        """Second by second, the events (instant, station) of each; new ones may be entered meanwhile."""
        while self.waiting:
            self._second += 1
            yield self._events()

    def _events(self) -> Iterator[tuple[float, int]]:
        due_s, extra = self.due_s, self._extra
        for station in sorted(self._buckets.pop(self._second, ()), key=due_s.__getitem__):
            instant = due_s[station]
            while extra and extra[0][0] < instant:
                self.waiting -= 1
                yield extra[0][0], heappop(extra)[2]
            self.waiting -= 1
            yield instant, station
        while extra:
            self.waiting -= 1
            yield extra[0][0], heappop(extra)[2]
