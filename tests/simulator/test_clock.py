"""Simulated time at its three paces."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from simulator.clock import REAL, SWEEP_FROM, VIRTUAL, Clock, Pace, Scaled
from tests.simulator.csms import START


def test_start_and_paces_are_checked():
    with pytest.raises(ValueError, match="time zone"):
        Clock(datetime(2025, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="positive"):
        Scaled(0)
    assert [str(pace) for pace in (REAL, VIRTUAL, Scaled(60))] == ["real", "virtual", "scaled:60"]
    assert Pace(1.0) == REAL


async def test_virtual_time_jumps():
    clock = Clock(START)
    seen: list[float] = []

    def steps():
        while True:
            seen.append(clock.now)
            yield clock.timeout(10_000)

    clock.process(steps())
    began = time.monotonic()
    await clock.run(86_400)
    assert time.monotonic() - began < 0.5
    assert seen == [n * 10_000 for n in range(9)]
    assert clock.now == 86_400
    assert clock.stamp() == "2025-06-03T06:00:00.000Z"
    assert clock.stamp(0.5) == "2025-06-03T06:00:00.500Z"
    assert clock.utc == datetime(2025, 6, 3, 6, tzinfo=UTC)
    await clock.run(90_000)
    assert len(seen) == 10  # goes on where it was


async def test_ties_keep_their_order():
    clock = Clock(START)
    seen: list[str] = []
    for name in "abc":
        clock.at(5, lambda name=name: seen.append(name))
    clock.at(1, lambda: clock.soon(lambda: seen.append("soon")))
    clock.after(1, lambda: seen.append("after"))
    await clock.run(10)
    assert seen == ["after", "soon", "a", "b", "c"]


async def test_the_past_is_now_and_cancelled_is_never():
    clock = Clock(START)
    await clock.run(10)
    seen: list[float] = []
    clock.at(3, lambda: seen.append(clock.now))
    timer = clock.after(5, lambda: seen.append(-1.0))
    timer.cancel()
    timer.cancel()
    await clock.run(20)
    assert seen == [10]


async def test_stop_returns_after_the_current_event():
    clock = Clock(START)
    clock.at(5, clock.stop)
    await clock.run()
    assert clock.now == 5


async def test_an_exception_of_a_process_comes_out():
    clock = Clock(START)

    def steps():
        yield clock.timeout(1)
        raise ZeroDivisionError

    clock.process(steps())
    with pytest.raises(ZeroDivisionError):
        await clock.run(10)


async def test_virtual_time_waits_while_something_is_in_flight():
    clock = Clock(START)
    seen: list[tuple[str, float]] = []
    clock.at(100, lambda: seen.append(("timer", clock.now)))

    def reply() -> None:
        clock.soon(lambda: seen.append(("reply", clock.now)))
        clock.busy.end()

    def ask() -> None:
        clock.busy.begin()
        asyncio.get_running_loop().call_later(0.02, reply)

    clock.at(50, ask)
    await clock.run(200)
    assert seen == [("reply", 50), ("timer", 100)]
    assert clock.out_of_patience == 0


async def test_virtual_time_goes_on_without_a_mute_peer():
    clock = Clock(START, patience_s=0.02)
    seen: list[float] = []
    clock.at(50, clock.busy.begin)
    clock.at(100, lambda: seen.append(clock.now))
    await clock.run(200)
    assert seen == [100]
    assert clock.out_of_patience == 1
    clock.busy.end()  # may still come


async def test_barriers_are_asked_before_time_moves():
    clock = Clock(START)
    asked: list[float] = []

    async def barrier(upcoming: float) -> bool:
        asked.append(upcoming)
        if len(asked) == 2:
            clock.soon(lambda: None)  # it made something happen at this instant
        await asyncio.sleep(0)
        return len(asked) != 3

    clock.barriers.append(barrier)
    clock.at(10, lambda: None)
    clock.at(20, lambda: None)
    await clock.run(15)
    # run(0→10), 10→15 finds a new event and asks again, then is refused once, then may go
    assert asked[0] == 10
    assert set(asked[1:]) == {15}
    assert len(asked) >= 4
    assert clock.now == 15


@pytest.mark.parametrize(("pace", "simulated_s"), [(REAL, 0.15), (Scaled(1000), 150.0)])
async def test_real_and_scaled_time(pace, simulated_s):
    clock = Clock(START, pace)
    seen: list[float] = []
    clock.at(simulated_s / 3, lambda: seen.append(clock.now))
    clock.at(simulated_s * 2, lambda: seen.append(-1.0))
    began = time.monotonic()
    await clock.run(simulated_s)
    assert 0.14 <= time.monotonic() - began < 0.6
    assert seen == [pytest.approx(simulated_s / 3)]
    assert clock.now == pytest.approx(simulated_s)


@pytest.mark.parametrize("factor", [1, 100])
async def test_what_comes_from_outside_happens_at_its_time(factor):
    """Also while the clock naps until something much later."""
    clock = Clock(START, Scaled(factor))
    seen: list[float] = []
    loop = asyncio.get_running_loop()
    loop.call_later(0.1, lambda: clock.soon(lambda: seen.append(clock.now)))
    loop.call_later(0.2, clock.stop)
    await clock.run(1e6)
    assert seen[0] == pytest.approx(0.1 * factor, rel=0.5)
    assert seen[0] >= 0.1 * factor * 0.99


async def test_time_never_goes_back_between_runs():
    clock = Clock(START, Scaled(100))
    await clock.run(5)
    await asyncio.sleep(0.05)  # nobody pumps: time stands
    assert clock.now == 5
    seen: list[float] = []
    clock.soon(lambda: seen.append(clock.now))
    await clock.run(6)
    assert seen == [5]


async def test_virtual_time_without_an_end_waits_for_the_outside():
    clock = Clock(START)
    seen: list[float] = []
    loop = asyncio.get_running_loop()
    loop.call_later(0.01, lambda: clock.soon(lambda: clock.after(7, lambda: seen.append(clock.now))))
    loop.call_later(0.05, clock.stop)
    await clock.run()
    assert seen == [7]


async def test_cancelled_timers_do_not_pile_up():
    clock = Clock(START)
    seen: list[float] = []
    clock.after(900, lambda: seen.append(900))
    clock.after(300, lambda: seen.append(300))
    clock.process(iter_timeouts(clock, seen))
    for _ in range(10 * SWEEP_FROM):
        clock.after(500, lambda: seen.append(-1.0)).cancel()
        assert len(clock.env._queue) <= 2 * SWEEP_FROM
    clock.after(600, lambda: seen.append(600))
    await clock.run(1000)
    assert seen == [300, 400, 600, 900]
    assert clock.env._cancelled == 0


def iter_timeouts(clock: Clock, seen: list[float]):
    yield clock.timeout(400)
    seen.append(clock.now)
