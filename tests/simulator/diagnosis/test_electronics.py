"""Meters, clock and links beside references."""

import pytest

from simulator.diagnosis import electronics
from tests.simulator.diagnosis.rounds import failing, found, laboratory
from tests.simulator.hardware.lab import broken, part

assert electronics.LOAD_A


@pytest.mark.parametrize("name", ["lab-ac", "lab-dc"])
async def test_a_reference_load_of_six_minutes(name):
    world = await laboratory(name)
    assert found(world, "fiscal meter")["error at 10 A"].measured == pytest.approx(0.0, abs=1e-9)
    broken(world, "FiscalMetering", 1, field="drift", to=-0.03)
    assert found(world, "fiscal meter")["error at 10 A"].measured == pytest.approx(-3.0)
    assert failing(world, "fiscal meter") == {"error at 10 A"}


async def test_the_meter_itself_counts_nothing_of_the_test():
    world = await laboratory()
    before = world.station.evse(1).circuit.register_wh()
    found(world, "fiscal meter")
    assert world.station.evse(1).circuit.register_wh() == before


async def test_a_clock_that_is_off():
    world = await laboratory()
    world.station.clock_offset_s = 11.0
    assert failing(world, "clock") == {"deviation"}


async def test_a_quartz_in_the_cold_lags_as_its_data_sheet_says():
    world = await laboratory()
    world.station.surround(ambient_c=-25.0)
    assert not failing(world, "clock")
    assert found(world, "clock")["rate"].measured < -50


async def test_a_component_that_is_switched_off_is_noticed():
    world = await laboratory()
    part(world, "TokenReader").write("Enabled", "false")
    assert failing(world, "card reader") == {"switched"}


async def test_a_link_at_its_edge():
    world = await laboratory()
    world.station.network.change(loss=0.06)
    assert failing(world, "way to the CSMS") == {"loss"}
