"""The building's meter: what the building leaves of its fuse, the EVSEs share."""

from __future__ import annotations

from math import inf

import pytest

from simulator.hardware.building import LocalEnergyController
from tests.simulator.csms import car
from tests.simulator.hardware.lab import broken, lab, part, troubles, value

FLAT = ((0.0, 20.0), (24.0, 20.0))


async def charging(world, *evses: int) -> None:
    await world.boot()
    for evse in evses:
        world.station.plug(car(model="sedan-800v-90kwh"), evse)
        world.station.present(f"TAG{evse}", evse)
    await world.run(world.clock.now + 60)
    world.station.rig.sense(("current",))


def amps(world, evse: int) -> float:
    return float(value(world, "ControlMetering", "ACCurrent.L1", evse) or 0)


async def test_what_is_left_is_shared() -> None:
    world = lab(LocalEnergyController={"fuse_a": 40.0, "load": FLAT})
    await charging(world, 1)
    await world.run(world.clock.now + 30)
    assert amps(world, 1) == pytest.approx(20, abs=0.1)
    assert value(world, "LocalController", "CurrentOffered") == "20.0"
    world.station.plug(car(), 2)
    world.station.present("TAG2", 2)
    await world.run(world.clock.now + 400)
    assert amps(world, 1) == pytest.approx(10, abs=0.1)
    assert amps(world, 2) == pytest.approx(10, abs=0.1)
    world.station.unplug(2)
    await world.run(world.clock.now + 400)
    assert amps(world, 1) == pytest.approx(20, abs=0.1)


async def test_charging_follows_the_load_of_the_building() -> None:
    curve = ((0.0, 10.0), (6.5, 10.0), (7.5, 30.0), (24.0, 10.0))  # the simulation begins at 06:00
    world = lab(LocalEnergyController={"fuse_a": 40.0, "load": curve, "step_s": 60.0})
    await charging(world, 1)
    await world.run(world.clock.now + 120)
    assert amps(world, 1) == pytest.approx(30, abs=0.1)
    await world.run(3600)  # 07:00: the building draws 20 A
    assert amps(world, 1) == pytest.approx(20, abs=0.5)
    await world.run(5400)
    assert amps(world, 1) == pytest.approx(10, abs=0.5)


async def test_less_than_the_least_is_nothing() -> None:
    world = lab(LocalEnergyController={"fuse_a": 27.0, "load": FLAT, "least_a": 8.0})  # seven are left
    await charging(world, 1)
    await world.run(world.clock.now + 30)
    assert amps(world, 1) == 0.0
    assert world.station.evse(1).state == "SuspendedEVSE"


async def test_a_silent_meter_leaves_the_least() -> None:
    world = lab(LocalEnergyController={"fuse_a": 60.0, "load": FLAT})
    await charging(world, 1)
    broken(world, "LocalController")
    await world.run(world.clock.now + 30)
    assert amps(world, 1) == pytest.approx(6, abs=0.1)
    assert value(world, "LocalController", "ACCurrent") == ""
    assert "control meter failure" in troubles(world)


async def test_the_load_is_a_trace_over_days() -> None:
    world = lab(LocalEnergyController={"load": ((0.0, 10.0), (12.0, 40.0), (24.0, 10.0))})
    await world.boot()
    trace = part(world, "LocalController").trace("ACCurrent")
    now = world.clock.now
    assert trace.at(0) == pytest.approx(25)  # 06:00
    assert trace.reaches(30, now) == pytest.approx(2 * 3600, abs=1)
    assert trace.reaches(20, now) == pytest.approx(14 * 3600, abs=1)  # 20:00, on the way down
    assert trace.reaches(50, now) == inf


@pytest.mark.parametrize(
    "load",
    [
        ((0.0, 1.0),),
        ((1.0, 1.0), (24.0, 1.0)),
        ((0.0, 1.0), (24.0, 2.0)),
        ((0.0, 1.0), (9.0, 2.0), (8.0, 2.0), (24.0, 1.0)),
    ],
)
def test_a_day_has_24_hours_and_begins_as_it_ends(load) -> None:
    with pytest.raises(ValueError, match=r"load (must|needs)"):
        LocalEnergyController(load=load)
