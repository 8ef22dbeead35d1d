"""What time means on a stand."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from conformance.runner import START
from conformance.timing import ClockTime, JumpingTime, RealTime
from simulator.clock import Clock


def timings():
    return [JumpingTime, RealTime, lambda: ClockTime(Clock(START))]


@pytest.mark.parametrize("make", timings(), ids=["jumping", "real", "clock"])
async def test_timers_go_off_in_order_and_can_be_called_off(make):
    timing = make()
    seen = []
    timing.at(timing.now + 0.02, lambda: seen.append("second"))
    timing.at(timing.now + 0.01, lambda: seen.append("first"))
    timing.at(timing.now + 0.015, lambda: seen.append("never"))()
    timing.at(timing.now + 0.03, timing.stop)
    await asyncio.wait_for(timing.run(), 5)
    assert seen == ["first", "second"]
    assert timing.now >= 0.03


async def test_jumping_time_waits_for_what_is_under_way():
    timing = JumpingTime()
    seen = []

    async def work():
        await asyncio.sleep(0.01)
        seen.append(timing.now)
        timing.busy.end()

    timing.busy.begin()
    task = asyncio.create_task(work())
    timing.at(1000, timing.stop)
    await timing.run()
    await task
    assert seen == [0.0]
    assert timing.now == 1000


async def test_time_that_stands_still_is_an_error():
    with pytest.raises(RuntimeError, match="stands still"):
        await JumpingTime().run()


async def test_real_time_has_the_worlds_time_of_day_and_what_is_virtual_its_own():
    assert abs(RealTime().begun - datetime.now(UTC)) < timedelta(seconds=5)
    assert RealTime(START).begun == JumpingTime().begun == ClockTime(Clock(START)).begun == START
