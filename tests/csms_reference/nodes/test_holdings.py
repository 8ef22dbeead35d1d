"""What Redis is told of connections: fencing decides, and clocks only where there are no fencing numbers."""

import asyncio
import json

import pytest

from csms_reference.nodes.redis import Away


async def taken_away(one, station="CP-1"):
    """The node has lost its connection of a station to another."""
    async with asyncio.timeout(10):
        while station in one.csms.connections:  # noqa: ASYNC110 -- it comes from outside
            await asyncio.sleep(0)


async def test_fencing_numbers_grow_from_node_to_node(two):
    fences = []
    for turn in range(4):
        one = two[turn % 2]
        await one.station()
        await one.told()
        fences.append(int(one.node.holdings.here["CP-1"].fence))
        await taken_away(two[1 - turn % 2])
    assert fences == sorted(set(fences))


async def test_what_is_told_twice_changes_nothing(two):
    a, b = two
    await a.station()
    await a.told()
    held = a.node.holdings.here["CP-1"]
    fence, before = held.fence, await b.node.holdings.where(["CP-1"])
    a.node.holdings.again()
    await a.told()
    assert (held.fence, await b.node.holdings.where(["CP-1"])) == (fence, before)


async def test_who_is_outdated_learns_it_from_the_fence_whatever_the_clocks_say(two):
    a, b = two
    older = await a.station()
    await a.told()
    held = a.node.holdings.here["CP-1"]
    a.node.post.stop()  # it does not hear that the station moves
    newer = await b.station()
    await b.told()
    held.since_ms += 3_600_000  # a's clock is wrong by an hour
    a.node.holdings.again()
    await a.told()
    await older.until(lambda: older.ended)
    assert (older.ended.code, newer.ended) == (1008, None)


async def without_redis(monkeypatch, one):
    async def away(*_arguments):
        raise Away("switched off")

    monkeypatch.setattr(one.node.holdings, "_scripts", away)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_of_two_that_came_while_redis_was_away_the_later_one_stays(two, monkeypatch, order):
    first, second = (two[number] for number in order)
    for one in two:
        await without_redis(monkeypatch, one)
    older = await first.station()
    await first.told()
    newer = await second.station()
    await second.told()
    first.node.holdings._moves[-1]["since_ms"] -= 1000
    monkeypatch.undo()
    for one in two:  # whoever tells first
        await one.told()
    await older.until(lambda: older.ended)
    assert (older.ended.code, newer.ended) == (1008, None)
    assert (await first.node.holdings.where(["CP-1"]))["CP-1"].node == second.node.name


async def test_who_leaves_takes_nobody_elses_entry_along(two):
    a, b = two
    await a.station()
    await a.told()
    a.node.post.stop()
    await b.station()
    await b.told()
    a.csms.connections["CP-1"].link.close()
    await taken_away(a)
    await a.told()
    assert (await a.node.holdings.where(["CP-1"]))["CP-1"].node == "b"


async def test_entries_of_the_dead_count_for_nothing(two, redis):
    a, b = two
    await a.station()
    await a.told()
    await redis.delete(a.node.keys.node("a"))
    assert await b.node.holdings.where(["CP-1"]) == {}
    entry = json.loads(await redis.hget(a.node.keys.stations, "CP-1"))
    assert entry["node"] == "a"
    await b.station()
    await b.told()
    assert (await b.node.holdings.where(["CP-1"]))["CP-1"].node == "b"
