from simulator.hardware.emergency import EmergencyStopSensor
from tests.simulator.hardware.bench import Bench

NAME = "EmergencyStopSensor"


def test_it_stays_down_until_it_is_released_by_hand():
    bench = Bench(EmergencyStopSensor(on_s=0.02, off_s=0.5))
    bench.surround(stop_pressed=True)
    bench.run(0.1)
    assert bench.log == [(0.02, "+emergency stop")]
    bench.surround(stop_pressed=False)
    bench.run(3600)
    assert bench.value(NAME, "Active") == bench.value(NAME, "Tripped") == "true"
    assert bench.part(NAME).reset()
    bench.run(1)
    assert bench.log[-1] == (3600.6, "-emergency stop")
    assert bench.value(NAME, "Active") == bench.value(NAME, "Tripped") == "false"


def test_no_release_under_the_hand():
    bench = Bench(EmergencyStopSensor())
    bench.surround(stop_pressed=True)
    bench.run(1)
    assert not bench.part(NAME).reset()
    bench.run(1)
    assert bench.troubles


def test_pressed_while_the_station_is_dark():
    bench = Bench(EmergencyStopSensor())
    bench.power(on=False)
    bench.surround(stop_pressed=True)
    bench.surround(stop_pressed=False)
    bench.run(60)
    bench.power(on=True)
    bench.run(1)
    assert bench.troubles, "the button is still down"
