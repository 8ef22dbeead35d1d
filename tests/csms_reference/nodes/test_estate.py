"""What a dead node leaves is told once: its stations, and the commands that it had in hand."""

import asyncio

import pytest

from csms_reference.events.event import Filter
from csms_reference.outcome import Outcome
from csms_reference.services import commands
from csms_reference.services.commands import Order
from csms_reference.services.retention import ALL

GONE = Filter(frozenset({"station.disconnected", "command.ended"}))
CAME = Filter(frozenset({"station.connected"}))


@pytest.fixture
async def three(nodes):
    """Nodes a, b and c; whoever listens at one of them is known to the others."""
    return [await nodes(name) for name in "abc"]


async def listening(at, others, chosen):
    heard = at.csms.bus.subscribe(chosen)
    async with asyncio.timeout(10):
        while not all(each.csms.bus.wanted >= chosen.kinds and each.node._events.there for each in others):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # Redis tells nobody
    return heard


async def told(heard, count):
    async with asyncio.timeout(10):
        events = [await heard.next() for _ in range(count)]
    return sorted((event.kind, event.station, event.data.get("reason", event.data.get("status"))) for event in events)


async def dies(node, redis):
    """To the others it is dead; it does not know, nor says anything more."""
    node._living.cancel()
    await asyncio.wait([node._living])
    await redis.delete(node.keys.node(node.name))


async def test_stations_of_a_dead_node_are_told_of_once_by_whoever_is_first(three, redis):
    a, b, c = three
    for number in range(3):
        await a.station(f"CP-{number}")
    await a.told()
    heard = await listening(c, [b, c], GONE)
    await dies(a.node, redis)
    await asyncio.gather(b.node._sweep("a"), c.node._sweep("a"))
    assert await told(heard, 3) == [("station.disconnected", f"CP-{n}", "node a is gone") for n in range(3)]
    await b.node._sweep("a")
    await b.station("CP-9")
    b.csms.connections["CP-9"].link.close()
    assert (await told(heard, 1))[0][1] == "CP-9"  # and nothing in between
    assert await redis.hlen(b.node.keys.stations) <= 1


async def test_who_has_come_back_elsewhere_is_not_told_to_be_gone(three, redis):
    a, b, c = three
    await a.station("CP-1")
    await a.station("CP-2")
    await a.told()
    heard = await listening(c, [b, c], GONE)
    await dies(a.node, redis)
    await b.station("CP-1")
    await b.told()
    await c.node._sweep("a")
    assert await told(heard, 1) == [("station.disconnected", "CP-2", "node a is gone")]
    assert (await c.node.holdings.where(["CP-1"]))["CP-1"].node == "b"


async def test_a_node_that_was_thought_dead_tells_that_its_stations_are_there(three, redis):
    a, b, c = three
    await a.station("CP-1")
    await a.told()
    heard = await listening(c, [a, b, c], CAME)
    await dies(a.node, redis)
    await b.node._sweep("a")
    await a.node.membership._beat()
    async with asyncio.timeout(10):
        assert (await heard.next()).station == "CP-1"
    assert (await c.node.holdings.where(["CP-1"]))["CP-1"].node == "a"
    a.node.holdings.again()
    await a.told()
    await a.station("CP-2")
    async with asyncio.timeout(10):
        assert (await heard.next()).station == "CP-2"  # it was told once


async def test_commands_of_a_dead_node_are_told_to_have_ended_once(three, redis):
    _, b, c = three
    store, order = b.csms.store, Order("CP-1", "clear_cache", {}, "operator", "a", "digest")
    await store.write(lambda database: commands.take(database, order, 1, ALL))
    heard = await listening(c, [b, c], GONE)
    await dies(three[0].node, redis)
    await asyncio.gather(b.node._sweep("a"), c.node._sweep("a"))
    assert await told(heard, 1) == [("command.ended", "CP-1", "lost")]
    await b.station("CP-9")
    b.csms.connections["CP-9"].link.close()
    assert (await told(heard, 1))[0][1] == "CP-9"


async def test_what_the_process_before_left_is_told_by_the_next_of_its_name(nodes, redis, monkeypatch):
    a, b = await nodes("a"), await nodes("b")
    monkeypatch.setattr(type(b.node), "_sweep", lambda _self, _name: asyncio.sleep(0))  # nobody else is so fast
    await a.station("CP-1")
    await a.told()
    order = Order("CP-1", "clear_cache", {}, "operator", "a", "digest")
    row, _ = await a.csms.store.write(lambda database: commands.take(database, order, 1, ALL))
    heard = await listening(b, [b], GONE)
    await dies(a.node, redis)
    again = await nodes("a")
    assert again.node._left == [row.id]
    events = await told(heard, 2)
    assert events == [("command.ended", "CP-1", "lost"), ("station.disconnected", "CP-1", "node a is gone")]
    await again.node.membership._beat()
    await again.node._tidying
    assert (again.node._left, again.node._former) == ([], False)


async def test_commands_of_a_namesake_that_lives_are_left_alone(nodes, redis, monkeypatch):
    from csms_reference.nodes import membership  # noqa: PLC0415
    from csms_reference.settings import SettingsError  # noqa: PLC0415

    monkeypatch.setattr(membership, "EXPIRES_S", 0.2)
    a = await nodes("a")
    about = '{"life": "other", "host": "elsewhere", "pid": 1}'
    await redis.set(a.node.keys.node("b"), about)
    order = Order("CP-1", "clear_cache", {}, "operator", "b", "digest")
    row, _ = await a.csms.store.write(lambda database: commands.take(database, order, 1, ALL))
    with pytest.raises(SettingsError, match="node_name"):
        await nodes("b")
    found = await a.csms.store.read(lambda database: commands.get(database, row.id))
    assert found.state == "queued"


async def test_of_the_living_nothing_is_taken(three):
    a, b, _ = three
    await a.station("CP-1")
    await a.told()
    assert [station async for station in b.node.estate.reap("a")] == []
    assert not await b.node.estate.settle("a")
    assert (await b.node.holdings.where(["CP-1"]))["CP-1"].node == "a"


async def test_a_command_ends_once(three):
    store, order = three[0].csms.store, Order("CP-1", "clear_cache", {}, "operator", "a", "digest")
    row, _ = await store.write(lambda database: commands.take(database, order, 1, ALL))
    for number in range(2):
        end = Outcome("Accepted", answer={})
        over = await store.write(lambda database, end=end: commands.ended(database, row.id, end, 2))
        assert (over is None) == bool(number)
    assert await store.write(lambda database: commands.abandon(database, "a", 3, [row.id])) == []
