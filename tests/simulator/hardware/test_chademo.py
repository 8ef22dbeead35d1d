"""The CHAdeMO controller talks to an EV at a CHAdeMO cable, and to no other."""

from __future__ import annotations

from tests.simulator.csms import car
from tests.simulator.hardware.lab import broken, lab, part, troubles, value

CAN = "CHAdeMOCtrlr"


async def test_it_only_sits_at_the_chademo_cable() -> None:
    world = lab("lab-dc")
    assert value(world, CAN, "Active", 1, 2) == "false"
    assert f"{CAN}(1,1).Active" not in world.station.variables.model


async def test_it_tells_what_the_ev_announces() -> None:
    world = lab("lab-dc", CHAdeMOController={"protocol_number": 3})
    await world.boot()
    world.station.plug(car(model="sedan-800v-90kwh", soc=0.3), 1, 2)
    assert value(world, CAN, "Active", 1, 2) == "true"
    assert value(world, CAN, "CHAdeMOProtocolNumber", 1, 2) == "3"
    assert value(world, CAN, "DynamicControl", 1, 2) == "true"
    assert value(world, CAN, "HighVoltageControl", 1, 2) == "true"
    assert value(world, CAN, "HighCurrentControl", 1, 2) == "true"
    assert value(world, CAN, "VehicleStatus", 1, 2) == "false"
    assert value(world, CAN, "StateOfCharge", 1, 2) == "30"


async def test_the_evs_contactor_closes_when_it_charges() -> None:
    world = lab("lab-dc")
    await world.boot()
    world.station.plug(car(), 1, 2)
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 60)
    assert value(world, CAN, "VehicleStatus", 1, 2) == "true"


async def test_an_ev_at_the_ccs_cable_is_none_of_its_business() -> None:
    world = lab("lab-dc")
    await world.boot()
    world.station.plug(car(), 1, 1)
    assert value(world, CAN, "Active", 1, 2) == "false"


async def test_a_self_test_takes_its_time_and_an_empty_connector() -> None:
    world = lab("lab-dc", CHAdeMOController={"selftest_s": 5.0})
    await world.boot()
    assert part(world, CAN, 1, 2).write("SelftestActive", "true")
    assert value(world, CAN, "SelftestActive", 1, 2) == "true"
    assert not part(world, CAN, 1, 2).write("SelftestActive", "true")
    await world.run(world.clock.now + 6)
    assert value(world, CAN, "SelftestActive", 1, 2) == "false"
    assert not part(world, CAN, 1, 2).write("SelftestActive", "false")
    world.station.plug(car(), 1, 2)
    assert not part(world, CAN, 1, 2).write("SelftestActive", "true")


async def test_a_broken_bus_is_noticed_when_an_ev_is_there() -> None:
    world = lab("lab-dc")
    await world.boot()
    broken(world, CAN, 1, 2)
    assert "EV communication failure" not in troubles(world)
    world.station.plug(car(), 1, 2)
    world.station.rig.disturbed(1)
    assert "EV communication failure" in troubles(world)
    assert value(world, CAN, "Active", 1, 2) == "false"
    broken(world, CAN, 1, 2, to=False)
    assert "EV communication failure" not in troubles(world)
