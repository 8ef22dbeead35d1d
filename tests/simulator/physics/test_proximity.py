"""The coding of cables against published tables, and what becomes of a wrong or missing resistor."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.proximity import (
    CODED_OHM,
    LATCHED_OHM,
    PRESSED_OHM,
    Cable,
    Latch,
    Proximity,
    Wrong,
    cable,
    coded_ohm,
    latch,
    latch_v,
)


@pytest.mark.parametrize(
    ("least_ohm", "nominal_ohm", "most_ohm", "rated_a"),
    [(1100, 1500, 2460, 13), (400, 680, 936, 20), (164, 220, 308, 32), (80, 100, 140, 63)],
)
def test_published_ranges(least_ohm: float, nominal_ohm: float, most_ohm: float, rated_a: float) -> None:
    """As a bring-up guide for stations after IEC 61851-1 lists them."""
    for ohm in (least_ohm, nominal_ohm, most_ohm):
        assert cable(ohm) == Cable(rated_a)
    assert CODED_OHM[rated_a] == nominal_ohm


@pytest.mark.parametrize(
    ("ohm", "rated_a"), [(76, 63), (99, 63), (170, 32), (300, 32), (340, 20), (900, 20), (1010, 13), (2190, 13)]
)
def test_a_published_interpretation_agrees(ohm: float, rated_a: float) -> None:
    """Phoenix Contact's EV Charge Control, table 5-1: 75..150, 150..330, 330..1000, 1000..2200 Ω."""
    assert cable(ohm) == Cable(rated_a)


@pytest.mark.parametrize(("ohm", "rated_a"), [(141, 32), (309, 20), (937, 13), (2461, 13), (4499, 13)])
def test_between_two_ranges_the_smaller_counts(ohm: float, rated_a: float) -> None:
    assert cable(ohm).rated_a == rated_a


@pytest.mark.parametrize(
    ("ohm", "wrong"), [(0, Wrong.SHORT), (59, Wrong.SHORT), (4501, Wrong.MISSING), (math.inf, Wrong.MISSING)]
)
def test_no_resistor_is_no_current(ohm: float, wrong: Wrong) -> None:
    assert cable(ohm) == Cable(0.0, wrong)


def test_one_phase_may_carry_more() -> None:
    assert (cable(100, phases=1).rated_a, cable(220, phases=1).rated_a) == (70, 32)


@pytest.mark.parametrize(("rated_a", "ohm"), [(10, 1500), (13, 1500), (16, 680), (32, 220), (63, 100), (70, 100)])
def test_resistor_of_a_cable(rated_a: float, ohm: float) -> None:
    assert coded_ohm(rated_a) == ohm


def test_faults_of_a_socket() -> None:
    contact = Proximity()
    assert contact.cable().wrong is Wrong.MISSING
    contact.resistor_ohm = 220
    assert contact.cable() == Cable(32)
    contact.error = 0.8
    assert contact.cable() == Cable(20), "a corroded contact makes the cable look thinner"
    contact.error = -2
    assert contact.cable().wrong is Wrong.SHORT
    contact.error, contact.broken = 0.0, True
    assert contact.cable().wrong is Wrong.MISSING
    contact.shorted = True
    assert contact.cable().wrong is Wrong.SHORT


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_resistance_never_means_a_thicker_cable(one_ohm: float, other_ohm: float) -> None:
    low, high = (cable(ohm) for ohm in sorted((one_ohm, other_ohm)))
    assert low.wrong is Wrong.SHORT or high.rated_a <= low.rated_a


@given(st.floats(0, 1e6))
def test_every_resistance_is_a_rating_or_wrong(ohm: float) -> None:
    found = cable(ohm)
    assert (found.rated_a > 0) is (found.wrong is None)


def test_nonsense_raises() -> None:
    with pytest.raises(ValueError, match="resistance"):
        cable(math.nan)
    with pytest.raises(ValueError, match="no cable"):
        coded_ohm(71)


@pytest.mark.parametrize(
    ("ohm", "volts", "state"),
    [(math.inf, 4.46, Latch.OUT), (PRESSED_OHM, 2.76, Latch.PRESSED), (LATCHED_OHM, 1.51, Latch.IN)],
)
def test_latch_of_type_1(ohm: float, volts: float, state: Latch) -> None:
    """SAE J1772: about 4.5 V without a plug, 2.8 V while the latch is pressed, 1.5 V when it is in."""
    assert latch_v(ohm) == pytest.approx(volts, abs=0.01)
    assert latch(volts) is state
