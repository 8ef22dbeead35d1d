"""Figures that many look at are counted once."""

import asyncio

import pytest

from csms_reference.console import fleet
from csms_reference.console.tally import Tally
from csms_reference.store import StoreError


class Counter:
    """Counts when it is let, and how often it did."""

    def __init__(self):
        self.times = 0
        self.may = asyncio.Event()
        self.may.set()
        self.problem = None

    async def __call__(self):
        await self.may.wait()
        self.times += 1
        if self.problem is not None:
            raise self.problem
        return self.times


@pytest.fixture
def tally():
    now = [0.0]
    return Tally(lambda: now[0]), Counter(), now


async def test_each_owner_is_counted_once_a_second(tally):
    it, count, now = tally
    assert [await it.of(owner, count) for owner in (None, None, "ann", "ann", None)] == [1, 1, 2, 2, 1]
    now[0] = 0.99
    assert await it.of(None, count) == 1
    now[0] = 1.0
    assert [await it.of(owner, count) for owner in (None, None)] == [3, 3]


async def test_those_who_ask_meanwhile_wait_for_the_same_count(tally):
    it, count, now = tally
    count.may.clear()
    asking = [asyncio.ensure_future(it.of(None, count)) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()  # who asked first goes away
    now[0] = 5.0  # however long it takes
    late = asyncio.ensure_future(it.of(None, count))
    await asyncio.sleep(0)
    count.may.set()
    assert await asyncio.gather(*asking[1:], late) == [1] * 5


async def test_a_count_that_failed_is_not_kept(tally):
    it, count, _ = tally
    count.problem = StoreError("away")
    with pytest.raises(StoreError):
        await it.of(None, count)
    count.problem = None
    assert await it.of(None, count) == 2


async def test_the_fleet_is_counted_once_for_all_who_look(desk, monkeypatch):
    _, console = desk
    counted = []
    real = fleet.counts
    monkeypatch.setattr("csms_reference.console.tally.KEPT_S", 60.0)
    monkeypatch.setattr(fleet, "counts", lambda database, who: counted.append(who.owner) or real(database, who))
    for _ in range(3):
        await console.page("/")
    assert counted == [None]
