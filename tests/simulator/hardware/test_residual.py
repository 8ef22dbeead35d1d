"""The residual current device in a station."""

import pytest

from simulator import facts
from simulator.hardware.place import Place
from simulator.hardware.residual import ResidualCurrentDevice
from simulator.physics.residual import AC_LIMITS, DC_LIMITS, limit_s
from tests.simulator.csms import World, car


async def charging():
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    part = world.station.rig.part("RCD", Place(1))
    world.clear()
    return world, part


async def trip_s(field: str, leakage_a: float) -> float | None:
    world, part = await charging()
    begun = world.clock.now
    setattr(part, field, leakage_a)
    world.station.rig.disturbed()
    await world.run(begun + 20)
    return next((at - begun for at, fact in world.facts if isinstance(fact, facts.RcdTripped)), None)


@pytest.mark.parametrize("leakage_a", [0.03, 0.06, 0.15, 0.5])
async def test_alternating_current_within_the_times_of_the_standard(leakage_a):
    """IEC 61008-1, table 1: 0.3 s, 0.15 s and 0.04 s at 1, 2 and 5 IΔn."""
    assert await trip_s("leakage_ac_a", leakage_a) <= limit_s(AC_LIMITS, leakage_a / 0.03)


@pytest.mark.parametrize("leakage_a", [0.006, 0.06, 0.2])
async def test_smooth_direct_current_within_the_times_of_the_standard(leakage_a):
    """IEC 62955: 10 s, 0.3 s and 0.1 s at 6, 60 and 200 mA."""
    assert await trip_s("leakage_dc_a", leakage_a) <= limit_s(DC_LIMITS, leakage_a)


@pytest.mark.parametrize(("field", "leakage_a"), [("leakage_ac_a", 0.015), ("leakage_dc_a", 0.003)])
async def test_half_of_it_trips_nothing(field, leakage_a):
    assert await trip_s(field, leakage_a) is None


async def test_a_leak_in_the_ev_shows_only_while_the_contactor_is_closed():
    world = World()
    await world.boot()
    world.station.plug(car())
    world.leak()
    await world.run(world.clock.now + 60)
    assert not world.told(facts.RcdTripped)
    await world.do(lambda: world.station.present("A"), 60)
    closed_s = next(at for at, fact in world.facts if isinstance(fact, facts.ContactorClosed))
    tripped_s = next(at for at, fact in world.facts if isinstance(fact, facts.RcdTripped))
    assert tripped_s - closed_s == pytest.approx(0.27)


async def test_a_leak_that_goes_in_time_trips_nothing():
    world, _ = await charging()
    world.leak()
    await world.run(world.clock.now + 0.2)
    world.leak(0.0)
    await world.run(world.clock.now + 10)
    assert not world.told(facts.RcdTripped)


async def test_it_does_nothing_when_it_is_jammed_and_the_self_test_tells():
    world, part = await charging()
    part.jammed = True
    world.leak()
    await world.run(world.clock.now + 10)
    assert not world.told(facts.RcdTripped)
    assert not part.self_test().passed
    assert [raised.name for raised in world.station.troubles] == ["RCD self-test failed"]
    assert part.value("Problem") == "true"
    part.jammed = False
    assert part.self_test().passed
    assert not world.station.troubles


async def test_its_variables():
    world, part = await charging()
    assert [part.value(name) for name in ("Tripped", "Operated", "Problem", "Colour")] == ["false"] * 3 + [None]
    world.leak()
    await world.run(world.clock.now + 5)
    assert (part.value("Tripped"), part.value("Operated")) == ("true", "false")
    await world.run(world.clock.now + 10)
    assert (part.value("Tripped"), part.value("Operated")) == ("false", "true")
    assert part.trace("Tripped") is None
    assert part.write("Tripped", "true")


def test_a_type_a_alone_is_blinded_by_direct_current():
    kind = ResidualCurrentDevice(detects_dc=False).kind
    assert kind.dc is None
    assert kind.blind_dc_a == 0.060


async def test_somebody_who_closes_one_that_failed_its_test_tests_it_again():
    world, part = await charging()
    part.leakage_ac_a, part.inside = 0.03, True
    world.station.rig.disturbed()
    await world.run(world.clock.now + 1)
    assert part.tripped
    part.jammed = True
    await world.run(world.clock.now + 1800)
    assert part.problem
    part.leakage_ac_a, part.jammed = 0.0, False
    part.reset()
    assert (part.tripped, part.problem) == (False, False)
    assert not world.station.troubles
