"""The pump under real and scaled time."""

import asyncio

import pytest

from simulator.clock import REAL, Clock, Scaled
from simulator.pump import STRIDE, Pump
from tests.simulator.csms import START


async def test_what_arrives_is_taken_in_in_order_and_after_what_it_set_off():
    clock = Clock(START, REAL)
    seen: list[str] = []

    def arrive(name: str) -> None:
        seen.append(name)
        clock.after(0.0, lambda: seen.append(f"{name}, done"))

    def frames() -> None:
        for name in "abc":
            clock.soon(lambda name=name: arrive(name))
        clock.soon(clock.stop)

    asyncio.get_running_loop().call_soon(frames)
    await clock.run(5)
    assert seen == ["a", "a, done", "b", "b, done", "c", "c, done"]


async def test_sockets_get_their_turn_in_a_flood():
    clock = Clock(START, REAL)
    turns: list[int] = []
    left = [10 * STRIDE]

    def flood() -> None:
        left[0] -= 1
        clock.soon(flood if left[0] else clock.stop)

    def socket() -> None:
        turns.append(left[0])
        if left[0]:
            asyncio.get_running_loop().call_soon(socket)

    clock.after(0.0, flood)
    asyncio.get_running_loop().call_soon(socket)
    await clock.run(60)
    assert len(turns) >= 9


async def test_an_earlier_instant_overtakes_a_later_one():
    """The loop was told of the later one first."""
    clock = Clock(START, Scaled(100))
    seen: list[float] = []
    clock.after(50, lambda: seen.append(50))
    loop = asyncio.get_running_loop()
    loop.call_later(0.02, lambda: clock.soon(lambda: clock.after(1, lambda: (seen.append(1), clock.stop()))))
    await clock.run(1000)
    assert seen == [1]


async def test_an_exception_comes_out_and_the_clock_can_go_on():
    clock = Clock(START, Scaled(1000))
    clock.after(1, lambda: 1 / 0)
    clock.after(2, clock.stop)
    with pytest.raises(ZeroDivisionError):
        await clock.run(10)
    await clock.run(10)
    assert clock.now == pytest.approx(2, abs=1)


async def test_a_cancelled_run_leaves_nothing_in_the_loop():
    clock = Clock(START, Scaled(100))
    seen: list[float] = []
    clock.after(5, lambda: seen.append(clock.now))
    running = asyncio.get_running_loop().create_task(clock.run(100))
    await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.sleep(0.1)
    assert seen == []
    await clock.run(6)
    assert seen == [5]


def test_an_alarm_that_is_due_at_once_may_be_set_anew_on_uvloop():
    """uvloop gives such an alarm a handle that does not know when it is due."""
    uvloop = pytest.importorskip("uvloop")

    async def run() -> int:
        clock = Clock(START, REAL)
        loop = asyncio.get_running_loop()
        left = [200]

        def frame() -> None:
            left[0] -= 1
            clock.after(0.0004, lambda: None)
            if left[0]:
                loop.call_soon(clock.soon, frame)
            else:
                clock.stop()

        clock.soon(frame)
        await clock.run(60)
        return left[0]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(run()) == 0


def test_nobody_spins_until_an_instant_has_come_on_uvloop(monkeypatch):
    """A timer costs a few turns, not all that fit into the millisecond before it."""
    uvloop = pytest.importorskip("uvloop")
    turns = [0]
    work = Pump._work

    def counted(pump: Pump) -> None:
        turns[0] += 1
        work(pump)

    async def run() -> None:
        clock = Clock(START, REAL)
        for number in range(20):
            clock.after(0.0107 * number, lambda: None)
        await clock.run(0.25)

    monkeypatch.setattr(Pump, "_work", counted)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
    assert turns[0] <= 20 * 4
