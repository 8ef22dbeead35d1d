"""The housing, by hand: what it was made for, its walls alone, the sun, its own electronics, three outlets at once."""

import math

import pytest

from simulator.hardware.cooling import CoolingSystem
from simulator.hardware.housing import InternalTemperatureSensor
from simulator.hardware.thermometer import Guard
from simulator.physics.staircase import NEARLY
from tests.simulator.hardware.bench import Bench

NAME = "TemperatureSensor"
SENSOR = InternalTemperatureSensor(own_w=0.0, tau_s=1500.0)


def inside(bench: Bench) -> float:
    return bench.trace(NAME, "Temperature").at(bench.clock.now)


def test_an_idle_housing_is_warm_from_its_own_electronics():
    sensor = InternalTemperatureSensor(own_w=20.0, path_mohm=8.0, rise_k=15.0)
    bench = Bench(sensor, ambient_c=10.0)
    most_w = 20 + 3 * 32**2 * 0.008
    assert bench.value(NAME, "Temperature") == f"{10 + 15 * 20 / most_w:.1f}"
    assert bench.rig.kept(NAME) is None


def test_at_full_power_it_is_as_warm_as_it_was_made_for():
    bench = Bench(SENSOR)
    bench.flow(32.0)
    bench.run(SENSOR.tau_s)
    assert inside(bench) == pytest.approx(20 + SENSOR.rise_k * (1 - math.exp(-1)))
    bench.run(30 * SENSOR.tau_s)
    assert inside(bench) == pytest.approx(20 + SENSOR.rise_k)
    assert not bench.log


def test_a_converter_heats_by_what_it_does_not_deliver():
    bench = Bench(SENSOR, name="dc-50kw")
    supply = bench.evse(1).outlet.supply
    bench.flow(50.0, power_w=supply.offer().power_w / 2)
    bench.run(100_000)
    assert inside(bench) == pytest.approx(20 + SENSOR.rise_k / 2)


def test_two_outlets_heat_one_housing():
    bench = Bench(SENSOR, name="ac-22kw-duo")
    bench.flow(32.0, evse=1)
    bench.flow(32.0, evse=2)
    bench.run(100_000)
    assert inside(bench) == pytest.approx(20 + SENSOR.rise_k)


def test_a_step_of_the_weather():
    bench = Bench(SENSOR)
    bench.surround(ambient_c=35.0)
    bench.run(SENSOR.tau_s)
    assert inside(bench) == pytest.approx(20 + 15 * (1 - math.exp(-1)))


def test_full_sun():
    bench = Bench(SENSOR)
    bench.surround(sun_w_per_m2=1000.0)
    bench.run(100_000)
    assert inside(bench) == pytest.approx(20 + SENSOR.sun_k)


def test_without_power_it_cools_to_its_surroundings():
    bench = Bench(InternalTemperatureSensor(own_w=30.0))
    assert inside(bench) > 25
    bench.power(on=False)
    bench.run(100_000)
    assert inside(bench) == pytest.approx(20)


def test_hot_weather_derates_suspends_and_trips_in_this_order():
    bench = Bench(SENSOR)
    bench.flow(32.0)
    bench.surround(ambient_c=75.0)
    bench.run(100_000)
    assert [what for _, what in bench.log] == ["+derating", "+too hot to charge", "+over-temperature"]
    last = bench.first("+over-temperature")
    assert last == pytest.approx(SENSOR.tau_s * math.log(70 / 5), abs=1e-3)  # from 20 towards 90, which is 5 K too hot
    assert bench.evse(1).limit_a == 0
    for variable in ("Active", "Suspending", "Tripped"):
        assert bench.value(NAME, variable) == "true"
    bench.surround(ambient_c=20.0)
    bench.flow(0)
    bench.run(100_000)
    assert [what for _, what in bench.log[3:]] == ["-over-temperature", "-too hot to charge", "-derating"]
    assert bench.evse(1).limit_a == math.inf


def test_derating_finds_a_balance_and_stays_there():
    """With the current following the limit it does not swing: each step has its hysteresis."""
    bench = Bench(InternalTemperatureSensor(own_w=0.0, rise_k=40.0), ambient_c=35.0)
    part, limit_a = bench.part(NAME), math.inf
    bench.flow(32.0)
    for _ in range(24 * 60):
        bench.run(60)
        if bench.evse(1).limit_a != limit_a:
            limit_a = bench.evse(1).limit_a
            bench.flow(min(32.0, limit_a))
    changes = len(bench.log)
    assert 0 < part.share < 1
    bench.run(24 * 3600)
    assert len(bench.log) == changes
    assert inside(bench) < 75


def test_monitors_get_the_same_instants_as_the_protection():
    bench = Bench(SENSOR)
    bench.flow(32.0)
    bench.surround(ambient_c=60.0)
    due_s = bench.trace(NAME, "Temperature").reaches(SENSOR.guard.stairs.levels[0], bench.clock.now)
    bench.run(50_000)
    assert bench.first("+derating") == pytest.approx(due_s, abs=1e-5)


def test_a_fan_that_stands_still_lets_it_overheat():
    whole = Bench(InternalTemperatureSensor(), CoolingSystem(), name="dc-50kw")
    stuck = Bench(InternalTemperatureSensor(), CoolingSystem(), name="dc-50kw")
    stuck.part("AirCoolingSystem").stalled = True
    for bench in (whole, stuck):
        bench.flow(125.0, power_w=50_000)
        bench.run(4 * 3600)
    assert inside(whole) < 50
    assert not whole.log
    assert [what for _, what in stuck.log][:3] == ["+fan failure", "+derating", "+too hot to charge"]


def test_parameters_that_cannot_be():
    with pytest.raises(ValueError, match="rise in this order"):
        InternalTemperatureSensor(derate_c=80.0)
    with pytest.raises(ValueError, match="hysteresis"):
        Guard(1, 2, 3, 0, 1, 0)
    assert NEARLY > 0
