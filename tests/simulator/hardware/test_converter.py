"""The converter is warmed by its losses, and shuts off when it is too hot."""

from __future__ import annotations

import pytest

from simulator.hardware.converter import AcDcConverter
from tests.simulator.csms import car
from tests.simulator.hardware.lab import broken, lab, part, troubles, value


def temperature(world) -> float:
    return float(value(world, "AcDcConverter", "Temperature", 1) or 0)


async def charging(world) -> None:
    await world.boot()
    world.station.plug(car(soc=0.1))
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 40)
    assert value(world, "EVChargingSession", "State", 1) == "Charging"


async def test_it_warms_by_its_loss_as_a_body_of_the_first_order() -> None:
    """Against small steps of τ·T' = R·P_loss - (T - T_ambient), with the power that the battery takes meanwhile."""
    world = lab("lab-dc", AcDcConverter={"rise_k": 40.0, "tau_s": 300.0})
    await charging(world)
    stage, evse = part(world, "AcDcConverter", 1), world.station.evse(1)
    world.station.rig.disturbed(1)
    assert evse.ev is not None
    course, soc = evse.ev.course(evse.offer()), evse.ev.soc
    begin_s, expected_c, step_s = world.clock.now, stage.temperature_c, 0.05
    for step in range(5000):
        middle, _ = course.after(soc, (step + 0.5) * step_s)
        target_c = 20 + 40 * course.power_w.at(middle) / 150_000
        expected_c += (target_c - expected_c) * step_s / 300
    assert expected_c > 25
    await world.run(begin_s + 250)
    assert stage.temperature_c == pytest.approx(expected_c, abs=0.002)


async def test_half_its_cooling_makes_it_twice_as_warm() -> None:
    world = lab("lab-dc", AcDcConverter={"rise_k": 40.0, "tau_s": 300.0})
    await charging(world)
    stage = part(world, "AcDcConverter", 1)
    world.station.rig.disturbed(1)
    sound_c = stage.trace("Temperature").at(world.clock.now + 1e6)
    broken(world, "AcDcConverter", 1, field="clogged", to=0.5)
    assert stage.trace("Temperature").at(world.clock.now + 1e6) - 20 == pytest.approx(2 * (sound_c - 20))


async def test_it_trips_at_the_instant_at_which_it_is_too_hot_and_comes_back_when_it_is_cool() -> None:
    kind = {"rise_k": 40.0, "tau_s": 300.0, "off_c": 60.0, "on_c": 40.0}
    world = lab("lab-dc", without=("LocalEnergyController",), AcDcConverter=kind)  # or the current does not stay
    await charging(world)
    broken(world, "AcDcConverter", 1, field="clogged", to=0.8)
    due_s = part(world, "AcDcConverter", 1).trace("Temperature").reaches(60.0, world.clock.now)
    assert world.clock.now < due_s < world.clock.now + 600
    await world.run(due_s - 0.5)
    assert value(world, "AcDcConverter", "Tripped", 1) == "false"
    await world.run(due_s + 0.5)
    assert value(world, "AcDcConverter", "Tripped", 1) == "true"
    assert "converter failure" in troubles(world)
    broken(world, "AcDcConverter", 1, field="clogged", to=0.0)
    if world.station.evse(1).ev is not None:
        world.station.unplug()
    world.station.rig.disturbed(1)
    await world.run(world.clock.now + 3000)
    assert value(world, "AcDcConverter", "Tripped", 1) == "false"
    assert "converter failure" not in troubles(world)
    assert temperature(world) < 40


async def test_what_it_shows_while_it_works() -> None:
    world = lab("lab-dc")
    await world.boot()
    assert value(world, "AcDcConverter", "Active", 1) == "false"
    await charging(world)
    assert value(world, "AcDcConverter", "Active", 1) == "true"
    product = float(value(world, "AcDcConverter", "DCVoltage", 1) or 0) * float(
        value(world, "AcDcConverter", "DCCurrent", 1) or 0
    )
    assert float(value(world, "AcDcConverter", "Power", 1) or 0) == pytest.approx(product, rel=0.01)


async def test_a_broken_one_is_told() -> None:
    world = lab("lab-dc")
    await world.boot()
    broken(world, "AcDcConverter", 1)
    assert "converter failure" in troubles(world)


def test_it_must_cool_down_before_it_runs_again() -> None:
    with pytest.raises(ValueError, match="on_c must be below off_c"):
        AcDcConverter(off_c=50.0, on_c=50.0)
