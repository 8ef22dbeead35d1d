"""Quantities over time in closed form: their value, and when they reach a level."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.trace import Course, Ramp, Settling, Steady, Trace

numbers = st.floats(-1e6, 1e6)


def test_what_is_steady_reaches_nothing() -> None:
    assert Steady(3.0).at(1e9) == 3.0
    assert Steady(3.0).reaches(3.0, 0.0) == math.inf


def test_a_ramp_passes_each_level_once() -> None:
    ramp = Ramp(begin_s=10.0, value=5.0, slope=-0.5)
    assert ramp.at(14.0) == 3.0
    assert ramp.reaches(3.0, 10.0) == 14.0
    assert ramp.reaches(3.0, 14.0) == math.inf
    assert ramp.reaches(6.0, 10.0) == math.inf


def test_half_the_way_takes_the_logarithm_of_two() -> None:
    settling = Settling(begin_s=5.0, value=0.0, final=10.0, tau_s=100.0)
    assert settling.reaches(5.0, 5.0) == pytest.approx(5 + 100 * math.log(2))
    assert settling.at(5 + 100 * math.log(2)) == pytest.approx(5.0)


@pytest.mark.parametrize("level", [10.0, 10.1, -0.1, math.inf, -math.inf])
def test_what_settles_never_arrives_nor_goes_back(level: float) -> None:
    assert Settling(5.0, 0.0, 10.0, 100.0).reaches(level, 5.0) == math.inf
    assert Settling(5.0, 5e-324, 0.0, 100.0).reaches(level, 5.0) == math.inf


def test_a_course_is_searched_between_its_corners() -> None:
    course = Course(lambda instant_s: abs(instant_s - 10.0), corners_s=(10.0, 30.0))
    assert course.reaches(4.0, 0.0) == pytest.approx(6.0, abs=1e-5)
    assert course.reaches(4.0, 7.0) == pytest.approx(14.0, abs=1e-5)
    assert course.reaches(21.0, 0.0) == math.inf


@given(
    st.one_of(
        st.builds(Ramp, st.just(0.0), numbers, numbers),
        st.builds(Settling, st.just(0.0), numbers, numbers, st.just(60.0)),
    ),
    numbers,
    st.floats(0, 1000),
)
def test_where_it_reaches_a_level_it_has_it(trace: Trace, level: float, after_s: float) -> None:
    instant_s = trace.reaches(level, after_s)
    if instant_s < 1e6:
        assert instant_s > after_s
        assert trace.at(instant_s) == pytest.approx(level, abs=1e-3)
