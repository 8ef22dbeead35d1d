"""Constant current, constant voltage: where the knee is, and how the current dies away after it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.curve import Curve
from simulator.electrical import Kind, Supply
from simulator.ev import EV
from simulator.evmodel import EvModel
from simulator.physics.battery import cc_cv, fade_s

OPEN_V = Curve(((0.0, 350.0), (1.0, 400.0)))
FAST = Supply(Kind.DC, 0, 920.0, 400.0, 150_000.0, 150.0, 0.95)


def test_knee_between_constant_current_and_constant_voltage() -> None:
    """100 A through 0.2 Ω are 20 V: from 370 V open-circuit on, at s = 0.6 of 350..400 V, 400 V are reached."""
    power_w, voltage_v = cc_cv(Curve(((0.0, 350.0), (1.0, 400.0))), 100.0, 400.0, 0.2)
    assert voltage_v.at(0.3) == pytest.approx(350 + 0.3 * 50 + 20)
    assert [power_w.at(soc) / voltage_v.at(soc) for soc in (0.1, 0.6, 0.8, 1.0)] == pytest.approx([100, 100, 50, 0])
    assert [voltage_v.at(soc) for soc in (0.6, 0.9)] == pytest.approx([400, 400])


def test_current_dies_away_exponentially_at_constant_voltage() -> None:
    """Ten minutes into the second phase, against exp(-t/τ) with τ = R·Q/U0'."""
    power_w, voltage_v = cc_cv(OPEN_V, 100.0, 400.0, 0.2)
    model = EvModel("t", 60_000, power_w, voltage_v, dc_max_w=1e6, dc_max_a=1e3, dc_efficiency=1.0)
    ev, offer = EV(model, 0.6), FAST.offer()
    tau_s = fade_s(50.0, 60_000, 400.0, 0.2)
    assert tau_s == pytest.approx(2160)  # 150 Ah · 0.2 Ω / 50 V
    before_a = ev.draw(offer).current_a[0]
    ev.advance(600, offer)
    assert before_a == pytest.approx(100)
    assert ev.draw(offer).current_a[0] == pytest.approx(100 * math.exp(-600 / tau_s))
    ev.advance(math.inf, offer)
    assert (400 - OPEN_V.at(ev.soc)) / 0.2 == pytest.approx(1.0), "it stops when 1 A is left"


@given(
    st.lists(st.floats(0, 50), min_size=2, max_size=5), st.floats(1, 400), st.floats(0, 30), st.floats(0.01, 1),
    st.floats(0, 1),
)  # fmt: skip
def test_neither_current_nor_voltage_is_exceeded(
    rises_v: list[float], max_a: float, spare_v: float, ohm: float, soc: float
) -> None:
    heights = [300 + sum(rises_v[: index + 1]) for index in range(len(rises_v))]
    open_v = Curve(tuple((index / (len(heights) - 1), volts) for index, volts in enumerate(heights)))
    max_v = heights[-1] + spare_v
    power_w, voltage_v = cc_cv(open_v, max_a, max_v, ohm)
    current_a = power_w.at(soc) / voltage_v.at(soc)
    assert voltage_v.at(soc) <= max_v * (1 + 1e-12)
    assert -1e-9 <= current_a <= max_a * (1 + 1e-9)
    assert voltage_v.at(soc) == pytest.approx(open_v.at(soc) + current_a * ohm, rel=1e-6)


@pytest.mark.parametrize("wrong", [(0.0, 400.0, 0.2), (100.0, 399.0, 0.2), (100.0, 400.0, 0.0)])
def test_what_no_battery_can_be(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="battery"):
        cc_cv(OPEN_V, *wrong)
