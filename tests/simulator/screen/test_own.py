"""What the firmware itself shows, and in which states a station is."""

from protocol.versions import V16, V201
from simulator.hardware.place import Place
from simulator.screen.own import states, status_page
from tests.simulator.csms import World, car


async def test_states_of_a_station():
    world = World(name="ac-22kw-duo")
    await world.boot()
    station = world.station
    assert states(station) == {"Idle"}
    station.plug(car())
    await world.do(lambda: station.present("TAG", 1), 60)
    assert states(station) == {"Charging"}
    assert states(station, station.evse(2)) == {"Idle"}
    await world.do(lambda: station.troubled("unlock failure", Place(2, 1)))
    assert states(station) == {"Charging", "Faulted"}  # one EVSE each
    assert states(station, station.evse(1)) == {"Charging"}


async def test_faulted_and_unavailable_are_not_idle():
    world = World()
    await world.boot()
    await world.ask("ChangeAvailability", {"operationalStatus": "Inoperative"})
    assert states(world.station) == {"Unavailable"}
    await world.ask("ChangeAvailability", {"operationalStatus": "Operative"})
    await world.do(lambda: world.station.troubled("unlock failure", Place(1, 1)))
    assert states(world.station) == {"Faulted"}


async def test_an_ev_that_pauses_is_idle_in_2_0_1_and_suspended_in_2_1():
    world = World()
    await world.boot()
    world.station.plug(car(soc=1.0))
    await world.do(lambda: world.station.present("TAG"), 60)
    assert world.station.evse(1).tx is not None
    assert states(world.station) == {"Suspended", "Idle"}  # idle: not charging (2.0.1, MessageStateEnumType)
    assert states(world.station, suspends=True) == {"Suspended"}


async def test_the_status_page_is_the_same_in_every_version():
    for version in (V16, V201):
        world = World(version, "ac-22kw-duo")
        await world.boot()
        assert status_page(world.station, "Hi") == "Hi\n1: available\n2: available"
