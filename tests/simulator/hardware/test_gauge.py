"""What every sensor of a number does, shown by one of the air outside."""

from hypothesis import given
from hypothesis import strategies as st

from simulator.hardware.gauge import Gauge
from simulator.hardware.weather import ExternalTemperatureSensor
from tests.simulator.hardware.bench import Bench

NAME = "ExternalTemperatureSensor"
SENSOR = ExternalTemperatureSensor(tau_s=100, low_c=0, high_c=30, hysteresis_k=2)


@given(st.lists(st.tuples(st.floats(-40, 60), st.floats(0.1, 500)), min_size=1, max_size=8))
def test_it_is_active_when_it_has_been_beyond_a_limit_and_not_come_back(weather):
    bench = Bench(SENSOR)
    for ambient_c, lasts_s in weather:
        bench.surround(ambient_c=ambient_c)
        bench.run(lasts_s)
        now_c = bench.trace(NAME, "Temperature").at(bench.clock.now)
        active = bench.value(NAME, "Active") == "true"
        if now_c > 30 + 1e-6 or now_c < -1e-6:
            assert active
        if 2 + 1e-6 < now_c < 28 - 1e-6:
            assert not active


def test_without_power_it_judges_nothing_and_with_it_at_once():
    bench = Bench(SENSOR)
    bench.surround(ambient_c=20.0)
    bench.part(NAME)
    bench.power(on=False)
    bench.surround(ambient_c=50.0)
    bench.run(3600)
    assert not bench.jumps
    bench.power(on=True)
    assert [key for _, key in bench.jumps] == [f"{NAME}.Active"]


def test_one_timer_at_a_time():
    bench = Bench(SENSOR)
    part = bench.part(NAME)
    assert isinstance(part, Gauge)
    for number in range(100):
        bench.surround(ambient_c=50.0 + number % 2)
    waiting = [entry for entry in bench.clock.env._queue if not getattr(entry[3], "cancelled", False)]
    assert len(waiting) <= 1
