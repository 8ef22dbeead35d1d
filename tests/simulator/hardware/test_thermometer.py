"""Whatever flows and whatever the weather: the sensor's step always fits what it reads."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.hardware.contacts import ConnectorTemperatureSensor
from simulator.hardware.thermometer import Shifted, Thermometer
from simulator.physics.trace import Settling
from tests.simulator.hardware.bench import Bench

NAME, AT = "TemperatureSensor", (1, 1)
SENSOR = ConnectorTemperatureSensor(steps=5)

happenings = st.lists(
    st.tuples(
        st.floats(0, 32),  # A
        st.floats(-30, 60),  # °C outside
        st.floats(1, 8),  # times the resistance of a sound contact
        st.floats(-2e-3, 2e-4),  # growth of the power, per s
        st.floats(0.1, 3000),  # s
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(happenings)
def test_no_crossing_is_missed(happenings):
    bench = Bench(SENSOR)
    part: Thermometer = bench.part(NAME, *AT)
    for current_a, ambient_c, times, growth, lasts_s in happenings:
        part.worse_times = times
        bench.surround(ambient_c=ambient_c)
        bench.flow(current_a, legs=((growth, lasts_s / 2),))
        for _ in range(3):
            bench.run(lasts_s / 3)
            for point in part.points:
                now_c, stairs = point.read.at(bench.clock.now), point.guard.stairs
                if point.step < len(stairs.levels):
                    assert now_c < stairs.levels[point.step] + 1e-4
                if point.step > 0:
                    assert now_c > stairs.levels[point.step - 1] - stairs.hysteresis - 1e-4
            assert part.share == pytest.approx(1 - min(part.step, 5) / 5)
            assert (("derating", AT) in bench.troubles) is (part.step > 0)


@settings(deadline=None)
@given(happenings)
def test_the_same_happenings_give_the_same_temperatures(happenings):
    def run() -> list[float]:
        bench, seen = Bench(SENSOR), []
        for current_a, ambient_c, _, growth, lasts_s in happenings:
            bench.surround(ambient_c=ambient_c)
            bench.flow(current_a, legs=((growth, lasts_s),))
            bench.run(lasts_s)
            seen.append(bench.trace(NAME, "Temperature.Connector", *AT).at(bench.clock.now))
        return seen

    assert run() == run()


def test_a_trace_that_reads_too_high():
    shifted = Shifted(Settling(0, 20, 40, 100), 5.0)
    due_s = shifted.reaches(30, 0)
    assert shifted.at(due_s) == pytest.approx(30)
    assert shifted.truth.at(due_s) == pytest.approx(25)


def test_a_point_that_there_is_not():
    part: Thermometer = Bench(SENSOR).part(NAME, *AT)
    assert part.point("Cable").name == "Cable"
    with pytest.raises(KeyError):
        part.point("Handle")
