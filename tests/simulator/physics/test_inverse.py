"""Time/current characteristics and what a varying current adds up to."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.inverse import Exposure, InverseTime

CURVE = InverseTime(0.5, ((1.0, 0.4), (2.0, 0.1), (5.0, 0.04)))


def test_the_points_are_met_and_the_lines_are_straight_in_logarithms() -> None:
    assert [CURVE.after_s(at) for at in (1.0, 2.0, 5.0, 50.0)] == pytest.approx([0.4, 0.1, 0.04, 0.04])
    assert CURVE.after_s(math.sqrt(2)) == pytest.approx(0.2)  # the middle of a line with slope -2
    assert CURVE.after_s(0.5) == pytest.approx(1.6)  # the first line goes on
    assert CURVE.after_s(0.4999) == math.inf


@pytest.mark.parametrize(
    ("threshold", "points"),
    [(0.5, ()), (0.0, ((1.0, 1.0),)), (1.5, ((1.0, 1.0),)), (0.5, ((1.0, 1.0), (1.0, 0.5))), (0.5, ((1, 1), (2, 2)))],
)
def test_what_is_no_characteristic(threshold: float, points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match=r"threshold|points"):
        InverseTime(threshold, points)


@given(st.floats(0.01, 100), st.floats(1.0, 10))
def test_more_current_is_never_slower(current: float, times: float) -> None:
    assert CURVE.after_s(current * times) <= CURVE.after_s(current) * (1 + 1e-12)


@given(st.floats(0.5, 4.9))
def test_it_has_no_jumps_above_the_threshold(current: float) -> None:
    assert CURVE.after_s(current * (1 + 1e-9)) == pytest.approx(CURVE.after_s(current), rel=1e-7)


@given(st.floats(0.5, 20), st.lists(st.floats(0.01, 0.99), max_size=5))
def test_looking_in_between_changes_nothing(current: float, looks: list[float]) -> None:
    whole_s = CURVE.after_s(current)
    exposure = Exposure(CURVE, reset_s=1.0)
    exposure.follow(current, 0.0)
    for look in sorted(looks):
        exposure.follow(current, look * whole_s)
    assert max(looks, default=0) * whole_s + exposure.left_s(max(looks, default=0) * whole_s) == pytest.approx(whole_s)


def test_half_of_one_time_and_half_of_another_make_a_whole() -> None:
    exposure = Exposure(CURVE, reset_s=1.0)
    exposure.follow(1.0, 0.0)
    exposure.follow(2.0, 0.2)
    assert exposure.left_s(0.2) == pytest.approx(0.05)
    assert exposure.left_s(0.26) == 0.0


def test_what_was_due_stays_due_when_the_current_ends_and_is_gone_when_cleared() -> None:
    exposure = Exposure(CURVE, reset_s=1.0)
    exposure.follow(5.0, 0.0)
    exposure.follow(0.0, 1.0)
    assert exposure.left_s(1.0) == 0.0
    exposure.follow(5.0, 1.0)
    exposure.clear(1.0)
    assert exposure.left_s(1.0) == pytest.approx(0.04)


@given(st.floats(0.5, 20), st.floats(0, 1e9))
def test_who_wakes_when_it_is_due_finds_it_due(current: float, begin_s: float) -> None:
    exposure = Exposure(CURVE, reset_s=1.0)
    exposure.follow(current, begin_s)
    due_s = begin_s + exposure.left_s(begin_s)
    exposure.follow(current, due_s)
    assert exposure.left_s(due_s) == 0.0


def test_it_forgets_in_its_reset_time() -> None:
    exposure = Exposure(CURVE, reset_s=1.0)
    exposure.follow(1.0, 0.0)
    exposure.follow(0.0, 0.2)
    assert [exposure.at(now) for now in (0.2, 0.45, 0.7, 9.0)] == pytest.approx([0.5, 0.25, 0.0, 0.0])
    assert exposure.left_s(0.3) == math.inf


@given(st.floats(0.01, 100))
def test_a_ramp_is_the_sum_of_its_many_steps(rise: float) -> None:
    steps = 2000
    ends = CURVE.rising_a(rise)
    width = (ends - 0.5) / steps
    share = sum(width / rise / CURVE.after_s(0.5 + (step + 0.5) * width) for step in range(steps))
    assert share == pytest.approx(1.0, rel=1e-3)


def test_only_a_rising_ramp_ends() -> None:
    with pytest.raises(ValueError, match="ramp"):
        CURVE.rising_a(0.0)
