"""Connection, session, vehicle and its lock as the device model shows them."""

from __future__ import annotations

import pytest

from tests.simulator.csms import car
from tests.simulator.hardware.lab import lab, value


async def test_a_connection_lasts_from_plug_to_unplug() -> None:
    world = lab()
    await world.boot()
    assert (value(world, "EVConnection", "Active", 1), value(world, "EVConnection", "ConnectedTime", 1)) == (
        "false",
        "0",
    )
    world.station.plug(car())
    world.station.rig.sense(("cable",), 1)
    await world.run(world.clock.now + 90)
    assert value(world, "EVConnection", "Active", 1) == "true"
    assert float(value(world, "EVConnection", "ConnectedTime", 1) or 0) == pytest.approx(90, abs=1)
    assert value(world, "EVConnection", "Active", 2) == "false"
    world.station.unplug()
    world.station.rig.disturbed(1)
    assert value(world, "EVConnection", "ConnectedTime", 1) == "0"


async def test_a_session_tells_state_and_energy() -> None:
    world = lab("lab-dc")
    await world.boot()
    assert value(world, "EVChargingSession", "State", 1) == "Idle"
    world.station.plug(car(soc=0.5, target=0.52))
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 40)
    assert value(world, "EVChargingSession", "Active", 1) == "true"
    assert value(world, "EVChargingSession", "State", 1) == "Charging"
    assert value(world, "EVChargingSession", "Complete", 1) == "false"
    assert float(value(world, "EVChargingSession", "Energy", 1) or 0) > 0
    await world.run(world.clock.now + 600)
    assert value(world, "EVChargingSession", "Complete", 1) == "true"
    assert value(world, "EVChargingSession", "Suspension", 1) == "true"
    assert value(world, "EVChargingSession", "Suspending", 1) == "false"


async def test_a_dc_station_learns_of_the_vehicle_and_an_ac_station_does_not() -> None:
    for name, learns in (("lab-dc", True), ("lab-ac", False)):
        world = lab(name)
        await world.boot()
        world.station.plug(car(soc=0.4))
        assert value(world, "ConnectedEV", "StateOfCharge", 1) == ""
        world.station.present("TAG", 1)
        await world.run(world.clock.now + 40)
        soc = value(world, "ConnectedEV", "StateOfCharge", 1)
        assert (soc != "") is learns
        if learns:
            assert 40 <= float(soc or 0) < 42
            assert value(world, "ConnectedEV", "EnergyCapacity", 1) == "77000"
            assert value(world, "ConnectedEV", "ProtocolAgreed", 1) == "urn:din:70121:2012:MsgDef,2,0"
            assert float(value(world, "ConnectedEV", "RemainingTimeFull", 1) or 0) > 600


async def test_the_inlet_holds_the_plug_while_energy_may_flow() -> None:
    world = lab()
    await world.boot()
    world.station.plug(car())
    assert value(world, "EVRetentionLock", "Active", 1, 1) == "false"
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 30)
    assert value(world, "EVRetentionLock", "Active", 1, 1) == "true"
    assert value(world, "EVRetentionLock", "Active", 2, 1) == "false"
