"""Systems at the site that limit a station, and EVs that want a schedule, as steps of a scenario."""

from __future__ import annotations

import pytest

from scenarios import outside
from simulator.smart.charging import SmartCharging
from simulator.smart.profile import Purpose, Unit
from tests.simulator.csms import World, car


async def test_a_limit_is_set_and_lifted() -> None:
    world = World()
    await world.boot()
    assert outside.limit(world.station, watts=5000, evse=1, source="SO", critical=True)
    assert outside.limit(world.station, amps=10)
    there = world.station.function(SmartCharging).installed
    assert [(each.evse, each.source, each.schedule.unit) for each in there] == [(1, "SO", Unit.W), (0, "EMS", Unit.A)]
    assert {each.profile.purpose for each in there} == {Purpose.EXTERNAL}
    assert outside.lift(world.station)
    assert not outside.lift(world.station)
    assert outside.lift(world.station, 1, "SO")


async def test_a_station_that_does_not_listen() -> None:
    world = World(config={"SmartChargingCtrlr.ExternalControlSignalsEnabled": "false"})
    await world.boot()
    assert not outside.limit(world.station, amps=10)


async def test_only_who_negotiates_wants_another_schedule() -> None:
    world = World()
    await world.boot()
    await world.do(lambda: world.station.plug(car()))
    with pytest.raises(ValueError, match="no EV negotiates"):
        outside.renegotiate(world.station, world.clock.now, target=60, departs=3600)


def test_every_way_to_negotiate_has_a_name() -> None:
    assert len(set(outside.TALKS.values())) == len(outside.TALKS)
