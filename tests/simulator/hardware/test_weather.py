import math

import pytest

from simulator.hardware.housing import InternalTemperatureSensor
from simulator.hardware.weather import ExternalTemperatureSensor, HumiditySensor, LightSensor
from simulator.physics.air import dew_point_c, vapour_hpa
from tests.simulator.hardware.bench import Bench

AIR, LIGHT, DAMP = "ExternalTemperatureSensor", "LightSensor", "HumiditySensor"


def test_the_first_look_is_the_weather_as_it_is():
    bench = Bench(
        ExternalTemperatureSensor(), LightSensor(), HumiditySensor(),
        ambient_c=-4.25, light_lux=120.0, humidity_percent=81.0,
    )  # fmt: skip
    assert bench.value(AIR, "Temperature") == "-4.2"
    assert bench.value(LIGHT, "Light") == "120"
    assert bench.value(DAMP, "Humidity") == "81"
    assert bench.rig.kept(AIR) is bench.rig.kept(LIGHT) is bench.rig.kept(DAMP) is None


def test_the_sensor_lags_behind_the_air():
    bench = Bench(ExternalTemperatureSensor(tau_s=120))
    bench.surround(ambient_c=30.0)
    assert bench.value(AIR, "Temperature") == "20.0"
    bench.run(120)
    assert bench.value(AIR, "Temperature") == "26.3"
    bench.surround(ambient_c=20.0)
    bench.run(120)
    assert bench.value(AIR, "Temperature") == f"{20 + 10 * (1 - math.exp(-1)) * math.exp(-1):.1f}"


@pytest.mark.parametrize(("there_c", "limit_c", "back_c"), [(60.0, 40.0, 38.0), (-60.0, -25.0, -23.0)])
def test_it_is_active_beyond_its_limits(there_c, limit_c, back_c):
    bench = Bench(ExternalTemperatureSensor(tau_s=120, low_c=-25, high_c=40, hysteresis_k=2))
    bench.surround(ambient_c=there_c)
    bench.run(3600)
    assert bench.value(AIR, "Active") == "true"
    bench.surround(ambient_c=20.0)
    bench.run(3600)
    assert bench.value(AIR, "Active") == "false"
    over_s = 120 * math.log((20 - there_c) / (limit_c - there_c))
    under_s = 3600 + 120 * math.log((there_c - 20) / (back_c - 20))
    key = f"{AIR}.Active"
    assert bench.jumps == [(pytest.approx(over_s, abs=1e-4), key), (pytest.approx(under_s, abs=1e-4), key)]


def test_the_csms_may_move_a_limit():
    bench = Bench(ExternalTemperatureSensor())
    bench.flash.changed[f"{AIR}.Temperature/MaxSet"] = "25"
    bench.surround(ambient_c=30.0)
    bench.run(3600)
    assert bench.value(AIR, "Active") == "true"
    bench.set(AIR, "Temperature/MaxSet", "35")
    assert bench.value(AIR, "Active") == "false"


def test_faults():
    bench = Bench(ExternalTemperatureSensor())
    part = bench.part(AIR)
    part.offset = 5.0
    assert bench.value(AIR, "Temperature") == "25.0"
    assert bench.trace(AIR, "Temperature").at(0) == 25
    part.broken = True
    part.disturbed()
    assert bench.value(AIR, "Temperature") == ""
    assert bench.value(AIR, "Problem") == "true"
    assert bench.trace(AIR, "Temperature") is None


def test_light():
    bench = Bench(LightSensor())
    bench.surround(light_lux=0.4)
    assert bench.value(LIGHT, "Light") == "0"
    bench.set(LIGHT, "Enabled", "false")
    assert bench.value(LIGHT, "Light") == ""


def test_a_warm_housing_is_dry():
    """20 °C and 50 % outside are 28 % in 30 °C inside, as a psychrometric chart has it."""
    bench = Bench(InternalTemperatureSensor(rise_k=10.0, own_w=1.0, path_mohm=1e-9), HumiditySensor())
    assert float(bench.value("TemperatureSensor", "Temperature")) == pytest.approx(30, abs=0.1)
    assert bench.value(DAMP, "Humidity") == "28"
    assert bench.rig.kept("TemperatureSensor") is None, "a report costs no memory"


def test_dew_is_near_when_a_warm_rain_meets_a_cold_housing():
    housing = InternalTemperatureSensor(own_w=0.0, tau_s=1500.0)
    bench = Bench(housing, HumiditySensor(high_percent=90, hysteresis_percent=5), ambient_c=5.0)
    bench.surround(ambient_c=15.0, humidity_percent=80.0)
    bench.run(6 * 3600)
    assert [what for _, what in bench.log] == ["+high humidity", "-high humidity"]
    dry_c = dew_point_c(100 * vapour_hpa(15, 80) / 85)  # where the housing's air is at 85 % again
    assert bench.first("-high humidity") == pytest.approx(housing.tau_s * math.log(10 / (15 - dry_c)), abs=1e-3)
    assert bench.value(DAMP, "Humidity") == "80"


def test_humidity_is_told_at_its_instant():
    bench = Bench(InternalTemperatureSensor(own_w=0.0), HumiditySensor(), ambient_c=20.0)
    bench.surround(ambient_c=14.0, humidity_percent=95.0)
    wet_s = bench.trace(DAMP, "Humidity").reaches(90, bench.clock.now)
    bench.run(24 * 3600)
    assert bench.first("+high humidity") == pytest.approx(wet_s, abs=1e-4)
    bench.set(DAMP, "Enabled", "false")
    assert not bench.troubles
