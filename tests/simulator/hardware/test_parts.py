"""What the parts of the power path show, beyond what their faults do (see test_faults)."""

import math

import pytest

from simulator import facts
from simulator.hardware.feed import ElectricalFeed
from simulator.hardware.overcurrent import OverCurrentProtection
from simulator.hardware.pilot import PilotController
from simulator.hardware.place import Place
from simulator.hardware.timing import USUAL, timing_of
from simulator.physics.breaker import Supervision, Supervisor
from tests.simulator.csms import World, car, profile


async def charging(name: str = "ac-22kw", **options):
    world = World(name=name, **options)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    return world


def values(world: World, part: str, place: Place, *names: str) -> list[str | None]:
    return [world.station.rig.look(part, place).value(name) for name in names]


async def test_pilot():
    """9 V in state B, 6 V in C (IEC 61851-1 annex A); 32 A is a duty cycle of 53.3 %."""
    world = World()
    await world.boot()
    names = "Active", "State", "DCVoltage", "Percentage", "Problem"
    assert values(world, "CPPWMController", Place(1, 1), *names) == ["false", "A1", "12.00", "100.0", "false"]
    world.station.plug(car())
    assert values(world, "CPPWMController", Place(1, 1), *names) == ["true", "B1", "8.98", "100.0", "false"]
    await world.do(lambda: world.station.present("A"), 30)
    active, state, voltage, percentage, problem = values(world, "CPPWMController", Place(1, 1), *names)
    assert (active, state, percentage, problem) == ("true", "C2", "53.3", "false")
    assert float(voltage) == pytest.approx(6, abs=0.1)
    world.station.evse(1).circuit.restrict("heat", 16)
    assert values(world, "CPPWMController", Place(1, 1), "Percentage") == ["26.7"]
    with pytest.raises(ValueError, match="within 3 s"):
        PilotController(notices_s=4)


async def test_contactor_wears():
    world = await charging()
    part = world.station.rig.part("PowerContactor", Place(1))
    assert part.value("Active") == "true"
    await world.do(lambda: world.station.present("A"), 10)
    assert part.value("Active") == "false"
    await world.do(lambda: world.station.present("A"), 10)
    assert part.contactor.operations == 1
    assert part.contactor.wear > 0


async def test_a_welded_contactor_of_an_idle_station_is_found_at_once():
    world = World()
    await world.boot()
    world.station.rig.part("PowerContactor", Place(1)).welded = True
    world.station.rig.disturbed()
    await world.run(world.clock.now + 1)
    assert world.told(facts.ContactorFailed)[0].finding == "welded"
    assert values(world, "PowerContactor", Place(1), "Active", "Tripped", "Problem") == ["true"] * 3
    assert world.statuses()[-1] == "Faulted"


async def test_overcurrent_shows_what_flows():
    world = await charging()
    assert values(world, "OverCurrentProtection", Place(1), "Active", "ACCurrent") == ["false", "15.94"]


@pytest.mark.parametrize(("most_a", "rated_a"), [(16, 20), (32, 40), (125, 160), (5000, 6250)])
def test_the_breaker_fits_the_connector(most_a, rated_a):
    assert OverCurrentProtection().breaker(most_a).rated_a == rated_a
    assert OverCurrentProtection(rated_a=63).breaker(most_a).rated_a == 63


@pytest.mark.parametrize("extra_a", [40.0, 60.0, 100.0])
async def test_a_breaker_takes_its_time(extra_a):
    """40 A, C (IEC 60898-1, table 7): what is above 1.45 In trips within an hour, 2.55 In within 60 s."""
    world = await charging()
    part = world.station.rig.part("OverCurrentProtection", Place(1))
    part.supervisor = Supervisor(Supervision(timeout_s=math.inf))
    begun = world.clock.now
    part.extra_a = extra_a
    world.station.rig.disturbed()
    expected_s = part.breaker.trip_after_s(begun)
    await world.run(begun + 3700)
    tripped = [(at - begun, fact) for at, fact in world.facts if isinstance(fact, facts.OverCurrentTripped)]
    if extra_a == 40.0:  # 56 A is 1.4 In
        assert tripped[0][0] > 60
    assert tripped[0][0] == pytest.approx(expected_s, abs=1e-3)
    assert tripped[0][1].by == "breaker"
    assert tripped[0][1].current_a == pytest.approx(extra_a + 15.94, abs=0.01)


