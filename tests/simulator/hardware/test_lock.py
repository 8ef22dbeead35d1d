"""The lock that holds a plug."""

from simulator import facts
from simulator.hardware.lock import LOCKING, PlugRetentionLock
from simulator.hardware.place import Place
from tests.simulator.csms import World, car


async def test_what_it_shows():
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 10)
    part = world.station.rig.part("ConnectorPlugRetentionLock", Place(1, 1))
    names = "Active", "Problem", "Tripped", "Tries", "Colour"
    assert [part.value(name) for name in names] == ["true", "false", "false", "0", None]
    await world.do(lambda: world.station.present("A"), 10)
    assert [part.value(name) for name in names] == ["false", "false", "false", "1", None]
    assert part.trace("Active") is None
    assert part.write("Active", "true")


async def test_it_tries_as_often_as_its_profile_says():
    world = World()
    part = PlugRetentionLock(tries=5).part(world.station.rig.part("ConnectorPlugRetentionLock", Place(1, 1)).site)
    part.jammed = True
    assert not part.moves(True)
    assert part.value("Tries") == "5"
    assert list(world.station.troubles.values()) == ["5 tries"]
    part.jammed = False
    part.disturbed()
    assert not world.station.troubles
    assert [fact.trouble for fact in world.told(facts.TroubleRaised)] == [LOCKING]
