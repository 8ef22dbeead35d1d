"""The motors that close protective devices again, as a CSMS sees and commands them."""

from simulator import facts, faults
from simulator.hardware.place import Place
from tests.simulator.csms import World, car

NAMES = "Enabled", "Active", "Complete", "Problem", "Tries"


async def tripped(inside: bool = True) -> World:
    world = World(name="lab-ac")
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 60)
    faults.inject(world.station, "leakage in the station" if inside else "ground fault")
    await world.run(world.clock.now + 2)
    return world


def shown(world: World, motor: str = "RCDRecloser") -> list[str | None]:
    return [world.station.rig.value(f"{motor}(1).{name}") for name in NAMES]


async def test_what_it_shows():
    world = await tripped()
    assert shown(world) == ["true", "true", "false", "false", "0"]
    await world.run(world.clock.now + 20)
    assert shown(world) == ["true", "true", "false", "false", "1"]
    await world.run(world.clock.now + 500)
    assert shown(world) == ["true", "false", "false", "true", "3"]
    notified = [event for ask in world.events("NotifyEvent") for event in ask["eventData"]]
    assert [event["component"]["name"] for event in notified] == ["RCD", "RCDRecloser"]
    assert notified[1]["variable"] == {"name": "Problem"}
    faults.clear(world.station, "leakage in the station")
    assert not world.station.troubles
    assert shown(world) == ["true", "false", "true", "false", "0"]
    assert shown(world, "OverCurrentProtectionRecloser") == ["true", "false", "true", "false", "0"]
    assert world.station.rig.trace("RCDRecloser(1).Tries") is None


async def test_switched_off_it_waits_for_an_order():
    world = await tripped(inside=False)
    rig = world.station.rig
    assert rig.write("RCDRecloser(1).Enabled", "false")
    await world.run(world.clock.now + 1000)
    assert not world.told(facts.RcdClosed)
    assert not rig.write("RCDRecloser(1).Active", "false")
    assert rig.write("RCDRecloser(1).Active", "true")
    assert world.told(facts.RcdClosed)
    assert rig.part("RCD", Place(1)).value("Tripped") == "false"
