import pytest

from simulator.hardware.motion import ShockSensor, TiltSensor
from tests.simulator.hardware.bench import Bench


@pytest.mark.parametrize("side", [1, -1])
def test_tilt(side):
    bench = Bench(TiltSensor(most_deg=15, back_deg=2, on_s=1, off_s=5))
    bench.surround(tilt_deg=side * 14.9)
    bench.run(10)
    assert bench.value("TiltSensor", "Angle") == f"{side * 14.9}"
    assert not bench.log
    bench.surround(tilt_deg=side * 20.0)
    bench.run(10)
    bench.surround(tilt_deg=side * 13.5)
    bench.run(10)
    bench.surround(tilt_deg=0.0)
    bench.run(10)
    assert bench.log == [(11.0, "+tilt"), (35.0, "-tilt")]


def test_force_is_mass_times_acceleration():
    bench = Bench(ShockSensor(mass_kg=100))
    bench.surround(shock_g=2.0)
    assert bench.value("ShockSensor", "Force") == "1961"  # 100 kg · 2 · 9.80665 m/s²
    assert not bench.log


def test_a_blow_is_over_at_once_but_is_told():
    bench = Bench(ShockSensor(most_g=3, off_s=5))
    bench.surround(shock_g=8.0)
    bench.surround(shock_g=0.0)
    bench.run(60)
    assert bench.log == [(0.0, "+shock"), (5.0, "-shock")]
    assert bench.value("ShockSensor", "Force") == "4707"
    bench.part("ShockSensor").reset()
    assert bench.value("ShockSensor", "Force") == "0"
