"""Rounds over several nodes: each sees to its own stations, and what is asked for at one begins at all of them."""

import asyncio

from csms_reference.events.event import Filter
from csms_reference.services import rounds
from csms_reference.services.rounds import Plan, Work

DAY_MS = 86_400_000


async def begun(one, work=Work.CACHES):
    plan = Plan(work, None, "tester", DAY_MS)
    return await one.csms.store.write(lambda database: rounds.begin(database, plan, one.csms.now_ms()))


async def states(one, number):
    rows = await one.csms.store.read(lambda database: rounds.visits_of(database, number, "", 100))
    return {row.station: (row.state, row.node) for row in rows}


def listen(*nodes):
    """Hear at every node of the visits that end."""
    return [one.csms.bus.subscribe(Filter(frozenset({"authorization-cache.cleared"}))) for one in nodes]


async def over(one, number, ears):
    """Wait until some ear has heard of each visit; each node hears of all."""
    async with asyncio.timeout(10):
        for _ in await states(one, number):
            await ears[0].next()
    for ear in ears:
        ear.close()
    return await states(one, number)


async def test_each_node_sees_to_its_own_stations(two):
    a, b = two
    at_a, at_b = await a.station("CP-A"), await b.station("CP-B")
    await a.told()
    await b.told()
    await a.node.membership._beat()  # a knows of b
    number, ears = await begun(a), listen(a)
    a.front.rounds.announce()
    assert await over(a, number, ears) == {"CP-A": ("done", "a"), "CP-B": ("done", "b")}
    assert [len(each.calls) for each in (at_a, at_b)] == [1, 1]


async def test_a_station_that_moves_in_the_middle_is_seen_to_by_the_other_node(two):
    """What the former node says of its lost connection changes nothing any more."""
    a, b = two
    older = await a.station(answers=False)
    await a.told()
    number = await begun(a)
    a.front.rounds.wake()
    await older.until(lambda: older.calls)
    assert await states(a, number) == {"CP-1": ("sent", "a")}
    newer, ears = await b.station(), listen(b)
    b.front.rounds.wake()
    await older.until(lambda: older.ended)
    assert await over(b, number, ears) == {"CP-1": ("done", "b")}
    assert len(newer.calls) == 1


async def test_what_a_dead_node_had_begun_is_begun_anew(two):
    a, b = two
    older = await a.station(answers=False)
    await a.told()
    number = await begun(a)
    a.front.rounds.wake()
    await older.until(lambda: older.calls)
    await b.node._sweep("a")  # it lives
    assert await states(b, number) == {"CP-1": ("sent", "a")}
    await a.node.membership.leave()
    await b.node._sweep("a")
    assert await states(b, number) == {"CP-1": ("pending", "a")}
