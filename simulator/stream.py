"""One direction of a TCP connection as an application sees it: what goes in comes out later, whole and in order.

Nothing is ever lost on the way, for TCP sends again what was: loss is delay (RFC 6298, RFC 5681). While a direction is
stalled nothing passes; what waits leaves with the next retransmission after it has cleared up, or the sender gives up.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from simulator.chance import Chance
from simulator.clock import Clock, Timer

SEGMENT_BYTES = 1460
"""What one segment carries over Ethernet: 1500 less the headers of IPv4 and TCP (RFC 6691, RFC 894)."""

HEADER_BYTES = 40

FIRST_RTO_S = 1.0
"""Before anything has been measured (RFC 6298 §2.1)."""

LEAST_RTO_S = 1.0
"""§2.4: less is rounded up."""

MOST_RTO_S = 60.0
"""§2.5: no bound may be lower, and this is the one that the RFC names."""

PATIENCE_S = 924.6
"""After how long a sender gives up: Linux's ``tcp_retries2`` of 15 (RFC 1122 §4.2.3.5 asks for 100 s at least)."""

DUPLICATES = 3
"""So many segments behind a lost one have it sent again without waiting for the timer (RFC 5681 §3.2)."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a way does to what passes. ``latency_s``: in one direction; ``jitter_s``: the mean of what comes on top,
    distributed exponentially; ``loss``: share of segments; ``bandwidth_bytes_s``: in each direction."""

    latency_s: float = 0.0
    jitter_s: float = 0.0
    loss: float = 0.0
    bandwidth_bytes_s: float = math.inf

    @property
    def round_trip_s(self) -> float:
        """There and back, on average."""
        return 2 * (self.latency_s + self.jitter_s)

    def and_then(self, other: Quality) -> Quality:
        """What two ways do, one behind the other."""
        return Quality(
            self.latency_s + other.latency_s,
            self.jitter_s + other.jitter_s,
            1 - (1 - self.loss) * (1 - other.loss),
            min(self.bandwidth_bytes_s, other.bandwidth_bytes_s),
        )


PERFECT = Quality()


class RetransmissionTimer:
    """How long a sender waits for an acknowledgement (RFC 6298 §2)."""

    __slots__ = ("_mean_s", "_variation_s", "rto_s")

    def __init__(self) -> None:
        self.rto_s = FIRST_RTO_S
        self._mean_s: float | None = None
        self._variation_s = 0.0

    def measured(self, round_trip_s: float) -> None:
        """Take in a round trip of something that was sent once only (§3: Karn)."""
        if self._mean_s is None:
            self._mean_s, self._variation_s = round_trip_s, round_trip_s / 2
        else:
            self._variation_s += (abs(self._mean_s - round_trip_s) - self._variation_s) / 4
            self._mean_s += (round_trip_s - self._mean_s) / 8
        self.rto_s = min(MOST_RTO_S, max(LEAST_RTO_S, self._mean_s + 4 * self._variation_s))


def resent_s(rto_s: float, times: int) -> float:
    """How long after the first transmission the last of so many retransmissions leaves: each waits twice as long as
    the one before (RFC 6298 §5.5), up to the bound."""
    return sum(min(MOST_RTO_S, rto_s * 2.0**number) for number in range(times))


def next_attempt_s(sent_s: float, rto_s: float, now_s: float) -> float:
    """When the first retransmission leaves that is not before ``now_s``, of what was first sent at ``sent_s``."""
    at_s, wait_s = sent_s, rto_s
    while at_s < now_s:
        at_s, wait_s = at_s + min(MOST_RTO_S, wait_s), 2 * wait_s
    return at_s


def segments(size_bytes: int) -> int:
    """How many segments a message takes."""
    return max(1, math.ceil(size_bytes / SEGMENT_BYTES))


@dataclass(slots=True)
class _Flight:
    """Something on its way; it arrives never while nothing passes, and not before what was sent before it."""

    land: Callable[[], None]
    size_bytes: int
    sent_s: float
    arrives_s: float = math.inf


