"""Residual current protection against the limits of IEC 61008-1 and IEC 62955."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.residual import AC_LIMITS, DC_LIMITS, RCM, RDC_DD, TYPE_A, Residual, limit_s, type_a

RATED_A = 0.030


def trip_s(device: Residual) -> float:
    return device.trip_after_s(0.0)


@pytest.mark.parametrize(("multiple", "longest_s"), [(1.0, 0.3), (2.0, 0.15), (5.0, 0.04), (17.0, 0.04)])
@pytest.mark.parametrize("kind", [TYPE_A, RCM])
def test_break_times_of_iec_61008_1(kind: object, multiple: float, longest_s: float) -> None:
    took_s = trip_s(Residual(TYPE_A if kind is TYPE_A else RCM, leakage_ac_a=multiple * RATED_A))
    assert 0 < took_s <= longest_s == limit_s(AC_LIMITS, multiple)


@pytest.mark.parametrize(("current_a", "longest_s"), [(0.006, 10.0), (0.060, 0.3), (0.200, 0.1), (0.300, 0.1)])
@pytest.mark.parametrize("sign", [1, -1])
def test_break_times_of_iec_62955(current_a: float, longest_s: float, sign: int) -> None:
    took_s = trip_s(Residual(RDC_DD, leakage_dc_a=sign * current_a))
    assert 0 < took_s <= longest_s == limit_s(DC_LIMITS, current_a)


@pytest.mark.parametrize(("current_a", "published_s"), [(0.006, 0.7), (0.06, 0.24), (0.3, 0.02)])
def test_published_times_of_a_detector(current_a: float, published_s: float) -> None:
    assert trip_s(Residual(RDC_DD, leakage_dc_a=current_a)) == pytest.approx(published_s)


@given(st.floats(0, 0.5), st.floats(0.501, 1.0))
def test_half_the_rated_current_never_trips(multiple: float, trips_at: float) -> None:
    assert trip_s(Residual(type_a(trips_at=trips_at), leakage_ac_a=multiple * RATED_A)) == math.inf


@given(st.floats(1.0, 500), st.floats(0.501, 1.0))
def test_every_current_above_the_rated_one_trips_in_time(multiple: float, trips_at: float) -> None:
    took_s = trip_s(Residual(type_a(trips_at=trips_at), leakage_ac_a=multiple * RATED_A))
    assert took_s <= limit_s(AC_LIMITS, multiple)


@given(st.floats(0.006, 1.0))
def test_every_smooth_current_from_6_ma_trips_in_time(current_a: float) -> None:
    assert trip_s(Residual(RDC_DD, leakage_dc_a=current_a)) <= limit_s(DC_LIMITS, current_a)


def test_a_current_that_rises_within_30_s_trips_it_between_half_and_the_rated_one() -> None:
    """IEC 61008-1, 9.9.2: the current is raised steadily to IΔn within about 30 s."""
    assert TYPE_A.ac is not None
    assert 0.5 * RATED_A < TYPE_A.ac.rising_a(RATED_A / 30) < RATED_A


@pytest.mark.parametrize("trips_at", [0.5, 1.01])
def test_a_threshold_outside_the_standard_is_refused(trips_at: float) -> None:
    with pytest.raises(ValueError, match="RCD"):
        type_a(trips_at=trips_at)


@given(st.floats(0.501, 1.0))
def test_pulsating_current_trips_between_0_35_and_1_4_times(trips_at: float) -> None:
    """IEC 61008-1, 9.9.3: a half wave must not trip below 0.35 IΔn and must at 1.4 IΔn, within 0.3 s."""
    kind = type_a(trips_at=trips_at)
    assert trip_s(Residual(kind, leakage_ac_a=0.35 * RATED_A, pulsating=True)) == math.inf
    assert trip_s(Residual(kind, leakage_ac_a=1.4 * RATED_A, pulsating=True)) <= 0.3
    assert trip_s(Residual(kind, leakage_ac_a=2.8 * RATED_A, pulsating=True)) <= 0.15
    assert trip_s(Residual(kind, leakage_ac_a=7 * RATED_A, pulsating=True)) <= 0.04


def test_6_ma_dc_leaves_a_type_a_as_it_is_and_more_blinds_it() -> None:
    clean, superimposed, saturated = (
        trip_s(Residual(TYPE_A, leakage_ac_a=RATED_A, leakage_dc_a=dc_a)) for dc_a in (0.0, 0.006, 0.060)
    )
    assert clean == superimposed
    assert saturated == math.inf
    assert trip_s(Residual(RCM, leakage_ac_a=RATED_A, leakage_dc_a=0.060)) < 0.3  # electronics see both


def test_a_type_a_does_not_see_smooth_current() -> None:
    assert trip_s(Residual(TYPE_A, leakage_dc_a=0.3)) == math.inf


def test_what_leaked_before_counts() -> None:
    device = Residual(TYPE_A, leakage_ac_a=RATED_A)
    assert trip_s(device) == pytest.approx(0.27)
    device.leakage_ac_a = 2 * RATED_A
    assert device.trip_after_s(0.135) == pytest.approx(0.04)
    assert device.cause(0.135) is None
    assert device.trip_after_s(0.175) == pytest.approx(0.0, abs=1e-9)
    assert device.cause(0.175) == "AC"


def test_the_cause_is_the_current_that_came_first() -> None:
    device = Residual(RCM, leakage_ac_a=RATED_A, leakage_dc_a=0.060)
    assert trip_s(device) == pytest.approx(0.24)
    assert device.cause(0.24) == "DC"


def test_nothing_leaks_behind_an_open_contactor() -> None:
    device = Residual(RCM, leakage_ac_a=1.0)
    assert device.trip_after_s(0.0, live=False) == math.inf
    assert device.trip_after_s(5.0) == pytest.approx(0.02)


def test_a_reset_starts_again_from_rest() -> None:
    device = Residual(TYPE_A, leakage_ac_a=RATED_A)
    trip_s(device)
    assert device.trip_after_s(0.3) == 0.0
    device.reset(0.3)
    assert device.trip_after_s(0.3) == pytest.approx(0.27)


@pytest.mark.parametrize("kind", [TYPE_A, RDC_DD, RCM])
def test_a_sound_device_passes_its_own_test(kind: object) -> None:
    chosen = next(each for each in (TYPE_A, RDC_DD, RCM) if each is kind)
    passed, took_s = Residual(chosen).self_test()
    assert passed
    assert 0 < took_s <= chosen.test_within_s


def test_a_deaf_or_jammed_device_fails_its_own_test_after_all_the_time_it_had() -> None:
    assert Residual(RDC_DD, sensitivity=0.5).self_test() == (False, 10.0)
    assert Residual(RDC_DD, jammed=True).self_test() == (False, 10.0)
    assert trip_s(Residual(RDC_DD, leakage_dc_a=0.3, jammed=True)) == math.inf
    assert trip_s(Residual(RDC_DD, leakage_dc_a=0.3, sensitivity=0.0)) == math.inf


def test_a_weaker_transducer_still_passes_while_6_ma_are_enough() -> None:
    assert Residual(RDC_DD, sensitivity=0.76).self_test().passed
    assert not Residual(RDC_DD, sensitivity=0.74).self_test().passed
