"""The meters show what flows."""

from __future__ import annotations

import pytest

from simulator.faults import clear, inject
from simulator.ocmf import printed_key
from tests.simulator.csms import World, car
from tests.simulator.hardware.lab import broken, lab, troubles, value


async def test_the_control_meter_shows_each_phase() -> None:
    world = lab()
    await world.boot()
    world.station.plug(car())
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 60)
    amps = [float(value(world, "ControlMetering", f"ACCurrent.L{phase}", 1) or 0) for phase in (1, 2, 3)]
    volts = [float(value(world, "ControlMetering", f"ACVoltage.L{phase}", 1) or 0) for phase in (1, 2, 3)]
    assert amps == pytest.approx([16, 16, 16], rel=0.01)
    assert volts == [230.0] * 3
    watts = float(value(world, "ControlMetering", "Power", 1) or 0)
    assert watts == pytest.approx(sum(a * v for a, v in zip(amps, volts, strict=True)), rel=0.01)
    assert value(world, "ControlMetering", "Frequency", 1) == "50.00"
    assert value(world, "ControlMetering", "Power", 2) == "0.0"


async def test_a_single_phase_ev_loads_one_phase() -> None:
    world = lab()
    await world.boot()
    world.station.plug(car(model="plugin-hybrid-13kwh"))
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 60)
    amps = [float(value(world, "ControlMetering", f"ACCurrent.L{phase}", 1) or 0) for phase in (1, 2, 3)]
    assert amps[0] > 10
    assert amps[1:] == [0.0, 0.0]


async def test_the_control_meter_of_a_dc_station() -> None:
    world = lab("lab-dc")
    await world.boot()
    world.station.plug(car())
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 60)
    amps = float(value(world, "ControlMetering", "DCCurrent", 1) or 0)
    volts = float(value(world, "ControlMetering", "DCVoltage", 1) or 0)
    assert 300 < volts < 450
    assert float(value(world, "ControlMetering", "Power", 1) or 0) == pytest.approx(amps * volts, rel=0.01)


async def test_the_fiscal_meter_counts_the_session() -> None:
    world = lab()
    await world.boot()
    before = float(value(world, "FiscalMetering", "EnergyImportRegister", 1) or 0)
    world.station.plug(car())
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 3600)
    after = float(value(world, "FiscalMetering", "EnergyImportRegister", 1) or 0)
    session = float(value(world, "FiscalMetering", "EnergyImport", 1) or 0)
    assert session == pytest.approx(after - before, abs=1)
    assert session > 10_000
    assert value(world, "FiscalMetering", "SerialNumber", 1) == "CP-1-M1"
    assert value(world, "FiscalMetering", "SerialNumber", 2) == "CP-1-M2"
    assert value(world, "FiscalMetering", "Model", 1) == "Chargebench M1"


async def test_a_broken_control_meter_shows_nothing() -> None:
    world = lab()
    await world.boot()
    broken(world, "ControlMetering", 1)
    assert value(world, "ControlMetering", "ACVoltage.L1", 1) == "0.0"
    assert value(world, "ControlMetering", "Problem", 1) == "true"


async def charging() -> World:
    world = lab()
    await world.boot()
    world.station.plug(car(soc=0.1))
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 60)
    assert world.station.evse(1).state == "Charging"
    return world


async def test_a_stuck_meter_is_implausible_when_enough_has_flowed_past_it() -> None:
    world = await charging()
    power_w = world.station.evse(1).reading().power_w
    inject(world.station, "meter stuck")
    before, began_s = value(world, "FiscalMetering", "EnergyImportRegister", 1), world.clock.now
    due_s = began_s + 200 / power_w * 3600
    await world.run(due_s - 1)
    assert "meter implausible" not in troubles(world)
    await world.run(due_s + 1)
    assert "meter implausible" in troubles(world)
    assert value(world, "FiscalMetering", "Problem", 1) == "true"
    assert value(world, "FiscalMetering", "EnergyImportRegister", 1) == before
    clear(world.station, "meter stuck")
    assert "meter implausible" not in troubles(world)
    await world.run(world.clock.now + 300)
    assert float(value(world, "FiscalMetering", "EnergyImportRegister", 1) or 0) > float(before or 0)


async def test_a_tenth_too_much_takes_ten_times_as_long() -> None:
    world = await charging()
    power_w = world.station.evse(1).reading().power_w
    inject(world.station, "meter drift")
    due_s = world.clock.now + 2000 / power_w * 3600
    await world.run(due_s - 2)
    assert "meter implausible" not in troubles(world)
    await world.run(due_s + 2)
    assert "meter implausible" in troubles(world)
    clear(world.station, "meter drift")
    assert world.station.evse(1).meter.ills.drift == 0
    assert "meter implausible" not in troubles(world)


async def test_a_jump_is_implausible_at_once_and_without_current() -> None:
    world = lab()
    await world.boot()
    inject(world.station, "meter jump")
    assert "meter implausible" in troubles(world)
    shown_wh = world.station.evse(1).meter.energy_wh
    clear(world.station, "meter jump")
    assert "meter implausible" not in troubles(world)
    assert world.station.evse(1).meter.energy_wh == shown_wh  # a register never falls


async def test_a_meter_that_does_not_answer_has_failed_after_its_time() -> None:
    world = lab(FiscalMetering={"silence_s": 10.0})
    await world.boot()
    inject(world.station, "meter failure")
    began_s = world.clock.now
    await world.run(began_s + 9)
    assert "meter failure" not in troubles(world)
    await world.run(began_s + 11)
    assert "meter failure" in troubles(world)
    clear(world.station, "meter failure")
    assert "meter failure" not in troubles(world)


async def test_nothing_is_wrong_with_a_stuck_meter_past_which_nothing_flows() -> None:
    world = lab()
    await world.boot()
    inject(world.station, "meter stuck")
    await world.run(world.clock.now + 100_000)
    assert "meter implausible" not in troubles(world)


def test_a_billing_meter_tells_its_public_key() -> None:
    world = lab()
    keys = [value(world, "FiscalMetering", "PublicKey", evse) for evse in (1, 2)]
    assert keys == [printed_key(world.station.chance, evse) for evse in (1, 2)]
    assert keys[0] != keys[1]
