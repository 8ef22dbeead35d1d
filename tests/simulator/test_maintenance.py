"""The station's log of incidents."""

from protocol.versions import V16
from simulator import faults, maintenance
from simulator.hardware.place import Place
from tests.simulator.csms import World


async def test_what_was_wrong_and_when_survives_a_loss_of_power():
    world = World(V16, name="lab-ac")
    await world.boot()
    faults.inject(world.station, "door open")
    await world.run(world.clock.now + 30)
    faults.clear(world.station, "door open")
    await world.run(world.clock.now + 30)
    world.station.power_off()
    world.station.power_on()
    lines = world.station.flash.incidents
    assert [(each.what, each.where) for each in lines] == [("door open", ""), ("over: door open", "")]
    assert lines[0].stamp < lines[1].stamp


async def test_the_oldest_line_makes_room():
    world = World(name="ac-22kw")
    for number in range(maintenance.MOST_INCIDENTS + 5):
        maintenance.log(world.station, f"visit {number}", Place(1))
    lines = world.station.flash.incidents
    assert len(lines) == maintenance.MOST_INCIDENTS
    assert (lines[0].what, lines[-1].what) == ("visit 5", "visit 104")
    assert lines[0].document() == {"stamp": lines[0].stamp, "what": "visit 5", "place": "1", "info": ""}


def test_a_station_to_which_nothing_has_happened_has_no_log():
    assert World(name="ac-22kw").station.flash.incidents is World(name="ac-22kw").station.flash.incidents
