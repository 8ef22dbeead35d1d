"""Bodies warmed by losses, against their differential equation and the rated values of the standards."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.thermal import (
    CONTACT_LIMIT_C,
    CONTACT_RISE_K,
    MATINGS,
    Air,
    Body,
    Driven,
    body,
    contact_ohm,
    converter_w,
    joule_w,
)
from simulator.physics.trace import Trace

CABINET = Body(resistance_k_w=0.08, tau_s=3600.0, cooled_k_w=0.02, solar_w=200.0)

growths = st.one_of(st.floats(-0.01, 0.01), st.sampled_from([0.0, -1 / 600, -1 / 600 * (1 + 1e-12)]))
driven = st.builds(
    Driven,
    begin_s=st.floats(0, 1e6),
    value=st.floats(-30, 120),
    base=st.floats(-30, 60),
    tau_s=st.just(600.0),
    drive=st.one_of(st.just(0.0), st.floats(1e-6, 0.5)),
    growth=growths,
)


def slope(trace: Trace, instant_s: float, step_s: float = 0.01) -> float:
    return (trace.at(instant_s + step_s) - trace.at(instant_s - step_s)) / (2 * step_s)


def test_losses() -> None:
    assert joule_w(32.0, 0.001) == pytest.approx(1.024)
    assert converter_w(150_000, 0.95) == pytest.approx(7894.7, abs=0.1)
    assert contact_ohm(0.0004, 0) == 0.0004
    assert contact_ohm(0.0004, MATINGS) == pytest.approx(0.0008)
    with pytest.raises(ValueError, match="efficiency"):
        converter_w(1.0, 0.0)


def test_a_contact_at_its_rated_current_is_as_warm_as_iec_62196_1_allows() -> None:
    contact = body(CONTACT_RISE_K, 32.0, 0.0004, 900.0)
    air = Air(40.0)
    assert contact.rest_c(air, joule_w(32.0, 0.0004)) == pytest.approx(CONTACT_LIMIT_C)
    assert contact.rest_c(air, joule_w(16.0, 0.0004)) == pytest.approx(52.5)
    assert contact.rest_c(air, joule_w(32.0, contact_ohm(0.0004, MATINGS))) == pytest.approx(140.0)


def test_63_percent_after_one_time_constant() -> None:
    trace = CABINET.warming(100.0, 20.0, Air(20.0), 500.0)
    assert trace.at(100.0) == 20.0
    assert trace.at(100.0 + 3600) == pytest.approx(20 + 40 * (1 - 1 / math.e))
    assert trace.reaches(40.0, 100.0) == pytest.approx(100 + 3600 * math.log(2))


def test_a_fan_cools_and_quickens_and_the_sun_warms() -> None:
    still, blown = Air(30.0), Air(30.0, fan=1.0)
    assert CABINET.rest_c(still, 500.0) == pytest.approx(70.0)
    assert CABINET.rest_c(blown, 500.0) == pytest.approx(40.0)
    assert CABINET.rest_c(Air(30.0, sun=1.0), 0.0) == pytest.approx(46.0)
    assert CABINET.settling_s(blown) == pytest.approx(900.0)
    assert CABINET.capacity_j_k == pytest.approx(45_000.0)
    assert 40 < CABINET.rest_c(Air(30.0, fan=0.5), 500.0) < 70
    assert Body(0.1, 100.0).rest_c(Air(fan=1.0), 10.0) == pytest.approx(21.0)


@pytest.mark.parametrize("wrong", [(0.0, 1.0, None), (1.0, 0.0, None), (1.0, 1.0, 2.0), (1.0, 1.0, 0.0)])
def test_what_is_no_body(wrong: tuple[float, float, float | None]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Body(*wrong)


@given(st.floats(-30, 120), st.floats(-30, 50), st.floats(0, 2000), st.floats(0, 1), st.floats(0, 1e6))
def test_it_never_passes_its_equilibrium(value: float, ambient: float, loss: float, fan: float, after: float) -> None:
    air = Air(ambient, fan)
    rest = CABINET.rest_c(air, loss)
    now = CABINET.warming(0.0, value, air, loss).at(after)
    assert min(value, rest) - 1e-9 <= now <= max(value, rest) + 1e-9


@given(driven, st.floats(0, 5000))
def test_a_driven_body_obeys_its_equation(trace: Driven, elapsed: float) -> None:
    now = trace.begin_s + elapsed
    flow = (trace.base - trace.at(now)) / trace.tau_s + trace.drive * math.exp(trace.growth * elapsed)
    assert slope(trace, now, 0.5) == pytest.approx(flow, rel=1e-3, abs=1e-5)
    assert trace.at(trace.begin_s) == pytest.approx(trace.value, abs=1e-9)


@given(st.floats(-30, 120), st.floats(0, 2000), st.floats(0, 20_000))
def test_without_growth_it_is_the_same_as_a_constant_loss(value: float, loss: float, elapsed: float) -> None:
    air = Air(25.0, fan=0.3, sun=0.5)
    steady = CABINET.warming(5.0, value, air, loss)
    assert CABINET.driven(5.0, value, air, loss, growth_per_s=0.0).at(5 + elapsed) == pytest.approx(
        steady.at(5 + elapsed), abs=1e-8
    )


@given(driven, st.floats(1, 5000))
def test_two_legs_are_one(trace: Driven, split: float) -> None:
    middle = trace.begin_s + split
    rest = Driven(
        middle, trace.at(middle), trace.base, trace.tau_s, trace.drive * math.exp(trace.growth * split), trace.growth
    )
    assert rest.at(middle + 500) == pytest.approx(trace.at(middle + 500), rel=1e-7, abs=1e-6)


@given(driven)
def test_where_it_turns_it_stands_still(trace: Driven) -> None:
    turns_s = trace.turns_s
    if turns_s < math.inf and turns_s - trace.begin_s < 50_000:
        assert slope(trace, turns_s, 0.5) == pytest.approx(0.0, abs=1e-3 * max(1.0, abs(trace.at(turns_s)) / 100))


@given(driven, st.floats(0, 3000), st.floats(-30, 150))
def test_the_first_crossing_is_found(trace: Driven, after: float, level: float) -> None:
    begin_s = trace.begin_s + after
    instant_s = trace.reaches(level, begin_s)
    if instant_s < math.inf:
        assert instant_s > begin_s
        assert trace.at(instant_s) == pytest.approx(level, rel=1e-6, abs=1e-4)
    side = trace.at(begin_s) - level
    last_s = min(instant_s, begin_s + 20_000)
    looks = [begin_s + (last_s - begin_s) * share / 50 for share in range(1, 50)]
    if abs(side) > 1e-6:
        assert all((trace.at(look) - level) * side > -1e-4 * max(1.0, abs(trace.at(look))) for look in looks)


def test_a_loss_that_dies_as_fast_as_the_body_cools_peaks_where_it_should() -> None:
    """g = −1/τ: T = base + (D + q·t)·e^(−t/τ), which is highest at t = τ − D/q."""
    trace = Driven(100.0, 40.0, 20.0, 600.0, drive=0.1, growth=-1 / 600)
    assert trace.turns_s == pytest.approx(100 + 400)
    assert trace.at(500.0) == pytest.approx(20 + 60 * math.exp(-2 / 3))


def test_it_comes_back_to_where_it_began_only_if_it_turns() -> None:
    there_and_back = Driven(0.0, 30.0, 25.0, 600.0, drive=0.1, growth=-0.002)
    back_s = there_and_back.reaches(30.0, 0.0)
    assert there_and_back.turns_s < back_s < math.inf
    assert there_and_back.at(back_s) == pytest.approx(30.0, abs=1e-6)
    assert Driven(0.0, 30.0, 25.0, 600.0, drive=0.1, growth=0.0).reaches(30.0, 0.0) == math.inf
    assert Driven(0.0, 30.0, 25.0, 600.0, drive=0.0, growth=0.0).reaches(30.0, 0.0) == math.inf


def test_a_loss_that_stays_is_reached_as_a_settling_body_reaches_it() -> None:
    air = Air(25.0)
    steady, driven = CABINET.warming(7.0, 25.0, air, 500.0), CABINET.driven(7.0, 25.0, air, 500.0, growth_per_s=0.0)
    for level in (26.0, 45.0, 64.9):
        assert driven.reaches(level, 7.0) == pytest.approx(steady.reaches(level, 7.0), abs=1e-5)
    assert driven.reaches(65.1, 7.0) == math.inf


def test_a_loss_that_grows_reaches_everything() -> None:
    trace = Driven(0.0, 20.0, 20.0, 600.0, drive=0.001, growth=0.001)
    assert trace.at(trace.reaches(500.0, 0.0)) == pytest.approx(500.0, abs=1e-4)
    assert trace.reaches(19.0, 0.0) == math.inf


@pytest.mark.parametrize("growth", [5e-324, -5e-324, 1e-257, 1e-17, -1e-30, -1e-18, -1e-12])
def test_a_growth_that_no_charge_lives_to_see_is_none(growth: float) -> None:
    trace = Driven(0.0, 20.0, 20.0, 600.0, drive=0.1, growth=growth)
    assert trace.reaches(50.0, 0.0) == pytest.approx(600 * math.log(2), abs=1e-3)
    assert trace.reaches(80.1, 0.0) == math.inf


def test_far_from_the_axis_s_origin_a_crossing_is_as_near_as_numbers_are() -> None:
    trace = Driven(1e11, 20.0, 20.0, 600.0, drive=0.1, growth=-0.001)
    assert trace.at(trace.reaches(30.0, 1e11)) == pytest.approx(30.0, abs=1e-4)


def test_a_cabinet_during_a_taper_warms_and_cools_again() -> None:
    """4 kW of loss that halve every 20 minutes: up through 45 °C, over a maximum, down again, to the ambient."""
    growth = -math.log(2) / 1200
    trace = CABINET.driven(0.0, 25.0, Air(25.0, fan=1.0), 4000.0, growth_per_s=growth)
    up_s = trace.reaches(45.0, 0.0)
    down_s = trace.reaches(45.0, up_s)
    assert 0 < up_s < trace.turns_s < down_s < math.inf
    assert trace.at(up_s) == pytest.approx(45.0, abs=1e-5)
    assert trace.at(down_s) == pytest.approx(45.0, abs=1e-5)
    assert trace.at(trace.turns_s) > max(trace.at(trace.turns_s - 60), trace.at(trace.turns_s + 60))
    assert trace.at(1e6) == pytest.approx(25.0)
    assert trace.reaches(45.0, down_s) == math.inf
    assert trace.reaches(trace.at(trace.turns_s) + 0.1, 0.0) == math.inf
