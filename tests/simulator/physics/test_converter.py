"""The converter: what goes in comes out or becomes heat, whatever the load; and current moves at its rate."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.converter import Converter, Slew, Stretch, current_slew

REAL = Converter(150_000.0, full=0.95, peak=0.96, peak_load=0.4, standby_w=120.0)
FLAT = Converter(150_000.0, full=0.95)

converters = st.builds(
    lambda rated_w, full, better, load, standby_w: Converter(rated_w, full, full + better, load, standby_w),
    st.floats(1e3, 1e6), st.floats(0.85, 0.95), st.floats(0, 0.01), st.floats(0.05, 0.4), st.floats(0, 500),
)  # fmt: skip
loads = st.floats(0.001, 1)


def test_efficiencies_are_those_of_the_data_sheet() -> None:
    assert REAL.efficiency(150_000) == pytest.approx(0.95)
    assert REAL.efficiency(60_000) == pytest.approx(0.96)
    assert max(REAL.efficiency(load * 1500) for load in range(1, 101)) == pytest.approx(0.96)
    assert REAL.efficiency(7_500) < 0.9, "at little load what is always lost weighs most"


def test_standby() -> None:
    assert (REAL.input_w(0), REAL.loss_w(0), REAL.efficiency(0)) == (120, 120, 0)


@given(st.floats(1, 150_000))
def test_without_a_best_load_the_efficiency_is_the_same_everywhere(output_w: float) -> None:
    assert FLAT.efficiency(output_w) == pytest.approx(0.95)
    assert FLAT.output_w(output_w / 0.95) == pytest.approx(output_w)


@given(converters, loads)
def test_what_goes_in_comes_out_or_becomes_heat(converter: Converter, load: float) -> None:
    output_w = load * converter.rated_w
    assert converter.input_w(output_w) == pytest.approx(output_w + converter.loss_w(output_w))
    assert converter.output_w(converter.input_w(output_w)) == pytest.approx(output_w)
    assert converter.loss_w(output_w) > 0


@given(converters, loads)
def test_no_load_is_served_better_than_the_best(converter: Converter, load: float) -> None:
    best = converter.efficiency(converter.peak_load * converter.rated_w)
    assert converter.efficiency(load * converter.rated_w) <= best + 1e-12


@given(st.floats(0, 200_000), st.floats(0, 200_000))
def test_more_input_never_gives_less(one_w: float, other_w: float) -> None:
    low_w, high_w = sorted((one_w, other_w))
    assert 0 <= REAL.output_w(low_w) <= REAL.output_w(high_w) <= high_w


@given(st.floats(1e3, 150_000), st.floats(-1e-3, 1e-3), st.floats(1, 3600), st.floats(0, 10_000))
def test_energy_balance_over_a_stretch(begin_w: float, growth: float, seconds: float, beside_w: float) -> None:
    """The closed form against Simpson's rule in 400 steps, for power that grows or falls exponentially."""
    end_w = begin_w * math.exp(growth * seconds)
    energy_ws = (end_w - begin_w) / growth if abs(growth * seconds) > 1e-6 else (begin_w + end_w) / 2 * seconds
    lost_ws = REAL.lost_ws([Stretch.of(seconds, energy_ws, begin_w, end_w, beside_w)])
    steps = 400
    powers = [beside_w + begin_w * math.exp(growth * seconds * step / steps) for step in range(steps + 1)]
    heats = [REAL.loss_w(power_w) for power_w in powers]
    simpson = heats[0] + heats[-1] + 4 * math.fsum(heats[1:-1:2]) + 2 * math.fsum(heats[2:-1:2])
    assert lost_ws == pytest.approx(simpson * seconds / steps / 3, rel=1e-5)


def test_a_stretch_without_power_costs_standby() -> None:
    assert REAL.lost_ws([Stretch(10.0, 0.0, 0.0), Stretch.of(5.0, 0.0, 0.0, 0.0)]) == pytest.approx(15 * 120)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rated_w": 0.0}, {"full": 1.2}, {"peak": 0.9}, {"peak_load": 1.0}, {"standby_w": -1.0},
        {"full": 0.8, "peak": 0.99, "peak_load": 0.9},
    ],
)  # fmt: skip
def test_what_no_converter_can_be(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="efficien"):
        Converter(**{"rated_w": 1000.0, **wrong})


@pytest.mark.parametrize(
    ("now_a", "wanted_a", "emergency", "seconds"),
    [(0, 400, False, 20), (400, 0, False, 4), (400, 0, True, 2), (100, 100, False, 0)],
)
def test_current_moves_at_the_rates_of_the_standard(
    now_a: float, wanted_a: float, emergency: bool, seconds: float
) -> None:
    """IEC 61851-23: at least 20 A/s up, 100 A/s down, 200 A/s in an emergency."""
    slew = current_slew(5.0, now_a, wanted_a, emergency=emergency)
    assert slew.seconds == pytest.approx(seconds)
    assert slew.at(5.0 + seconds) == pytest.approx(wanted_a)


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(0.1, 500), st.floats(0, 1))
def test_a_slew_reaches_what_it_passes(value: float, final: float, rate: float, part: float) -> None:
    slew = Slew(10.0, value, final, rate)
    instant_s = slew.reaches(value + (final - value) * part, 9.0)
    if math.isfinite(instant_s):
        assert slew.at(instant_s) == pytest.approx(value + (final - value) * part, abs=1e-6)
        assert 10.0 <= instant_s <= 10.0 + slew.seconds + 1e-6
    assert slew.reaches(max(value, final) + 1, 9.0) == math.inf


def test_a_slew_sums_up() -> None:
    slew = Slew(0.0, 0.0, 400.0, 20.0)
    assert slew.integral(20.0) == pytest.approx(4000)
    assert slew.integral(30.0) == pytest.approx(8000)
    assert (Slew(0.0, 1.0, 2.0, 0.0).seconds, Slew(0.0, 1.0, 2.0, 0.0).reaches(2.0, -1.0)) == (math.inf, math.inf)
