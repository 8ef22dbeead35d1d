"""The counter of work under way and those who wait for it to reach zero."""

from __future__ import annotations

import asyncio

import pytest

from protocol.busy import Busy


async def test_idle_at_once_when_nothing_is_under_way() -> None:
    assert await Busy().idle(within_s=0)


async def test_waits_for_the_last_piece_of_work() -> None:
    busy = Busy()
    busy.begin()
    busy.begin()
    waiting = asyncio.ensure_future(busy.idle())
    await asyncio.sleep(0)
    busy.end()
    await asyncio.sleep(0)
    assert not waiting.done()
    busy.end()
    assert await waiting
    assert busy.count == 0


async def test_is_not_idle_when_work_began_again_before_the_waiter_ran() -> None:
    busy = Busy()
    busy.begin()
    waiting = asyncio.ensure_future(busy.idle(within_s=5))
    await asyncio.sleep(0)
    busy.end()
    busy.begin()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    busy.end()
    assert await waiting


async def test_everybody_who_waits_is_told() -> None:
    busy = Busy()
    busy.begin()
    waiting = [asyncio.ensure_future(busy.idle(within_s=5)) for _ in range(3)]
    await asyncio.sleep(0)
    busy.end()
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_gives_up_in_time_and_leaves_no_waiter_behind() -> None:
    busy = Busy()
    busy.begin()
    assert not await busy.idle(within_s=0)
    assert not await busy.idle(within_s=0.001)
    assert busy._waiters == []


async def test_a_cancelled_waiter_is_forgotten() -> None:
    busy = Busy()
    busy.begin()
    waiting = asyncio.ensure_future(busy.idle())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert busy._waiters == []
    busy.end()


def test_an_end_needs_a_beginning() -> None:
    with pytest.raises(RuntimeError):
        Busy().end()
