"""What tests take for one CSMS when NODES=3 is three nodes indeed: nothing of this would be noticed otherwise."""

import pytest

from csms_reference import outcome
from csms_reference.events.event import Filter
from tests.csms_reference.clients import client_of


@pytest.fixture
def it(three_nodes):
    return three_nodes


def held(it):
    return [sorted(csms.connections) for csms, _ in it.cluster.members]


async def test_stations_come_to_the_nodes_in_turn_and_each_is_reached_from_another(it):
    stations = [await it.station(f"CP-{number}") for number in range(3)]
    await it.quiet()
    assert held(it) == [["CP-2"], ["CP-0"], ["CP-1"]]
    for number, station in enumerate(stations):
        station.replies["ClearCache"] = {"status": "Accepted"}
        assert (await it.csms.command(f"CP-{number}", "clear_cache")).answered
    assert [posted.post._asked for _, posted in it.cluster.members] == [{}] * 3
    assert it.csms.figures()["calls_handled"] >= 3
    async with client_of(it.front) as client:
        told = (await client.get("/stations")).json()["_embedded"]["item"]
    assert [each["connected"] for each in told] == [True] * 3


async def test_a_command_goes_over_redis(it):
    station = await it.station()
    await it.quiet()
    asked = it.cluster.line.asked
    station.replies["ClearCache"] = {"status": "Accepted"}
    await it.csms.command("CP-1", "clear_cache")
    assert it.cluster.line.asked > asked
    await it.cluster.members[1][1].membership.leave()
    assert (await it.csms.command("CP-1", "clear_cache")).status == outcome.OFFLINE


async def test_quiet_is_when_nothing_is_on_its_way(it):
    older = await it.station()
    heard = it.csms.bus.subscribe(Filter(frozenset({"station.booted"})))
    await it.quiet()
    newer = await it.station()
    await it.quiet()
    assert (older.ended.code, newer.ended, held(it)) == (1008, None, [[], [], ["CP-1"]])
    assert [event.station for event in heard._queue] == ["CP-1"]
    assert it.busy.count == 0
