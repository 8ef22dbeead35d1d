"""What a station does for itself: RCDs tested, filter and wear watched."""

from __future__ import annotations

import pytest

from simulator import faults
from simulator.diagnosis import repair
from tests.simulator.csms import World, car
from tests.simulator.hardware.lab import lab, part, troubles, value

DAY_S = 86_400.0


async def kept_up(**parameters: float) -> World:
    world = lab("lab-ac", Maintenance=parameters)
    await world.boot()
    return world


async def days(world: World, count: float) -> None:
    await world.run(world.clock.now + count * DAY_S)


def logged(world: World) -> list[tuple[str, str, str]]:
    return [(each.what, each.where, each.info) for each in world.station.flash.incidents]


async def test_rcds_are_tested_within_each_interval():
    world = await kept_up(test_days=30.0)
    await days(world, 30)
    assert [line[:2] for line in logged(world)] == [("RCD self-test", "1"), ("RCD self-test", "2")]
    assert "passed" in logged(world)[0][2]
    assert value(world, "Maintenance", "Count") == "1"
    await days(world, 30)
    assert value(world, "Maintenance", "Count") == "2"


async def test_a_jammed_rcd_is_found_at_its_test_and_a_new_one_mends_it():
    world = await kept_up(test_days=30.0)
    await days(world, 30)
    faults.inject(world.station, "RCD jammed")
    await days(world, 0.1)
    assert not troubles(world)  # nobody can know
    await days(world, 30)
    assert troubles(world) == {"RCD self-test failed"}
    assert world.statuses()[-1] == "Faulted"
    assert ("RCD self-test", "1", "failed") in logged(world)
    repair.replace(world.station, "RCD")
    part(world, "RCD", 1).self_test()
    assert not troubles(world)
    await days(world, 0.01)
    assert world.statuses()[-1] == "Available"


async def test_an_evse_in_use_is_tested_when_the_driver_has_left():
    world = await kept_up(test_days=30.0)
    world.station.plug(car(), 1)
    await days(world, 30)
    tested = [line[:2] for line in logged(world) if line[0] == "RCD self-test"]
    assert tested == [("RCD self-test", "2")]
    assert value(world, "Maintenance", "Count") == "0"
    await world.do(lambda: world.station.unplug(1), 3600)
    assert [line[1] for line in logged(world) if line[0] == "RCD self-test"] == ["2", "1"]
    assert value(world, "Maintenance", "Count") == "1"


async def test_without_power_nothing_is_tested_and_it_is_made_up_for():
    world = await kept_up(test_days=30.0)
    world.station.power_off()
    await days(world, 60)
    assert logged(world) == []
    world.station.power_on()
    await days(world, 0.01)
    assert value(world, "Maintenance", "Count") == "1"


async def test_a_filter_fills_over_the_years():
    world = await kept_up(test_days=30.0, dust=0.3)
    await days(world, 365)
    assert part(world, "Maintenance").air == pytest.approx(0.7, abs=0.01)
    assert "maintenance due" in troubles(world)
    assert value(world, "Maintenance", "DataText") == "AirCoolingSystem"
    assert part(world, "AirCoolingSystem").most_rpm < 0.8 * 3000
    repair.clean(world.station)
    assert not troubles(world)
    assert part(world, "AirCoolingSystem").most_rpm == 3000


async def test_a_worn_connector_is_due_and_a_new_one_is_not():
    world = await kept_up(test_days=30.0)
    part(world, "Connector", 1, 1).count = 9_000
    await days(world, 30)
    assert value(world, "Maintenance", "DataText") == "Connector(1,1)"
    assert troubles(world) == {"maintenance due"}
    repair.replace(world.station, "Connector")
    assert not troubles(world)
    assert value(world, "Connector", "Count", 1, 1) == "0"


async def test_contactors_count_their_operations():
    world = await kept_up()
    for _ in range(2):
        world.station.plug(car(), 1)
        await world.do(lambda: world.station.present("A", 1), 60)
        await world.do(lambda: world.station.present("A", 1), 60)
        await world.do(lambda: world.station.unplug(1), 60)
    assert value(world, "PowerContactor", "Count", 1) == "2"
    assert value(world, "PowerContactor", "Count", 2) == "0"


async def test_a_station_without_it_has_no_timer_and_no_parts():
    world = World(name="ac-22kw")
    await world.boot()
    assert world.station.kept("PowerContactor", 1) is None
