"""The nodes that are this CSMS together, as the one knows them that is asked."""

import os
import socket

import pytest

from csms_reference.member import version
from tests.csms_reference.clients import client_of, content


@pytest.mark.one_node("it is about that")
async def test_who_is_alone_is_a_node_too(api):
    it, client = api
    await it.station()
    (told,) = content(await client.get("/nodes"))
    assert (told["name"], told["connected"], told["answers"]) == (f"{socket.gethostname()}:9000", 1, True)
    assert (told["pid"], told["version"], told["since"]) == (os.getpid(), version(), "2026-03-01T08:00:00.000Z")


async def test_every_living_node_is_listed_with_the_stations_that_it_holds(three_nodes):
    for number in range(4):
        await three_nodes.station(f"CP-{number}")
    members = [node for _, node in three_nodes.cluster.members]
    for node in reversed(members):
        await node.membership._beat()
    async with client_of(three_nodes.front) as client:
        told = content(await client.get("/nodes"))
        names = ("name", "connected", "answers")
        listed = [tuple(each[name] for name in names) for each in told]
        assert listed == [("node-1", 1, True), ("node-2", 2, False), ("node-3", 1, False)]
        assert {(each["version"], each["since"]) for each in told} == {(version(), "2026-03-01T08:00:00.000Z")}
        first = (await client.get("/nodes?limit=2")).json()
        rest = content(await client.get(f"http://csms{first['_links']['next']['href']}"))
        assert [each["name"] for each in rest] == ["node-3"]

        await members[2].membership.leave()
        await members[0].membership._beat()
        assert [each["name"] for each in content(await client.get("/nodes"))] == ["node-1", "node-2"]
        members[0].membership.away = True
        assert [each["name"] for each in content(await client.get("/nodes"))] == ["node-1"]
        members[0].membership.away = False


async def test_nodes_of_other_versions_may_say_more_or_less(three_nodes):
    node = three_nodes.cluster.members[0][1]
    said = '{"life": "x", "host": "elsewhere", "pid": 7, "mood": "fine"}'
    await node.client.set(node.keys.node("node-4"), said, px=5000)
    await node.client.sadd(node.keys.nodes, "node-4")
    await node.membership._beat()
    async with client_of(three_nodes.front) as client:
        other = next(each for each in content(await client.get("/nodes")) if each["name"] == "node-4")
    assert (other["host"], other["version"], other["connected"]) == ("elsewhere", "", 0)
