"""A course on its own: what goes beside charging, what stands still, and that its stretches add up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.course import Course, course
from simulator.curve import Curve
from simulator.electrical import Kind, Supply
from simulator.evmodel import load_ev_model

POLE = Supply(Kind.AC, 3, 230.0, 32.0)
GAIN = 1 / (3600 * 10_000)  # a battery of 10 kWh without losses


def test_nothing_charges_where_all_goes_beside() -> None:
    way = Course(Curve.level(2_000), 1.0, GAIN, beside_w=3_000)
    assert way.after(0.5, 3600) == (0.5, 0.0)
    assert (way.seconds(0.5, 0.6), way.besides_w(0.5)) == (math.inf, 2_000)
    assert [stretch.energy_ws for stretch in way.stretches(0.5, 100)] == [pytest.approx(200_000)]


def test_what_goes_beside_takes_its_time_too() -> None:
    way = Course(Curve.level(5_000), 1.0, GAIN, beside_w=3_000)
    assert way.seconds(0.5, 0.6) == pytest.approx(1_000 / 2_000 * 3600)
    soc, charged_ws = way.after(0.5, 1800)
    assert (soc, charged_ws) == pytest.approx((0.6, 2_000 * 1800))


@given(
    st.lists(st.floats(500, 10_000), min_size=2, max_size=5), st.floats(0, 1), st.floats(0, 400), st.floats(0, 50_000)
)
def test_stretches_add_up(powers_w: list[float], soc: float, beside_w: float, seconds: float) -> None:
    corners = tuple((index / (len(powers_w) - 1), power_w) for index, power_w in enumerate(powers_w))
    way = Course(Curve(corners), 1.0, GAIN, beside_w)
    stretches = list(way.stretches(soc, seconds))
    _, charged_ws = way.after(soc, seconds)
    whole_ws = charged_ws + beside_w * seconds
    assert math.fsum(stretch.seconds for stretch in stretches) == pytest.approx(seconds, abs=1e-6)
    assert math.fsum(stretch.energy_ws for stretch in stretches) == pytest.approx(whole_ws, rel=1e-9, abs=1e-3)
    for stretch in stretches:
        if stretch.seconds > 0:  # the mean of squares is not below the square of the mean
            assert stretch.square_w2s * stretch.seconds >= stretch.energy_ws**2 * (1 - 1e-9)


def test_the_courses_of_one_model_differ_by_what_goes_beside() -> None:
    model = load_ev_model("sedan-77kwh")
    alone, heating = (course(model, 1.0, POLE.offer(), beside_w) for beside_w in (0.0, 4_000.0))
    assert alone.power_w.at(0.3) == heating.power_w.at(0.3) == pytest.approx(11_000)
    assert heating.seconds(0.3, 0.4) == pytest.approx(alone.seconds(0.3, 0.4) * 11 / 7)
    assert alone.stop_soc == heating.stop_soc
