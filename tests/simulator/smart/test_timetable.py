"""When which period is in force: the edges of every rule, and that ``next_change`` misses none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.smart.profile import Kind, Period
from simulator.smart.timetable import change_of, in_force, next_change, period_of
from tests.simulator.smart.profiles import T0, at, installed, profile

DAY_S = 86_400


def limit(mine, seconds, began=T0):
    found = in_force(mine, mine.schedules[0], at(seconds), began)
    return None if found is None else found.limit


def change(mine, seconds, began=T0):
    found = next_change(mine, mine.schedules[0], at(seconds), began)
    return None if found is None else (found - T0).total_seconds()


def test_a_period_lasts_until_the_next_one_or_the_end():
    """K01.FR.12."""
    mine = profile((0, 6), (100, 8), duration_s=250)
    assert [limit(mine, s) for s in (-1, 0, 99.999, 100, 249.999, 250)] == [None, 6, 6, 8, 8, None]
    assert [change(mine, s) for s in (-1, 0, 99.999, 100, 249.999, 250)] == [0, 100, 100, 250, 250, None]


def test_without_a_duration_the_last_period_goes_on():
    assert limit(profile((0, 6), (100, 8)), 10**9) == 8
    assert change(profile((0, 6), (100, 8)), 100) is None


def test_a_schedule_at_the_end_of_all_time_ends_with_it():
    last = datetime(9999, 12, 31, tzinfo=UTC)
    mine = profile((0, 6), (2**31 - 1, 8), starts=last, duration_s=2**31 - 1)
    assert in_force(mine, mine.schedules[0], last, T0).limit == 6
    assert next_change(mine, mine.schedules[0], T0, T0) == last
    assert next_change(mine, mine.schedules[0], last, T0).year == 9999


def test_a_period_past_the_duration_is_not_executed():
    """K01.FR.11."""
    mine = profile((0, 6), (100, 8), (200, 10), duration_s=100)
    assert [limit(mine, s) for s in (99.9, 100, 200)] == [6, None, None]
    assert [change(mine, s) for s in (50, 100)] == [100, None]


def test_a_schedule_in_the_future_limits_nothing_yet():
    """K01.FR.30."""
    mine = profile((0, 6), starts=at(60))
    assert [limit(mine, s) for s in (0, 59.999, 60)] == [None, None, 6]
    assert change(mine, 0) == 60


def test_a_daily_schedule_begins_anew_at_the_same_time_over_midnight():
    """It starts at 22:00 and lasts until 02:00."""
    mine = profile((0, 6), (7200, 8), daily=True, starts=at(16 * 3600), duration_s=4 * 3600)
    evening, midnight, night = 16 * 3600, 18 * 3600, 20 * 3600
    for day in (0, 1, 365):
        base = day * DAY_S
        assert [limit(mine, base + s) for s in (evening, midnight - 1, midnight, night - 1, night)] == [
            6,
            6,
            8,
            8,
            None,
        ]
        assert change(mine, base + night) == base + DAY_S + evening
    assert limit(mine, evening - 1) is None  # not before its first day


def test_a_weekly_schedule_keeps_its_day_of_the_week():
    """Sundays from 00:00 to 24:00; the first one is eight days before."""
    mine = profile((0, 32), weekly=True, starts=at(-8 * DAY_S), duration_s=DAY_S)
    assert [limit(mine, day * DAY_S) for day in range(-9, 8)] == [
        None, 32, None, None, None, None, None, None, 32, None, None, None, None, None, None, 32, None,
    ]  # fmt: skip


def test_what_is_longer_than_a_recurrence_is_cut():
    """1.6 §5.16.4: the remaining periods are not executed."""
    mine = profile((0, 6), (DAY_S - 10, 8), (DAY_S + 10, 10), daily=True, duration_s=2 * DAY_S)
    assert [limit(mine, DAY_S + s) for s in (-1, 0, 10)] == [8, 6, 6]
    assert change(mine, DAY_S - 5) == DAY_S


def test_a_relative_schedule_counts_from_where_charging_could_begin():
    """K01.FR.42."""
    mine = profile((0, 6), (60, 8), kind=Kind.RELATIVE)
    assert [limit(mine, s, began=at(1000)) for s in (1000, 1059.9, 1060)] == [6, 6, 8]
    assert change(mine, 1000, began=at(1000)) == 1060


def test_validity_cuts_a_schedule_on_both_sides():
    """K01.FR.36, K01.FR.37: TC_K_21, TC_K_22."""
    mine = profile((0, 6), (100, 8), valid=(at(50), at(120)))
    assert [limit(mine, s) for s in (49, 50, 100, 119.9, 120)] == [None, 6, 8, 8, None]
    assert [change(mine, s) for s in (0, 50, 100, 120, 500)] == [50, 100, 120, None, None]


def test_an_installed_profile_is_asked_by_the_schedule_it_follows():
    mine = installed(profile((0, 6), (100, 8)))
    assert period_of(mine, at(1), T0) == Period(0, 6)
    assert change_of(mine, at(1), T0) == at(100)


profiles = st.builds(
    profile,
    st.just((0, 1)),
    *(st.tuples(st.integers(1 + 200 * n, 200 * (n + 1)), st.sampled_from([1, 2, 3])) for n in range(3)),
    daily=st.booleans(),
    duration_s=st.none() | st.integers(1, 900),
    starts=st.integers(-2 * DAY_S, 900).map(at),
    valid=st.tuples(st.none() | st.integers(-100, 900).map(at), st.none() | st.integers(-100, 900).map(at)),
)


@given(profiles, st.integers(-100, 1000), st.integers(0, 2000))
def test_between_two_changes_nothing_changes(mine, begin, later):
    """``next_change`` may name an instant at which all stays as it is, but never passes over one."""
    following = next_change(mine, mine.schedules[0], at(begin), T0)
    instant = at(begin + later)
    if following is None or instant < following:
        assert in_force(mine, mine.schedules[0], instant, T0) == in_force(mine, mine.schedules[0], at(begin), T0)


@given(profiles, st.integers(-100, 1000))
def test_the_next_change_is_in_the_future(mine, begin):
    following = next_change(mine, mine.schedules[0], at(begin), T0)
    assert following is None or following > at(begin)


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_a_recurring_schedule_repeats_itself_exactly(days):
    mine = profile((0, 6), (100, 8), daily=True, duration_s=300)
    for second in (0, 99, 100, 299, 300):
        there = in_force(mine, mine.schedules[0], at(second) + timedelta(days=days), T0)
        assert there == in_force(mine, mine.schedules[0], at(second), T0)
