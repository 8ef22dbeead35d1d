"""What Redis carries out in one step, where no other test of nodes shows it."""

import os
import socket

from csms_reference.services import commands
from csms_reference.services.commands import Order
from csms_reference.services.retention import ALL


async def test_a_process_that_died_takes_its_nodes_along_at_once(two, redis):
    a, _ = two
    scripts = a.node._scripts
    assert await scripts("bury", "elsewhere", os.getpid()) == 0
    assert await redis.get(a.node.keys.node("b"))
    assert await scripts("bury", socket.gethostname(), os.getpid()) == 2
    assert await redis.get(a.node.keys.node("b")) is None


async def test_the_living_are_not_forgotten(two, redis):
    a, b = two
    assert await a.node._scripts("forget", "b") == 0
    await b.node.membership.leave()
    assert await a.node._scripts("forget", "b") == 1
    assert await redis.smembers(a.node.keys.nodes) == {"a"}


async def test_who_sweeps_after_a_dead_node_ends_its_commands_and_forgets_it(two, redis):
    a, b = two
    store, order = a.csms.store, Order("CP-1", "clear_cache", {}, "operator", "b", "digest")
    row, _ = await store.write(lambda database: commands.take(database, order, 1, ALL))

    async def state():
        return (await store.read(lambda database: commands.get(database, row.id))).state

    await a.node._sweep("b")
    assert (await state(), await redis.smembers(a.node.keys.nodes)) == ("queued", {"a", "b"})
    await b.node.membership.leave()
    await a.node._sweep("b")
    assert (await state(), await redis.smembers(a.node.keys.nodes)) == ("failed", {"a"})
