"""Statuses as shown and as reported."""

import pytest

from protocol.versions import V16
from simulator import facts
from simulator.snapshot import snapshot
from simulator.statuses import Statuses
from tests.simulator.csms import World, car


async def test_each_change_is_told_once():
    world = World(V16)
    await world.boot()
    assert isinstance(world.station.statuses, Statuses)
    for _ in range(3):
        world.station.statuses.report_all()
    await world.run(world.clock.now + 5)
    assert world.statuses() == ["Available"]
    await world.do(lambda: world.station.plug(car()), 5)
    await world.do(world.station.unplug, 5)
    assert world.statuses() == ["Available", "Preparing", "Available"]
    assert [fact.status for fact in world.told(facts.StatusChanged) if fact.evse == 1] == world.statuses()


async def test_offline_changes_are_shown_but_not_sent():
    world = World()
    await world.boot()
    await world.do(world.csms.down, 5)
    world.clear()
    await world.do(lambda: world.station.plug(car()), 1)
    await world.do(world.station.unplug, 1)
    assert [fact.status for fact in world.told(facts.StatusChanged)] == ["Occupied", "Available"]
    world.csms.up()
    await world.run(world.clock.now + 120)
    assert world.statuses() == []  # B04.FR.02: as it was reported
    assert snapshot(world.station)["evses"][1]["status"] == {1: "Available"}


@pytest.mark.proves("station", "StatusNotification", "1.6")
async def test_a_status_has_to_last():
    """1.6 §9.1.20, MinimumStatusDuration: what passes by is not told."""
    world = World(V16, config={"MinimumStatusDuration": 10})
    await world.boot()
    world.csms.got.clear()
    await world.do(lambda: world.station.plug(car()), 5)
    await world.do(world.station.unplug, 60)
    assert not world.csms.of("StatusNotification")
    await world.do(lambda: world.station.plug(car()), 9)
    assert not world.csms.of("StatusNotification")
    await world.run(world.clock.now + 2)
    assert [ask["status"] for ask in world.csms.of("StatusNotification")] == ["Preparing"]
