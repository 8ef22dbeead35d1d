"""What a meter measures, against published values and geometry."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.metering import (
    ACTIVE,
    REACTIVE,
    Metrology,
    apparent_va,
    line_to_line_v,
    neutral_a,
    reactive_var,
)

VOLTS = st.floats(0, 300)
AMPERES = st.floats(0, 100)


def test_nominal_voltages_of_iec_60038() -> None:
    assert line_to_line_v(230, 230) == pytest.approx(400, rel=0.005)  # 230/400 V
    assert line_to_line_v(277, 277) == pytest.approx(480, rel=0.005)  # 277/480 V
    assert line_to_line_v(230, 0) == 230  # a dead phase is at neutral


@given(VOLTS, VOLTS)
def test_line_to_line_voltage_is_the_distance_of_two_vectors(one_v: float, other_v: float) -> None:
    other = other_v * complex(math.cos(2 * math.pi / 3), math.sin(2 * math.pi / 3))
    assert line_to_line_v(one_v, other_v) == pytest.approx(abs(one_v - other), abs=1e-9)


@given(AMPERES, AMPERES, AMPERES)
def test_neutral_current_is_the_sum_of_vectors(a: float, b: float, c: float) -> None:
    turn = complex(math.cos(2 * math.pi / 3), math.sin(2 * math.pi / 3))
    assert neutral_a((a, b, c)) == pytest.approx(abs(a + b * turn + c * turn**2), abs=1e-5)


def test_neutral_current_of_balanced_and_single_phase_loads() -> None:
    assert (neutral_a((16, 16, 16)), neutral_a((16, 0, 0)), neutral_a((16,))) == (0, 16, 16)


@given(st.floats(1, 1e5), st.floats(0.1, 1))
def test_powers_are_a_right_triangle(active_w: float, power_factor: float) -> None:
    apparent, reactive = apparent_va(active_w, power_factor), reactive_var(active_w, power_factor)
    assert math.hypot(active_w, reactive) == pytest.approx(apparent, rel=1e-9)
    assert reactive >= 0


def test_limits_are_those_of_the_directive() -> None:
    """2014/32/EU, annex V, table 2, first column of temperatures."""
    low = [ACTIVE[name].limit_percent(0.3, 0.5) for name in "ABC"]
    high = [ACTIVE[name].limit_percent(5, 0.5) for name in "ABC"]
    one_phase = [ACTIVE[name].limit_percent(5, 0.5, one_phase=True) for name in "ABC"]
    assert (low, high, one_phase) == ([3.5, 2.0, 1.0], [3.5, 2.0, 0.7], [4.0, 2.5, 1.0])


def test_a_class_is_named_after_its_limit() -> None:
    """IEC 62053-21 and -23."""
    assert [ACTIVE[name].percent for name in "12"] == [1, 2]
    assert [REACTIVE[name].percent for name in "23"] == [2, 3]


@given(st.sampled_from(sorted(ACTIVE)), st.floats(-1, 1), st.floats(0.02, 80), st.booleans())
def test_a_meter_is_never_beyond_its_class(name: str, bias: float, load_a: float, one_phase: bool) -> None:
    error = Metrology(accuracy=name).error(bias, load_a, one_phase=one_phase)
    limit = ACTIVE[name].limit_percent(load_a, 0.5, one_phase=one_phase) / 100
    assert error == -1 if load_a < ACTIVE[name].starts_at * 0.5 else abs(error) <= limit


def test_below_its_starting_current_a_meter_stands_still() -> None:
    """Annex V, table 1: class B starts at 0.04 of the transitional current at the latest."""
    meter = Metrology(accuracy="B", transition_a=0.5)
    assert (meter.error(0.5, 0.019), meter.error(0.5, 0.021)) == (-1, 0.01)
    assert Metrology().error(1.0, 0.0) == 0


@pytest.mark.parametrize("wrong", [{"accuracy": "D"}, {"reactive": "1"}, {"transition_a": 0}, {"resolution_wh": 0}])
def test_what_no_meter_is(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="meter"):
        Metrology(**wrong)  # type: ignore[arg-type]
