"""The duty cycle against the tables of IEC 61851-1 annex A as makers of test adapters print them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics import duty
from simulator.physics.duty import Meaning, current_a, meaning, percent

PUBLISHED_A = {
    8: 6.0, 9: 6.0, 10: 6.0, 11: 6.6, 16: 9.6, 20: 12.0, 25: 15.0, 26: 15.6, 33: 19.8, 40: 24.0, 50: 30.0, 53: 31.8,
    60: 36.0, 64: 38.4, 70: 42.0, 75: 45.0, 80: 48.0, 84: 50.4, 85: 51.0, 86: 55.0, 87: 57.5, 88: 60.0, 89: 62.5,
    90: 65.0, 91: 67.5, 92: 70.0, 93: 72.5, 94: 75.0, 95: 77.5, 96: 80.0, 97: 80.0,
}  # fmt: skip
"""Duty cycle in % to A: table 4 of the manual of the Fluke FEV300 test adapter, after IEC 61851-1."""


@pytest.mark.parametrize(("duty_percent", "expected_a"), PUBLISHED_A.items())
def test_published_currents(duty_percent: float, expected_a: float) -> None:
    assert current_a(duty_percent) == pytest.approx(expected_a)


@pytest.mark.parametrize(
    ("duty_percent", "expected"),
    [
        (0, Meaning.NOTHING), (2.9, Meaning.NOTHING), (3, Meaning.DIGITAL), (5, Meaning.DIGITAL), (7, Meaning.DIGITAL),
        (7.5, Meaning.NOTHING), (8, Meaning.CURRENT), (97, Meaning.CURRENT), (97.1, Meaning.NOTHING),
        (100, Meaning.NOTHING),
    ],
)  # fmt: skip
def test_published_meanings(duty_percent: float, expected: Meaning) -> None:
    assert meaning(duty_percent) is expected
    assert (current_a(duty_percent) > 0) is (expected is Meaning.CURRENT)


@pytest.mark.parametrize(
    ("offered_a", "expected"),
    [(6, 10), (10, 16.667), (16, 26.667), (20, 33.333), (32, 53.333), (51, 85), (63, 89.2), (70, 92), (80, 96)],
)
def test_what_a_station_gives(offered_a: float, expected: float) -> None:
    assert percent(offered_a) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(("offered_a", "arrives_a"), [(0, 0), (5.9, 0), (51.5, 51), (52.5, 51), (125, 80)])
def test_what_cannot_be_offered_becomes_less(offered_a: float, arrives_a: float) -> None:
    assert current_a(percent(offered_a)) == pytest.approx(arrives_a)


@given(st.one_of(st.floats(6, 51), st.floats(52.6, 80)))
def test_an_offer_arrives_as_it_is(offered_a: float) -> None:
    assert current_a(percent(offered_a)) == pytest.approx(offered_a)


@given(st.floats(0, 1000))
def test_an_offer_never_arrives_as_more(offered_a: float) -> None:
    assert current_a(percent(offered_a)) <= offered_a + 1e-9


@given(st.floats(10, 96).filter(lambda cycle: not 85 < cycle <= 85.1))
def test_a_duty_cycle_comes_back(cycle: float) -> None:
    assert percent(current_a(cycle)) == pytest.approx(cycle)


@given(st.floats(8, 97), st.floats(8, 97))
def test_a_longer_pulse_never_says_less(one: float, other: float) -> None:
    assert (current_a(one) <= current_a(other)) or one > other


@pytest.mark.parametrize("nonsense", [-1, 101, float("nan")])
def test_no_such_duty_cycle(nonsense: float) -> None:
    with pytest.raises(ValueError, match="duty cycle"):
        meaning(nonsense)
    with pytest.raises(ValueError, match="duty cycle"):
        current_a(nonsense)


def test_no_such_current() -> None:
    with pytest.raises(ValueError, match="current"):
        percent(float("nan"))
    assert duty.FREQUENCY_HZ * duty.FREQUENCY_TOLERANCE == 20  # 980..1020 Hz
