"""Derating: the curve, its steps, where temperature and current settle together, and the cut-off."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.physics.derating import CutOff, Derated, Derating
from simulator.physics.trace import Settling

CURVE = Derating(full_c=60.0, zero_c=80.0, hysteresis_k=3.0, steps=10)
TAU_S = 900.0

rests = st.floats(-30, 110)
rises = st.floats(0, 300)


def test_full_current_less_and_none() -> None:
    assert [CURVE.share(at) for at in (-20, 60, 65, 70, 80, 95)] == pytest.approx([1, 1, 0.75, 0.5, 0, 0])


@given(st.floats(-50, 150), st.floats(0, 50))
def test_hotter_is_never_more(temperature: float, more: float) -> None:
    assert CURVE.share(temperature + more) <= CURVE.share(temperature)


@pytest.mark.parametrize("wrong", [{"zero_c": 60.0}, {"hysteresis_k": 0.0}, {"steps": 0}])
def test_curves_that_are_none(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="derating"):
        Derating(**{"full_c": 60.0, "zero_c": 80.0, **wrong})  # type: ignore[arg-type]


def test_steps_come_at_their_level_and_go_with_hysteresis() -> None:
    assert CURVE.band(0) == (-math.inf, 62.0)
    assert CURVE.band(1) == pytest.approx((59.0, 64.0))
    assert CURVE.band(10) == pytest.approx((77.0, math.inf))
    assert [CURVE.step(at) for at in (61.9, 62.0, 63.9, 64.0, 80.0, 200.0)] == [0, 1, 1, 2, 10, 10]
    assert [CURVE.step(at, 1) for at in (60.0, 59.1, 59.0, 10.0)] == [1, 1, 0, 0]
    assert CURVE.step(77.5, 10) == 10
    assert CURVE.step(76.9, 10) == 9
    assert [CURVE.share_of(step) for step in (0, 5, 10)] == [1.0, 0.5, 0.0]


@given(st.floats(-50, 150), st.integers(0, 10))
def test_whatever_the_step_it_stays_where_it_is(temperature: float, before: int) -> None:
    step = CURVE.step(temperature, before)
    assert CURVE.step(temperature, step) == step
    low_c, high_c = CURVE.band(step)
    assert low_c < temperature < high_c
    if temperature < CURVE.full_c - CURVE.hysteresis_k:
        assert step == 0
    if temperature >= CURVE.zero_c:
        assert step == CURVE.steps


@given(rests, rises)
def test_the_balance_solves_its_equation(rest: float, rise: float) -> None:
    temperature, share = CURVE.balance(rest, rise)
    assert temperature == pytest.approx(rest + rise * share**2, abs=1e-6)
    assert share == pytest.approx(CURVE.share(temperature), abs=1e-9)


@given(rests, rises, st.floats(0, 100), st.floats(0, 50))
def test_hotter_surroundings_never_leave_more_current(rest: float, rise: float, more: float, warmer: float) -> None:
    before = CURVE.balance(rest, rise)
    assert CURVE.balance(rest + warmer, rise).share <= before.share + 1e-9
    assert CURVE.balance(rest, rise + more).temperature_c >= before.temperature_c - 1e-9


def test_a_known_balance() -> None:
    """30 °C, 80 K at full current: T = 30 + 80·u² and T = 80 − 20·u meet at u = (−20 + √16400)/160."""
    share = (-20 + math.sqrt(400 + 4 * 80 * 50)) / 160
    assert CURVE.balance(30.0, 80.0) == pytest.approx((80 - 20 * share, share))


@given(st.floats(-30, 120), rests, rises, st.floats(0, 6000))
def test_on_its_way_it_obeys_its_equation_and_never_passes_the_balance(
    value: float, rest: float, rise: float, elapsed: float
) -> None:
    trace = Derated(50.0, value, rest, rise, TAU_S, CURVE)
    now, final = trace.at(50 + elapsed), CURVE.balance(rest, rise).temperature_c
    assert min(value, final) - 1e-6 <= now <= max(value, final) + 1e-6
    assume(min(abs(now - CURVE.full_c), abs(now - CURVE.zero_c)) > 0.01)
    slope = (trace.at(50 + elapsed + 0.01) - trace.at(50 + elapsed - 0.01)) / 0.02 if elapsed > 1 else None
    if slope is not None:
        expected = (rest + rise * CURVE.share(now) ** 2 - now) / TAU_S
        assert slope == pytest.approx(expected, rel=1e-2, abs=1e-4)


@pytest.mark.parametrize(("rest", "rise"), [(81.0, 100.0), (81.0 + 1e-9, 100.0), (81.0 - 1e-9, 100.0), (110.0, 300.0)])
def test_surroundings_that_are_too_hot_by_themselves(rest: float, rise: float) -> None:
    """The first is the double root: span² + 4·rise·(zero − rest) = 0."""
    trace, steps = Derated(0.0, 60.0, rest, rise, TAU_S, CURVE), 200_000
    crosses_s = trace.reaches(80.0, 0.0)
    temperature, width_s = 60.0, crosses_s / steps
    for _ in range(steps):
        temperature += width_s * (rest + rise * CURVE.share(temperature) ** 2 - temperature) / TAU_S
    assert temperature == pytest.approx(80.0, abs=0.01)
    assert trace.at(crosses_s / 2) < 80 == pytest.approx(trace.at(crosses_s), abs=1e-4)


@given(st.floats(-30, 120), rests, rises)
def test_in_the_end_it_is_at_the_balance(value: float, rest: float, rise: float) -> None:
    trace = Derated(0.0, value, rest, rise, TAU_S, CURVE)
    assert trace.at(60 * TAU_S) == pytest.approx(CURVE.balance(rest, rise).temperature_c, abs=1e-4)


@given(st.floats(-30, 120), rests, rises, st.floats(0.01, 0.99), st.floats(0, 2000))
def test_it_reaches_what_lies_on_its_way_once(value: float, rest: float, rise: float, share: float, ago: float) -> None:
    trace, final = Derated(0.0, value, rest, rise, TAU_S, CURVE), CURVE.balance(rest, rise).temperature_c
    assume(abs(final - value) > 0.1)
    level = value + share * (final - value)
    instant_s = trace.reaches(level, -1.0)
    assert trace.at(instant_s) == pytest.approx(level, abs=1e-5)
    again_s = trace.reaches(level, ago)
    assert again_s == (pytest.approx(instant_s) if ago < instant_s else math.inf)
    beyond = final + math.copysign(0.5, final - value)
    assert trace.reaches(beyond, 0.0) == math.inf


def steps_taken(curve: Derating, value: float, rest: float, rise: float, most: int) -> list[int]:
    """Let a body live with a charger that lowers its current in steps, from event to event."""
    now, step = 0.0, curve.step(value)
    taken = [step]
    while len(taken) <= most:
        trace = Settling(now, value, rest + rise * curve.share_of(step) ** 2, TAU_S)
        now = curve.leaves_s(trace, step, now)
        if now == math.inf:
            break
        value = trace.at(now)
        step = curve.step(value, step)
        taken.append(step)
    return taken


@given(st.floats(-30, 59), st.floats(-30, 75), rises, st.integers(1, 20), st.floats(0.1, 12))
def test_steps_go_to_and_fro_only_if_no_step_can_stay(
    value: float, rest: float, rise: float, steps: int, hysteresis: float
) -> None:
    curve = Derating(60.0, 80.0, hysteresis, steps)
    stays = curve.resting_step(rest, rise)
    taken = steps_taken(curve, value, rest, rise, most=3 * steps + 10)
    assert len(taken) == len(set(taken)) or stays is None  # from below, every step is taken once
    if stays is not None:
        assert taken[-1] == stays


@given(st.floats(-30, 59), rises)
def test_a_hysteresis_wider_than_a_step_s_cooling_ends_all_swinging(rest: float, rise: float) -> None:
    cooling = max(rise * (CURVE.share_of(step) ** 2 - CURVE.share_of(step + 1) ** 2) for step in range(CURVE.steps))
    assert Derating(60.0, 80.0, cooling + 0.1, 10).resting_step(rest, rise) is not None


def test_a_step_that_cools_too_much_swings_between_two() -> None:
    curve = Derating(60.0, 80.0, hysteresis_k=1.0, steps=2)
    assert curve.resting_step(30.0, 45.0) is None
    assert set(steps_taken(curve, 20.0, 30.0, 45.0, most=20)) == {0, 1}
    assert Derating(60.0, 80.0, hysteresis_k=45.0, steps=2).resting_step(30.0, 45.0) == 1


def test_the_cut_off_waits_until_it_is_cooler() -> None:
    cut = CutOff(limit_c=90.0, hysteresis_k=10.0)
    assert [cut.off(at) for at in (89.9, 90.0, 95.0)] == [False, True, True]
    assert [cut.off(at, before=True) for at in (89.0, 80.1, 80.0)] == [True, True, False]
    assert (cut.level_c(off=False), cut.level_c(off=True)) == (90.0, 80.0)
