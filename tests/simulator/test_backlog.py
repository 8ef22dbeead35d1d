"""QueueAllMessages (2.0.1 part 2 §2.1.9)."""

import pytest

from simulator.backlog import MOST, Backlog, Waiting, queues
from tests.simulator.csms import World, car


async def offline(**config) -> World:
    settings = {"OCPPCommCtrlr.QueueAllMessages": True, "AlignedDataCtrlr.Interval": 60}
    world = World(config=settings | {key.replace("__", "."): value for key, value in config.items()})
    await world.boot()
    world.csms.got.clear()
    await world.do(world.csms.down, 5)
    return world


@pytest.mark.parametrize("queued", [True, False])
async def test_what_happens_offline_is_told_later(queued):
    """In the order in which it happened, and with the time at which it did."""
    world = await offline(OCPPCommCtrlr__QueueAllMessages=queued)
    at = world.station.stamp()
    await world.do(lambda: world.station.plug(car()), 70)
    await world.do(world.station.unplug, 5)
    assert queues(world.station) is queued
    await world.do(world.csms.up, 120)
    statuses = [(ask["connectorStatus"], ask["timestamp"] >= at) for ask in world.csms.of("StatusNotification")]
    assert statuses[:2] == ([("Occupied", True), ("Available", True)] if queued else [])
    readings = [ask["meterValue"][0]["timestamp"] for ask in world.csms.of("MeterValues")]
    assert readings == sorted(readings)
    assert (len(readings) > 1) is queued
    assert not world.station.flash.memory(Waiting).messages


async def test_it_waits_over_a_loss_of_power():
    world = await offline()
    await world.do(lambda: world.station.plug(car()), 5)
    await world.do(world.station.power_off, 5)
    assert len(world.station.flash.memory(Waiting).messages) == 1
    world.csms.up()
    await world.do(world.station.power_on, 30)
    assert not world.station.flash.memory(Waiting).messages
    assert [ask["connectorStatus"] for ask in world.csms.of("StatusNotification")].count("Occupied") == 2


async def test_only_so_many_wait():
    world = await offline()
    for number in range(MOST + 10):
        world.station.function(Backlog).add("Heartbeat", {"n": number})
    waiting = world.station.flash.memory(Waiting).messages
    assert (len(waiting), waiting[0][1]) == (MOST, '{"n": 10}')


async def test_a_station_that_was_never_accepted_keeps_nothing():
    """B02: there is nobody yet to tell it to."""
    world = World(config={"OCPPCommCtrlr.QueueAllMessages": True})
    world.csms.down()
    await world.do(world.station.power_on, 30)
    await world.do(lambda: world.station.plug(car()), 5)
    assert not world.station.flash.memory(Waiting).messages
