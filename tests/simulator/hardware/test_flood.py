import pytest

from simulator.hardware.flood import FloodSensor
from tests.simulator.hardware.bench import Bench

NAME = "FloodSensor"


def test_height_and_percent():
    bench = Bench(FloodSensor(wet_mm=50, most_mm=200), water_mm=30.0)
    assert bench.value(NAME, "Height") == "0.030"
    assert bench.value(NAME, "Percent") == "15.0"
    assert bench.value(NAME, "Active") == "false"


def test_the_float_lifts_and_drops_at_different_heights():
    bench = Bench(FloodSensor(wet_mm=50, float_mm=5, on_s=2, off_s=60))
    bench.surround(water_mm=49.9)
    bench.run(10)
    assert not bench.log
    bench.surround(water_mm=50.0)
    bench.run(10)
    assert bench.log == [(12.0, "+flood")]
    bench.surround(water_mm=45.0)
    bench.run(100)
    assert bench.value(NAME, "Active") == "true"
    bench.surround(water_mm=44.9)
    bench.run(100)
    assert bench.value(NAME, "Active") == "false"
    assert bench.troubles, "somebody has to look"
    assert bench.part(NAME).reset()
    assert not bench.troubles


def test_no_reset_under_water():
    bench = Bench(FloodSensor())
    bench.surround(water_mm=100.0)
    bench.run(5)
    assert not bench.part(NAME).reset()
    assert bench.troubles


def test_parameters_that_cannot_be():
    with pytest.raises(ValueError, match="rise in this order"):
        FloodSensor(wet_mm=200, most_mm=100)
