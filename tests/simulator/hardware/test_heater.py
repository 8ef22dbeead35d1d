import pytest

from simulator.hardware.heater import Heater
from simulator.hardware.housing import InternalTemperatureSensor
from simulator.physics.air import dew_point_c, humidity_percent, vapour_hpa
from tests.simulator.hardware.bench import Bench

NAME, INSIDE = "Heater", "TemperatureSensor"
HOUSING = InternalTemperatureSensor(own_w=0.0)


def inside(bench: Bench) -> float:
    return bench.trace(INSIDE, "Temperature").at(bench.clock.now)


def test_frost_is_kept_out_between_the_two_levels():
    bench = Bench(Heater(on_c=5.0, off_c=10.0, rated_w=60.0), HOUSING, humidity_percent=10.0)
    bench.surround(ambient_c=-15.0)
    bench.run(12 * 3600)
    seen = []
    for _ in range(3600):
        bench.run(10)
        seen.append(inside(bench))
    assert min(seen) == pytest.approx(5, abs=0.05)
    assert max(seen) == pytest.approx(10, abs=0.05)


def test_its_power_warms_by_the_housing_s_resistance():
    bench = Bench(Heater(rated_w=20.0), HOUSING, humidity_percent=10.0)
    kelvin_per_w = HOUSING.rise_k / (3 * 32**2 * 0.008)
    bench.surround(ambient_c=-20.0)
    bench.run(200_000)
    assert inside(bench) == pytest.approx(-20 + 20 * kelvin_per_w)
    assert bench.value(NAME, "Power") == "20"
    assert bench.value(NAME, "Active") == "true"


def test_dew_is_kept_away():
    bench = Bench(Heater(damp_percent=75.0, dry_percent=65.0), HOUSING)
    bench.surround(ambient_c=12.0, humidity_percent=95.0)
    bench.run(3600)
    vapour = vapour_hpa(12, 95)
    for _ in range(500):
        bench.run(10)
        assert humidity_percent(inside(bench), vapour) < 75.1
    assert inside(bench) > dew_point_c(vapour) + 3


def test_dry_and_mild_it_rests():
    bench = Bench(Heater(), HOUSING)
    bench.surround(ambient_c=15.0, humidity_percent=40.0)
    bench.run(3600)
    assert bench.value(NAME, "Active") == "false"
    assert bench.value(NAME, "Power") == "0"


def test_a_burnt_element_is_noticed_and_the_station_becomes_too_cold():
    bench = Bench(Heater(least_c=-25.0), HOUSING, humidity_percent=10.0)
    bench.part(NAME).burnt = True
    bench.surround(ambient_c=-30.0)
    bench.run(100_000)
    assert [what for _, what in bench.log] == ["+heater failure", "+too cold"]
    assert bench.value(NAME, "Problem") == "true"
    bench.part(NAME).burnt = False
    bench.part(NAME).disturbed()
    bench.run(100_000)
    assert [what for _, what in bench.log[2:]] == ["-heater failure", "-too cold"]
    assert bench.value(NAME, "Problem") == "false"
    assert f"{NAME}.Problem" in [key for _, key in bench.jumps[1:]]


def test_switched_off_it_does_not_heat():
    bench = Bench(Heater(), HOUSING)
    bench.flash.changed["Heater.Enabled"] = "false"
    bench.surround(ambient_c=-20.0)
    bench.run(100_000)
    assert inside(bench) == pytest.approx(-20)
    bench.set(NAME, "Enabled", "true")
    bench.run(100_000)
    assert inside(bench) > 4


def test_parameters_that_cannot_be():
    with pytest.raises(ValueError, match="in this order"):
        Heater(on_c=12.0)
    with pytest.raises(ValueError, match="dry_percent"):
        Heater(dry_percent=80.0)
