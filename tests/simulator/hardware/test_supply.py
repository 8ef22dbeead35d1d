"""The low-voltage supply carries the electronics for a while without the grid."""

from __future__ import annotations

import pytest

from simulator.ev import EV
from simulator.faults import clear, inject
from simulator.hardware.supply import ElvSupply
from simulator.tokens import Token
from tests.simulator.hardware.bench import Bench
from tests.simulator.hardware.lab import broken, lab, part, troubles, value

DEAD = (0.0, 0.0, 0.0)
FULL = (1.0, 1.0, 1.0)


async def test_the_battery_carries_as_long_as_it_lasts_and_the_grid_starts_it_again() -> None:
    world = lab(ELVSupply={"backup_s": 600.0})
    await world.boot()
    began_s = world.clock.now
    world.station.surround(grid=DEAD)
    assert value(world, "ELVSupply", "Fallback") == "true"
    assert "on backup power" in troubles(world)
    await world.run(began_s + 599)
    assert world.station.powered
    assert float(value(world, "ELVSupply", "StateOfCharge") or 0) == pytest.approx(0.2, abs=0.1)
    await world.run(began_s + 601)
    assert not world.station.powered
    assert value(world, "ELVSupply", "DCVoltage") == "0.0"
    world.station.surround(grid=FULL)
    assert world.station.powered
    await world.run(world.clock.now + 20)
    assert world.station.online


async def test_without_a_battery_power_goes_at_once() -> None:
    world = lab(ELVSupply={"backup_s": 0.0})
    await world.boot()
    world.station.surround(grid=DEAD)
    assert not world.station.powered


async def test_one_phase_is_enough() -> None:
    world = lab(ELVSupply={"backup_s": 0.0})
    await world.boot()
    world.station.surround(grid=(0.0, 0.0, 0.5))
    assert world.station.powered
    world.station.surround(grid=(0.0, 0.0, 0.4))
    assert not world.station.powered


def test_the_battery_is_charged_again_from_where_it_is() -> None:
    bench = Bench(ElvSupply(backup_s=100.0, recharge_s=1000.0))
    bench.surround(grid=DEAD)
    bench.run(50)
    bench.surround(grid=FULL)
    assert bench.value("ELVSupply", "StateOfCharge") == "50.0"
    bench.run(250)
    assert bench.value("ELVSupply", "StateOfCharge") == "75.0"
    trace = bench.trace("ELVSupply", "StateOfCharge")
    assert trace.at(bench.clock.now) == pytest.approx(75)
    assert trace.reaches(90, bench.clock.now) == pytest.approx(bench.clock.now + 150, abs=1e-3)
    assert trace.at(bench.clock.now + 900) == 100
    bench.run(1000)
    assert bench.value("ELVSupply", "StateOfCharge") == "100.0"


def test_a_worn_battery_lasts_as_long_as_what_is_left_of_it() -> None:
    bench = Bench(ElvSupply(backup_s=100.0))
    bench.part("ELVSupply").worn = 0.75
    bench.surround(grid=DEAD)
    assert bench.part("ELVSupply").capacity_s == 25
    trace = bench.trace("ELVSupply", "StateOfCharge")
    assert trace.reaches(50, bench.clock.now) == pytest.approx(12.5, abs=1e-3)


async def test_a_dead_supply_takes_the_electronics_with_it() -> None:
    world = lab()
    await world.boot()
    broken(world, "ELVSupply")
    assert not world.station.powered
    assert part(world, "ELVSupply").off_by_this


async def test_a_new_battery_is_full() -> None:
    world = lab(ELVSupply={"backup_s": 600.0, "recharge_s": 14_400.0})
    await world.boot()
    inject(world.station, "battery worn", worn=0.8)
    begun_s = world.clock.now
    world.station.surround(grid=DEAD)
    await world.run(begun_s + 119)
    assert world.station.powered
    await world.run(begun_s + 121)
    assert not world.station.powered
    world.station.surround(grid=FULL)
    clear(world.station, "battery worn")
    assert value(world, "ELVSupply", "StateOfCharge") == "100.0"
    begun_s = world.clock.now
    world.station.surround(grid=DEAD)
    await world.run(begun_s + 599)
    assert world.station.powered


@pytest.mark.parametrize("ends", [True, False])
async def test_transactions_end_while_the_battery_carries_if_it_is_there_for_that(ends: bool) -> None:
    world = lab(ELVSupply={"backup_s": 60.0, "ends_transactions": ends})
    await world.boot()
    world.station.plug(EV.of("sedan-77kwh", 0.2), 1)
    await world.do(lambda: world.station.present(Token("A"), 1), 30)
    assert world.station.evse(1).tx is not None
    world.station.surround(grid=DEAD)
    await world.run(world.clock.now + 10)
    reasons = [each["transactionInfo"].get("stoppedReason") for each in world.events()]
    assert (reasons[-1] == "PowerLoss") is ends
    assert world.station.powered
