"""Insulation against the limits of IEC 61851-23, and a monitor against the definition of its response time."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.physics.insulation import Insulation, Monitor, in_all_ohm, insulation, touch_a

ohms = st.floats(1, 1e7)


@pytest.mark.parametrize(
    ("max_v", "ohm", "expected"),
    [
        (500, 50_000, Insulation.FAULT),
        (500, 50_001, Insulation.WARNING),
        (500, 250_000, Insulation.WARNING),
        (500, 250_001, Insulation.VALID),
        (1000, 100_000, Insulation.FAULT),
        (1000, 500_000, Insulation.WARNING),
        (1000, 500_001, Insulation.VALID),
        (920, 0, Insulation.FAULT),
    ],
)
def test_published_limits(max_v: float, ohm: float, expected: Insulation) -> None:
    """IEC 61851-23: fault up to 100 Ω/V, warning up to 500 Ω/V."""
    assert insulation(ohm, max_v) is expected


def test_the_limit_keeps_the_current_through_a_body_at_ten_milliamperes() -> None:
    assert touch_a(400, 100 * 400) == pytest.approx(0.010)
    assert touch_a(400, 0) == math.inf


def test_both_poles_count() -> None:
    assert in_all_ohm(200_000, 200_000) == pytest.approx(100_000)
    assert in_all_ohm(70_000) == pytest.approx(70_000)
    assert (in_all_ohm(0, 1e6), in_all_ohm(math.inf)) == (0, math.inf)


@given(st.floats(0.1, 20), ohms)
def test_response_time_is_that_of_a_fall_to_half_of_the_alarm(response_s: float, alarm_ohm: float) -> None:
    """IEC 61557-8."""
    assert Monitor(response_s).alarm_s(alarm_ohm / 2, alarm_ohm) == pytest.approx(response_s)


@given(ohms, ohms)
def test_alarm_comes_where_the_insulation_is_worse_than_it(true_ohm: float, alarm_ohm: float) -> None:
    assume(not math.isclose(true_ohm, alarm_ohm, rel_tol=1e-6))
    assert math.isfinite(Monitor().alarm_s(true_ohm, alarm_ohm)) is (true_ohm < alarm_ohm)


@given(ohms, ohms, ohms)
def test_a_worse_fault_is_known_sooner(one_ohm: float, other_ohm: float, alarm_ohm: float) -> None:
    worse, better = sorted((one_ohm, other_ohm))
    assert Monitor().alarm_s(worse, alarm_ohm) <= Monitor().alarm_s(better, alarm_ohm) + 1e-9


def test_reading_follows_and_says_when() -> None:
    reading = Monitor(10.0).reading(100.0, math.inf, 40_000)
    assert reading.at(100.0) == math.inf
    assert reading.at(110.0) == pytest.approx(80_000)
    assert reading.at(1000.0) == pytest.approx(40_000)
    when_s = reading.reaches(46_000, 100.0)
    assert reading.at(when_s) == pytest.approx(46_000)
    assert (reading.reaches(39_000, 100.0), reading.reaches(0, 100.0)) == (math.inf, math.inf)


def test_recovery_is_a_reading_too() -> None:
    reading = Monitor(10.0).reading(0.0, 40_000, 1e7)
    assert reading.reaches(500_000, 0.0) > 10
    assert Monitor().alarm_s(1e7, 50_000, shown_ohm=40_000) == 0.0, "it stands in alarm already"
