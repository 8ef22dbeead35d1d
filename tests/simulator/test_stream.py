"""One direction of a TCP connection: late, whole and in order."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.chance import Chance
from simulator.clock import Clock
from simulator.stream import (
    HEADER_BYTES,
    MOST_RTO_S,
    PATIENCE_S,
    Quality,
    RetransmissionTimer,
    Stream,
    next_attempt_s,
    resent_s,
    segments,
)


class Way:
    """A stream and what has come out of it, with the times."""

    def __init__(self, seed: int = 1, patience_s: float = PATIENCE_S) -> None:
        self.clock = Clock(datetime(2026, 3, 2, tzinfo=UTC))
        self.stream = Stream(self.clock, Chance(seed, "CP-1"), "up", self._gave_up, patience_s)
        self.landed: list[tuple[float, object]] = []
        self.gave_up_s: list[float] = []

    def _gave_up(self) -> None:
        self.gave_up_s.append(self.clock.now)

    def send(self, what: object, size_bytes: int = 100, quality: Quality | None = None) -> None:
        self.stream.send(lambda: self.landed.append((round(self.clock.now, 6), what)), size_bytes, quality or Quality())

    def run(self, until_s: float) -> None:
        env = self.clock.env
        while env.peek() <= until_s:
            env.step()
        env.advance(until_s)

    def at(self, instant_s: float, action: Callable[[], object]) -> None:
        self.clock.at(instant_s, lambda: (action(), None)[1])

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.landed]


@pytest.mark.parametrize(
    ("measured", "rto_s"),
    [
        ((), 1.0),  # RFC 6298 §2.1
        ((2.0,), 2.0 + 4 * 1.0),  # §2.2: SRTT <- R, RTTVAR <- R/2
        ((2.0, 2.0), 2.0 + 4 * 0.75),  # §2.3: RTTVAR <- 3/4 RTTVAR + 1/4 |SRTT - R'|
        ((2.0, 4.0), 2.25 + 4 * (0.75 + 0.5)),
        ((0.05,), 1.0),  # §2.4
        ((100.0,), MOST_RTO_S),  # §2.5
    ],
)
def test_the_retransmission_timer_is_that_of_rfc_6298(measured: tuple[float, ...], rto_s: float) -> None:
    timer = RetransmissionTimer()
    for each in measured:
        timer.measured(each)
    assert timer.rto_s == pytest.approx(rto_s)


def test_each_retransmission_waits_twice_as_long() -> None:
    assert [resent_s(1.0, times) for times in range(8)] == [0, 1, 3, 7, 15, 31, 63, 123]
    assert [next_attempt_s(10.0, 1.0, now) for now in (10, 10.5, 11, 12, 20, 100)] == [10, 11, 11, 13, 25, 133]


def test_segments() -> None:
    assert [segments(size) for size in (0, 1, 1460, 1461, 14600)] == [1, 1, 1, 2, 10]


def test_latency_and_bandwidth_add_up() -> None:
    way = Way()
    way.send("a", 960, Quality(latency_s=0.3, bandwidth_bytes_s=1000))
    way.send("b", 960, Quality(latency_s=0.3, bandwidth_bytes_s=1000))  # leaves behind the first
    way.run(10)
    on_wire_s = (960 + HEADER_BYTES) / 1000
    assert way.landed == [(on_wire_s + 0.3, "a"), (2 * on_wire_s + 0.3, "b")]


def test_jitter_is_as_long_as_it_says_on_average_and_the_same_by_seed() -> None:
    late: list[float] = []
    for seed in range(400):
        way = Way(seed)
        way.send("a", quality=Quality(latency_s=0.1, jitter_s=0.2))
        way.run(60)
        late.append(way.times[0] - 0.1)
    assert sum(late) / len(late) == pytest.approx(0.2, rel=0.15)
    assert sum(each > 0.2 for each in late) / len(late) == pytest.approx(math.exp(-1), abs=0.06)
    again, other = Way(3), Way(4)
    for way in (again, other):
        way.send("a", quality=Quality(latency_s=0.1, jitter_s=0.2))
        way.run(60)
    assert again.times[0] == pytest.approx(late[3] + 0.1)
    assert other.times != again.times


def test_loss_delays_by_the_retransmission_timer() -> None:
    late = []
    for seed in range(600):
        way = Way(seed)
        way.send("a", quality=Quality(loss=0.3))
        way.run(PATIENCE_S)
        late.append(way.times[0])
    assert set(late) <= {0, 1, 3, 7, 15, 31, 63, 123}
    assert late.count(0) / len(late) == pytest.approx(0.7, abs=0.05)
    assert late.count(1) / len(late) == pytest.approx(0.3 * 0.7, abs=0.05)


def test_a_segment_with_three_behind_it_is_sent_again_at_once() -> None:
    late = set()
    for seed in range(60):
        way = Way(seed)
        way.stream.retransmission.rto_s = 5.0
        way.send("a", 20 * 1460, Quality(latency_s=0.1, loss=0.01))
        way.run(PATIENCE_S)
        late.add(round(way.times[0] - 0.1, 3))
    assert 0.2 in late


@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.floats(0, 30), st.integers(0, 20_000)), min_size=1, max_size=20),
    st.floats(0, 0.5),
    st.floats(0, 3),
    st.tuples(st.floats(0, 60), st.floats(0, 200)),
)
def test_nothing_is_lost_and_nothing_overtakes(
    seed: int, sent: list[tuple[float, int]], loss: float, jitter_s: float, outage: tuple[float, float]
) -> None:
    way, quality = Way(seed, patience_s=10**9), Quality(0.05, jitter_s, loss, 5000.0)
    number = 0
    for at_s, size in sorted(sent):
        way.at(at_s, lambda number=number, size=size: way.send(number, size, quality))  # type: ignore[misc]
        number += 1
    way.at(outage[0], way.stream.stall)
    way.at(outage[0] + outage[1], lambda: way.stream.resume(quality))
    way.run(10**7)
    assert [what for _, what in way.landed] == list(range(number))
    assert way.times == sorted(way.times)
    assert all(not outage[0] + 1e-6 < at < sum(outage) for at in way.times)


def test_what_waits_leaves_with_the_next_retransmission() -> None:
    way = Way()
    way.stream.stall()
    way.send("a")
    way.at(10, lambda: way.send("b"))
    way.at(20, lambda: way.stream.resume(Quality(latency_s=0.1)))
    way.run(60)
    assert way.landed == [(31.1, "a"), (31.1, "b")]  # tried at 1, 3, 7, 15 and 31 s


def test_a_sender_gives_up() -> None:
    way = Way()
    way.at(5, way.stream.stall)
    way.at(9, lambda: way.send("a"))
    way.run(9 + PATIENCE_S - 1)
    assert way.gave_up_s == []
    way.run(9 + PATIENCE_S + 1)
    assert way.gave_up_s == [pytest.approx(9 + PATIENCE_S)]
    assert way.landed == []


def test_a_way_that_loses_everything_is_dead() -> None:
    way = Way(patience_s=100)
    way.send("a", quality=Quality(loss=1.0))
    way.run(200)
    assert (way.gave_up_s, way.landed) == ([100], [])


def test_an_idle_stream_outlives_any_silence() -> None:
    way = Way()
    way.stream.stall()
    way.run(10 * PATIENCE_S)
    way.stream.resume(Quality())
    way.send("a")
    way.run(11 * PATIENCE_S)
    assert way.gave_up_s == []
    assert len(way.landed) == 1