class Stream:
    """One direction. ``gives_up`` is called, once, when what was sent is not acknowledged for ``patience_s``."""

    __slots__ = (
        "_chance",
        "_clear_s",
        "_clock",
        "_flights",
        "_gives_up",
        "_name",
        "_patience_s",
        "_timer",
        "retransmission",
        "stalled",
    )

    def __init__(
        self, clock: Clock, chance: Chance, name: str, gives_up: Callable[[], None], patience_s: float = PATIENCE_S
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._name = name
        self._gives_up = gives_up
        self._patience_s = patience_s
        self._flights: deque[_Flight] = deque()
        self._timer: Timer | None = None
        self._clear_s = 0.0  # when the wire is free again
        self.retransmission = RetransmissionTimer()
        self.stalled = False

    def send(self, land: Callable[[], None], size_bytes: int, quality: Quality, extra_s: float = 0.0) -> None:
        """Send something; ``land`` is called when it has arrived. ``extra_s``: what precedes it on the way."""
        flight = _Flight(land, size_bytes, self._clock.now)
        self._flights.append(flight)
        if not self.stalled:
            flight.arrives_s = self._arrival_s(flight, flight.sent_s + extra_s, quality)
        self._arm()

    def stall(self) -> None:
        """Nothing passes from now on."""
        self.stalled = True
        for flight in self._flights:
            flight.arrives_s = math.inf
        self._clear_s = self._clock.now
        self._arm()

    def resume(self, quality: Quality) -> None:
        """It has cleared up: what waits passes with the next retransmission of the first of it."""
        self.stalled = False
        if self._flights:
            from_s = next_attempt_s(self._flights[0].sent_s, self.retransmission.rto_s, self._clock.now)
            for flight in self._flights:
                flight.arrives_s = self._arrival_s(flight, from_s, quality)
        self._arm()

    @property
    def busy(self) -> bool:
        """Whether anything is on its way."""
        return bool(self._flights)

    def end(self) -> None:
        """Forget what is on its way."""
        self._flights.clear()
        self._arm()

    def _arrival_s(self, flight: _Flight, from_s: float, quality: Quality) -> float:
        count = segments(flight.size_bytes)
        self._clear_s = max(from_s, self._clear_s)
        self._clear_s += (flight.size_bytes + count * HEADER_BYTES) / quality.bandwidth_bytes_s
        late_s = self._late_s(count, quality) if quality.loss else 0.0
        if late_s > self._patience_s:
            return math.inf
        jitter_s = self._jitter_s(quality) if quality.jitter_s else 0.0
        if not late_s and from_s == flight.sent_s:
            self.retransmission.measured(quality.round_trip_s - quality.jitter_s + jitter_s)
        return self._clear_s + quality.latency_s + jitter_s + late_s

    def _jitter_s(self, quality: Quality) -> float:
        return -quality.jitter_s * math.log(1.0 - self._chance.uniform(f"{self._name} jitter"))

    def _late_s(self, count: int, quality: Quality) -> float:
        """How long the segments of a message, all of which it takes, are held up by losses."""
        late_s = 0.0
        for behind in reversed(range(count)):
            luck = 1.0 - self._chance.uniform(f"{self._name} loss")
            lost = int(math.log(luck) / math.log(quality.loss)) if quality.loss < 1 else math.inf
            if lost == math.inf:
                return math.inf
            if lost and behind >= DUPLICATES:
                own_s = quality.round_trip_s + resent_s(self.retransmission.rto_s, int(lost) - 1)
            else:
                own_s = resent_s(self.retransmission.rto_s, int(lost))
            late_s = max(late_s, own_s)
        return late_s

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._flights:
            first = self._flights[0]
            due_s = first.arrives_s if first.arrives_s < math.inf else first.sent_s + self._patience_s
            self._timer = self._clock.at(due_s, self._due)

    def _due(self) -> None:
        self._timer = None
        first = self._flights[0]
        if first.arrives_s == math.inf:
            self.end()
            self._gives_up()
            return
        self._flights.popleft()
        self._arm()
        first.land()
