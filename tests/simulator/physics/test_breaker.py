"""Circuit-breakers against the time-current zone of IEC 60898-1, table 7; the station's own supervision; inrush."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.breaker import Breaker, BreakerKind, Characteristic, Inrush, Supervision, Supervisor

KINDS = [BreakerKind(32.0, characteristic) for characteristic in Characteristic]
kinds = st.sampled_from(KINDS)

SLOW_ZONE = {Characteristic.B: (3, 45), Characteristic.C: (5, 15), Characteristic.D: (10, 4)}
"""Multiple of In, and the time within which it trips, for In up to 32 A; 0.1 s at least (table 7, test d)."""
FAST_ZONE = {Characteristic.B: 5, Characteristic.C: 10, Characteristic.D: 20}
"""Multiple of In that trips in less than 0.1 s (table 7, test e)."""


@pytest.mark.parametrize("kind", KINDS)
def test_the_zone_of_iec_60898_1(kind: BreakerKind) -> None:
    assert kind.trip_s(1.13 * 32) == math.inf  # a
    carried = Breaker(kind, current_a=1.13 * 32)
    assert carried.trip_after_s(0.0) == math.inf
    carried.current_a = 1.45 * 32
    assert 0 < carried.trip_after_s(3600.0) < 3600  # b, right after a
    assert 1 < kind.trip_s(2.55 * 32) < 60  # c
    multiple, within_s = SLOW_ZONE[kind.characteristic]
    assert 0.1 < kind.trip_s(multiple * 32) < within_s  # d
    assert kind.trip_s(FAST_ZONE[kind.characteristic] * 32) < 0.1  # e


@given(
    kinds, st.floats(1.131, 1.449), st.floats(10, 200), st.floats(0.01, 30), st.floats(1.0, 10.0), st.floats(0, 1.13)
)
def test_more_current_is_never_slower_and_heat_makes_it_quicker(
    kind: BreakerKind, holds: float, tau_s: float, multiple: float, times: float, before: float
) -> None:
    kind = BreakerKind(kind.rated_a, kind.characteristic, holds, tau_s)
    heat = kind.final(before * kind.rated_a)
    cold_s, warm_s = kind.trip_s(multiple * 32), kind.trip_s(multiple * 32, heat)
    assert kind.trip_s(multiple * times * 32) <= cold_s
    assert warm_s <= cold_s


@given(kinds, st.floats(1.45, 100))
def test_whatever_must_trip_trips_within_the_hour(kind: BreakerKind, multiple: float) -> None:
    assert kind.trip_s(multiple * 32) < 3600


@pytest.mark.parametrize("wrong", [{"holds": 1.13}, {"holds": 1.45}, {"magnetic": 5.0}, {"magnetic": 10.1}])
def test_what_the_standard_does_not_allow_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"In"):
        BreakerKind(32.0, Characteristic.C, **wrong)


@given(kinds, st.floats(0.1, 30), st.lists(st.floats(0, 0.99), max_size=5))
def test_one_long_exposure_is_the_same_as_many_looks(kind: BreakerKind, multiple: float, looks: list[float]) -> None:
    whole_s = kind.trip_s(multiple * 32)
    if whole_s == math.inf:
        whole_s = 1000.0
    breaker = Breaker(kind, current_a=multiple * 32)
    for look in (0.0, *sorted(looks)):
        left_s = breaker.trip_after_s(look * whole_s)
        if kind.trip_s(multiple * 32) < math.inf:
            assert look * whole_s + left_s == pytest.approx(whole_s, rel=1e-6)
        else:
            assert left_s == math.inf


def test_it_goes_on_from_the_heat_that_it_has_and_cools_in_a_pause() -> None:
    kind = KINDS[1]
    breaker = Breaker(kind, current_a=2 * 32)
    whole_s = breaker.trip_after_s(0.0)
    breaker.current_a = 0.0
    assert breaker.trip_after_s(whole_s * 0.9) == math.inf
    breaker.current_a = 2 * 32
    soon_s = breaker.trip_after_s(whole_s * 0.9 + 5)
    assert whole_s * 0.1 < soon_s < whole_s
    breaker.current_a = 0.0
    breaker.trip_after_s(whole_s * 0.9 + 6)
    breaker.current_a = 2 * 32
    assert breaker.trip_after_s(whole_s * 0.9 + 6 + 20 * kind.tau_s) == pytest.approx(whole_s, rel=1e-6)


def test_a_bent_bimetal_does_not_let_it_be_closed() -> None:
    breaker = Breaker(KINDS[1], current_a=3 * 32)
    due_s = breaker.trip_after_s(0.0)
    breaker.current_a = 0.0
    breaker.trip_after_s(due_s + 1e-6)
    assert not breaker.closes(due_s)
    assert breaker.closes(due_s + 5)


def test_the_coil_counts_from_when_the_current_came() -> None:
    breaker = Breaker(KINDS[0], current_a=200.0)
    assert breaker.trip_after_s(1.0) == pytest.approx(0.01)
    assert breaker.trip_after_s(1.004) == pytest.approx(0.006)
    breaker.current_a = 0.0
    assert breaker.trip_after_s(1.005) == math.inf
    breaker.current_a = 200.0
    assert breaker.trip_after_s(1.006) == pytest.approx(0.01)


def test_a_hot_cabinet_takes_part_of_what_it_carries() -> None:
    kind = BreakerKind(32.0)
    assert kind.trip_s(1.2 * 32) == math.inf
    assert kind.trip_s(1.2 * 32, ambient_c=50.0) < math.inf
    warm = Breaker(kind, current_a=1.2 * 32, ambient_c=50.0)
    assert warm.trip_after_s(0.0) < math.inf
    cold = Breaker(kind, current_a=1.35 * 32, ambient_c=-20.0)
    assert cold.trip_after_s(0.0) == math.inf


def test_the_closed_form_of_iec_60255_149() -> None:
    kind = BreakerKind(10.0, holds=1.2, tau_s=100.0)
    assert kind.trip_s(24.0) == pytest.approx(100 * math.log(4 / 3))
    assert kind.trip_s(24.0, heat=0.5) == pytest.approx(100 * math.log(3.5 / 3))
    assert kind.trip_s(12.0) == math.inf
    assert kind.trip_s(0.0, heat=1.0) == 0.0


@given(kinds, st.floats(1.3, 30), st.floats(0, 1.2), st.floats(0, 1e9))
def test_who_wakes_when_it_is_due_finds_it_due(kind: BreakerKind, multiple: float, before: float, now: float) -> None:
    breaker = Breaker(kind, current_a=before * 32)
    breaker.trip_after_s(now)
    breaker.current_a = multiple * 32
    now += 30
    now += breaker.trip_after_s(now)
    assert breaker.trip_after_s(now) == 0.0


def test_a_jammed_one_never_trips() -> None:
    assert Breaker(KINDS[0], current_a=1000.0, jammed=True).trip_after_s(0.0) == math.inf
    assert Breaker(KINDS[0], jammed=True).takes(Inrush(2000.0, 0.1), 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_inrush_that_an_ev_is_allowed_does_not_trip(kind: BreakerKind) -> None:
    breaker = Breaker(kind, current_a=0.99 * 32)
    breaker.trip_after_s(0.0)
    pulse = Inrush()
    assert pulse.square_a2s == pytest.approx(2.645)
    assert all(breaker.takes(pulse, 3600.0 + second) for second in range(50))


def test_a_pulse_that_lasts_does_trip() -> None:
    assert not Breaker(KINDS[0]).takes(Inrush(2000.0, 0.01), 0.0)  # the coil
    assert not Breaker(KINDS[2]).takes(Inrush(600.0, 10.0), 0.0)  # the bimetal
    assert Inrush(100.0, 0.02).above_s(100 / math.e) == pytest.approx(0.02)
    assert Inrush(100.0, 0.02).above_s(101.0) == 0.0


@given(st.floats(1, 300), st.floats(0.001, 5.0))
def test_a_pulse_s_heat_is_its_integral(peak_a: float, tau_s: float) -> None:
    pulse, steps = Inrush(peak_a, tau_s), 4000
    width_s = 20 * tau_s / steps
    summed = sum((peak_a * math.exp(-(step + 0.5) * width_s / tau_s)) ** 2 * width_s for step in range(steps))
    assert pulse.square_a2s == pytest.approx(summed, rel=1e-3)


def test_the_station_s_watch_leaves_ten_percent_and_seven_seconds() -> None:
    assert Supervision().bound_a(16.0) == pytest.approx(18.15)
    watch = Supervisor(Supervision(), current_a=18.1, allowed_a=16.0)
    assert watch.trip_after_s(0.0) == math.inf
    watch.current_a = 18.2
    assert watch.trip_after_s(10.0) == pytest.approx(7.0)
    assert watch.trip_after_s(13.0) == pytest.approx(4.0)
    watch.current_a = 16.0
    assert watch.trip_after_s(14.0) == math.inf
    watch.current_a = 30.0
    assert watch.trip_after_s(15.0) == pytest.approx(7.0)
    assert watch.trip_after_s(30.0) == 0.0


def test_an_ev_that_follows_a_lower_offer_in_five_seconds_is_left_alone() -> None:
    watch = Supervisor(Supervision(), current_a=32.0, allowed_a=32.0)
    assert watch.trip_after_s(0.0) == math.inf
    watch.allowed_a = 6.0
    assert watch.trip_after_s(100.0) > 5.0
    watch.current_a = 6.0
    assert watch.trip_after_s(105.0) == math.inf