async def test_one_breaker_carries_every_connector_of_its_evse():
    """The first to be used may be the smaller one: 125 A beside 400 A."""
    world = World(name="dc-150kw")
    await world.boot()
    world.station.plug(car(), connector=2)
    part = world.station.rig.part("OverCurrentProtection", Place(1))
    assert part.breaker.kind.rated_a == 500


async def test_an_open_breaker_cools_in_the_air_that_there_is():
    world = await charging()
    world.station.surround(ambient_c=95.0)
    part = world.station.rig.part("OverCurrentProtection", Place(1))
    part.extra_a = 1500.0
    world.station.rig.disturbed()
    await world.run(world.clock.now + 3600)
    assert not part.breaker.closes(world.clock.now)  # bent by the heat around it
    part.extra_a = 0.0
    world.station.surround(ambient_c=20.0)
    await world.run(world.clock.now + 3600)
    assert part.breaker.closes(world.clock.now)


async def test_a_breaker_closes_again_when_it_has_cooled():
    world = await charging()
    part = world.station.rig.part("OverCurrentProtection", Place(1))
    part.extra_a = 1500.0
    world.station.rig.disturbed()
    await world.run(world.clock.now + 30)
    assert part.value("Active") == "true"
    await world.run(world.clock.now + 60)
    assert (part.value("Active"), part.value("Operated")) == ("false", "true")
    assert not world.station.troubles


async def test_proximity():
    """100 Ω for 63 A, 680 Ω for 20 A (IEC 61851-1 table B.1)."""
    world = World()
    await world.boot()
    names = "Impedance", "ACCurrent"
    assert values(world, "ProximityPilot", Place(1, 1), *names) == ["", "0"]
    world.station.plug(car(), cable_a=20)
    assert values(world, "ProximityPilot", Place(1, 1), *names) == ["680", "20"]
    world.station.unplug()
    world.station.plug(car())
    assert values(world, "ProximityPilot", Place(1, 1), *names) == ["100", "63"]


async def test_insulation():
    world = await charging("dc-50kw")
    assert values(world, "GroundIsolationProtection", Place(1), "Problem", "Impedance") == ["false", "10000000"]
    part = world.station.rig.part("GroundIsolationProtection", Place(1))
    part.insulation_ohm = 150_000.0  # between 100 and 500 Ω/V of 500 V: a warning
    world.station.rig.disturbed()
    trace = part.trace("Impedance")
    assert trace.at(world.clock.now + 100) == pytest.approx(150_000)
    await world.run(world.clock.now + 30)
    assert (part.value("Active"), part.value("Problem")) == ("true", "false")
    assert world.station.evse(1).state == "Charging"
    assert [raised.name for raised in world.station.troubles] == ["insulation warning"]


async def test_feed():
    world = World()
    await world.boot()
    names = "Active", "Problem", "ACVoltage.L1", "ACVoltage.L3"
    assert values(world, "ElectricalFeed", Place(), *names) == ["true", "false", "230.0", "230.0"]
    world.station.surround(grid=(1.0, 0.9, 0.0))
    await world.run(world.clock.now + 1)
    assert values(world, "ElectricalFeed", Place(), *names) == ["true", "true", "230.0", "0.0"]
    world.station.surround(grid=(0.0, 0.9, 1.0))
    await world.run(world.clock.now + 10)
    assert list(world.station.troubles.values()) == ["L1"]
    world.station.surround(grid=(0.86, 1.0, 1.0))  # within its bounds
    await world.run(world.clock.now + 10)
    assert not world.station.troubles
    world.station.surround(grid=(0.84, 1.0, 1.0))
    await world.run(world.clock.now + 1)
    world.station.surround(grid=(0.86, 1.0, 1.0))  # not far enough inside them
    await world.run(world.clock.now + 60)
    assert [raised.name for raised in world.station.troubles] == ["under-voltage"]
    with pytest.raises(ValueError, match="must rise"):
        ElectricalFeed(least=1.2)


async def test_a_dip_is_ridden_through():
    world = await charging()
    world.station.surround(grid=(0.7, 0.7, 0.7))
    await world.run(world.clock.now + 0.1)
    world.station.surround(grid=(1.0, 1.0, 1.0))
    await world.run(world.clock.now + 10)
    assert not world.told(facts.TroubleRaised)


def test_times_are_those_of_the_components():
    assert timing_of(profile("ac-22kw")) == USUAL
