"""Break times, insulation, contactor and wiring by the values of the standards."""

import pytest

from simulator.diagnosis import protection
from tests.simulator.diagnosis.rounds import failing, found, laboratory
from tests.simulator.hardware.lab import broken, part, troubles

assert protection.LEAST_OHM


async def test_an_rcd_trips_in_its_times():
    """IEC 61008-1, table 1: 0.3 s at IΔn, 0.04 s at 5 IΔn; the ramp ends between 0.5 and 1 IΔn."""
    seen = found(await laboratory(), "RCD")
    assert seen["break time at 1 IΔn"].measured <= 0.3
    assert seen["break time at 5 IΔn"].measured <= 0.04
    assert seen["0.5 IΔn"].measured == "holds"
    assert 15 <= seen["ramp test"].measured <= 30
    assert seen["break time at 6 mA DC"].measured <= 10


@pytest.mark.parametrize(("field", "to"), [("jammed", True), ("sensitivity", 0.0)])
async def test_an_rcd_that_never_trips(field, to):
    world = await laboratory()
    broken(world, "RCD", 1, field=field, to=to)
    names = {"test button", "break time at 1 IΔn", "break time at 5 IΔn", "ramp test", "break time at 6 mA DC"}
    assert failing(world, "RCD") == names
    assert "RCD self-test failed" in troubles(world)  # the test is its own
    broken(world, "RCD", 1, field=field, to=False if field == "jammed" else 1.0)
    assert not failing(world, "RCD")
    assert not troubles(world)


async def test_an_rcd_that_trips_too_late_in_its_ramp():
    world = await laboratory()
    broken(world, "RCD", 1, field="sensitivity", to=0.7)
    assert failing(world, "RCD") >= {"ramp test", "break time at 1 IΔn"}
    assert "0.5 IΔn" not in failing(world, "RCD")


async def test_a_breaker_that_does_not_open():
    """IEC 60898-1, table 7: 1.13 In for an hour, 1.45 In less than that, 10 In at once (characteristic C)."""
    world = await laboratory()
    assert not failing(world, "circuit-breaker")
    broken(world, "OverCurrentProtection", 1, field="jammed")
    assert failing(world, "circuit-breaker") == {"time at 1.45 In", "time at 10 In"}


async def test_a_worn_contactor_is_told_before_it_fails():
    world = await laboratory()
    part(world, "PowerContactor", 1).contactor.erosion = 0.95
    assert failing(world, "contactor") == {"life used"}


async def test_the_contactor_moves_once():
    world = await laboratory()
    before = part(world, "PowerContactor", 1).contactor.operations
    assert not failing(world, "contactor")
    assert part(world, "PowerContactor", 1).contactor.operations == before + 1
    assert not world.station.evse(1).contactor_closed


async def test_a_lost_phase_and_a_low_one():
    world = await laboratory()
    world.station.surround(grid=(1.0, 0.0, 0.88))
    assert failing(world, "wiring") == {"voltage L2", "voltage L3", "phases in their order"}
    assert found(world, "wiring")["phases in their order"].measured == "L1 L3"


async def test_insulation_below_a_megohm():
    world = await laboratory()
    broken(world, "RCD", 1, field="leakage_ac_a", to=0.000_2)
    assert not failing(world, "insulation of the outlet")  # 1.15 MΩ
    broken(world, "RCD", 1, field="leakage_ac_a", to=0.000_3)
    assert failing(world, "insulation of the outlet") == {"conductors to earth"}
