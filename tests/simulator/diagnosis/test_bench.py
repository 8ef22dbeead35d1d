"""Which tests are done where, and which have to wait."""

import pytest

from simulator import diagnosis, facts
from simulator.diagnosis import TESTS, Verdict
from simulator.diagnosis.bench import findings, inspects
from tests.simulator.csms import World, car
from tests.simulator.diagnosis.rounds import laboratory


async def test_a_driver_is_not_disturbed():
    world = World(name="ac-22kw-duo")
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 60)
    assert world.station.evse(1).state == "Charging"
    world.clear()
    found = diagnosis.diagnose(world.station)
    waiting = [each for each in found if each.verdict is Verdict.NOT_TESTED]
    assert {each.place.evse for each in waiting} == {1}
    assert all("EVSE 1 is in use" in each.advice for each in waiting)
    assert {"control pilot", "proximity", "plug lock", "RCD", "contactor"} <= {each.test for each in waiting}
    await world.run(world.clock.now + 30)
    assert world.station.evse(1).state == "Charging"
    assert not world.told(facts.ContactorOpened)
    assert any(each.test == "contactor" and each.place.evse == 2 and each.name for each in found)


async def test_what_a_station_has_not_is_said_once():
    world = World(name="dc-50kw")
    await world.boot()
    (found,) = findings(world.station, TESTS["RCD"])
    assert (found.verdict, found.where) == (Verdict.NOT_FITTED, "")


async def test_without_power_only_the_supply_is_looked_at():
    world = await laboratory()
    world.station.power_off()
    found = diagnosis.diagnose(world.station)
    tested = {each.test for each in found if each.verdict in (Verdict.PASS, Verdict.FAIL)}
    assert tested == {"wiring", "supply of the electronics", "connector wear", "own reports"}


async def test_one_evse_alone():
    world = await laboratory()
    assert {each.place.evse for each in diagnosis.diagnose(world.station, 2)} == {0, 2}
    with pytest.raises(ValueError, match="no EVSE 3"):
        diagnosis.diagnose(world.station, 3)


def test_no_two_tests_have_one_name():
    with pytest.raises(ValueError, match="two tests RCD"):
        inspects("RCD", "RCD")(lambda _bench: iter(()))


async def test_reading_makes_no_parts():
    """A station that is diagnosed without power keeps nothing of it: parts are looked at, not made."""
    world = World(name="ac-22kw")
    await world.boot()
    diagnosis.diagnose(world.station)
    assert world.station.kept("RCD", 1) is None
    assert world.station.kept("PowerContactor", 1) is None
