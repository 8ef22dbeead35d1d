"""Piecewise-linear functions: value, lowest, and where one falls below another."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.curve import Curve, lowest

heights = st.lists(st.floats(0, 1000), min_size=2, max_size=6)
places = st.floats(0, 1)


def evenly(ys: list[float]) -> Curve:
    return Curve(tuple((index / (len(ys) - 1), y) for index, y in enumerate(ys)))


def test_value_between_and_beyond_the_points() -> None:
    curve = Curve(((0.2, 10.0), (0.4, 30.0)))
    assert curve.at(0.3) == pytest.approx(20)
    assert (curve.at(0.0), curve.at(0.2), curve.at(0.4), curve.at(1.0)) == (10, 10, 30, 30)


@pytest.mark.parametrize("points", [(), ((0.5, 1.0), (0.5, 2.0)), ((0.5, 1.0), (0.4, 2.0)), ((0.0, math.nan),)])
def test_points_that_make_no_function(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match=r"points?"):
        Curve(points)


@given(st.lists(heights, min_size=1, max_size=4), places)
def test_lowest_is_the_least_everywhere(several: list[list[float]], x: float) -> None:
    curves = [evenly(ys) for ys in several]
    assert lowest(curves).at(x) == pytest.approx(min(curve.at(x) for curve in curves), abs=1e-6)


@given(heights, heights)
def test_last_at_least_finds_the_last_place(ys: list[float], floors: list[float]) -> None:
    curve, floor = evenly(ys), evenly(floors)
    found = curve.last_at_least(floor, 0.0, 1.0)
    beyond = [i / 1000 for i in range(1001) if found is None or i / 1000 > found + 1e-9]
    assert all(curve.at(x) < floor.at(x) + 1e-9 for x in beyond)
    assert found is None or curve.at(found) == pytest.approx(max(curve.at(found), floor.at(found)), abs=1e-6)


@given(heights, places, st.floats(-1000, 1000))
def test_raised_by_the_same_everywhere(ys: list[float], x: float, by: float) -> None:
    assert evenly(ys).raised(by).at(x) == pytest.approx(evenly(ys).at(x) + by, abs=1e-9)
