"""The meters show what flows."""

from __future__ import annotations

import pytest

from tests.simulator.csms import car
from tests.simulator.hardware.lab import broken, lab, value


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
