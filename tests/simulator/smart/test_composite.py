"""How profiles come together: the specification's own examples, and laws that hold whatever the profiles are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.smart.composite import (
    Site,
    Step,
    Visit,
    change_after,
    leaders,
    leading,
    rate_at,
    stairs,
    whole_seconds,
)
from simulator.smart.profile import Kind, Period, Purpose, Unit
from simulator.smart.rate import Feed, Rate
from tests.simulator.smart.profiles import AC1, AC3, DC, T0, at, installed, profile

TX, DEFAULT, MAX, EXTERNAL = Purpose.TX, Purpose.TX_DEFAULT, Purpose.STATION_MAX, Purpose.EXTERNAL
GRID = Feed(3, 230.0, 63.0, 43_470.0)
VISIT = Visit(1, T0, "tx")


def site(*profiles, feeds=(AC3,), grid=GRID, transaction="tx", local=None):
    visits = tuple(Visit(number, T0, transaction) for number in range(1, len(feeds) + 1))
    return Site(tuple(profiles), grid, tuple(feeds), visits, local or tuple(feed.local for feed in feeds))


def told(one: Site, evse=1, seconds=400, unit=Unit.A, start=T0, most=1000):
    steps = one.composite(evse, unit, start, start + timedelta(seconds=seconds), most)
    return [(period.start_s, period.limit) for period in whole_seconds(steps, seconds)]


# -- one purpose -----------------------------------------------------------------------------------------------------


def test_the_higher_stack_level_leads():
    """K01.FR.17: 0 is the lowest level."""
    low, high = installed(profile((0, 6), level=0)), installed(profile((0, 10), level=1, id=2))
    assert leading([low, high], DEFAULT, VISIT, T0) == (high, Period(0, 10))
    assert leading([high, low], DEFAULT, VISIT, T0) == (high, Period(0, 10))


def test_a_level_without_a_period_lets_the_next_one_through():
    low = installed(profile((0, 6), level=0))
    over = installed(profile((0, 10), level=1, id=2, duration_s=50))
    yet = installed(profile((0, 12), level=2, id=3, valid=(at(100), None)))
    found = [leading([low, over, yet], DEFAULT, VISIT, at(s)) for s in (0, 50, 100)]
    assert [led[1].limit for led in found if led] == [10, 6, 12]


def test_a_default_of_evse_0_holds_at_every_evse_but_not_at_the_grid_connection():
    """K01.FR.14."""
    common = installed(profile((0, 6)), evse=0)
    assert all(leading([common], DEFAULT, Visit(evse, T0), T0) for evse in (1, 2))
    assert leading([common], DEFAULT, Visit(0, T0), T0) is None


def test_one_connectors_own_default_replaces_that_of_all_even_while_it_has_no_period():
    """1.6 §3.13.1."""
    common = installed(profile((0, 6)), evse=0)
    own = installed(profile((0, 10), id=2, duration_s=50), evse=1)
    assert leading([common, own], DEFAULT, Visit(1, T0), T0) == (own, Period(0, 10))
    assert leading([common, own], DEFAULT, Visit(1, T0), at(60)) is None
    assert leading([common, own], DEFAULT, Visit(2, T0), at(60)) == (common, Period(0, 6))


def test_a_profile_of_another_transaction_says_nothing():
    mine = installed(profile((0, 6), purpose=TX), transaction="other")
    assert leading([mine], TX, VISIT, T0) is None


# -- all purposes ----------------------------------------------------------------------------------------------------


def situation(*, with_tx: bool):
    """Part 2 figures 99 and 100."""
    profiles = [
        installed(profile((0, 20), purpose=MAX, id=1), evse=0),
        installed(profile((0, 10), level=0, id=2)),
        installed(profile((0, 30), level=1, id=3)),
        installed(profile((0, 12), level=2, id=4)),
        installed(profile((0, 5), purpose=EXTERNAL, level=0, id=-1), evse=0),
        installed(profile((0, 15), purpose=EXTERNAL, level=1, id=-2), evse=0),
    ]
    if with_tx:
        profiles += [
            installed(profile((0, 8), purpose=TX, level=0, id=5), transaction="tx"),
            installed(profile((0, 14), purpose=TX, level=1, id=6), transaction="tx"),
        ]
    return site(*profiles)


def test_the_lowest_of_the_leading_ones_counts():
    """§K.3.5, situation 1: of 20, 12 and 15."""
    assert told(situation(with_tx=False)) == [(0, 12)]


def test_a_tx_profile_overrules_the_default_one_be_it_higher_or_lower():
    """§K.3.5, situation 2: of 20, 14 and 15."""
    assert told(situation(with_tx=True)) == [(0, 14)]


def test_after_a_tx_profile_the_default_one_counts_again():
    """K02.FR.08."""
    default = installed(profile((0, 8)))
    mine = installed(profile((0, 20), purpose=TX, id=2, duration_s=100), transaction="tx")
    assert told(site(default, mine)) == [(0, 20), (100, 8)]
    assert [led[0] for led in leaders([default, mine], VISIT, at(50))] == [mine]


def test_without_profiles_the_hardware_limits():
    """TC_K_39: even without a profile there is a schedule."""
    assert told(site()) == [(0, 32)]
    assert told(site(), evse=0) == [(0, 32)]
    assert told(site(), unit=Unit.W) == [(0, 22_080)]
    assert told(site(feeds=(AC3, AC3)), evse=0) == [(0, 63)]


# -- the specification's test cases ----------------------------------------------------------------------------------


def test_stacking_as_in_tc_k_40():
    """Level 1 for 150 s above level 0; asked 30 s after both began."""
    low = installed(profile((0, 6), (100, 8), (200, 10), level=0, duration_s=400, valid=(None, at(401))))
    high = installed(profile((0, 7), (100, 9), level=1, id=2, duration_s=150, valid=(None, at(401))))
    assert told(site(low, high), seconds=350) == [(0, 7), (100, 9), (150, 8), (200, 10)]
    assert told(site(low, high), seconds=350, start=at(30)) == [(0, 7), (70, 9), (120, 8), (170, 10)]


@pytest.mark.parametrize("start", [0, 7, 49])
def test_combining_as_in_tc_k_41(start):
    """A maximum of 10 A for a day, a default schedule of 300 s and a transaction's of 260 s."""
    profiles = (
        installed(profile((0, 10), purpose=MAX, id=1, duration_s=86_400), evse=0),
        installed(profile((0, 6), (60, 10), (120, 8), (180, 15), (260, 8), id=2, duration_s=300)),
        installed(profile((0, 8), (50, 11), (140, 16), (200, 6), (240, 12), purpose=TX, id=3, duration_s=260), 1, "tx"),
    )
    expected = [(0, 8), (50 - start, 10), (200 - start, 6), (240 - start, 10), (260 - start, 8), (300 - start, 10)]
    assert told(site(*profiles), start=at(start)) == expected


@pytest.mark.parametrize("unit", Unit)
def test_a_limit_at_every_evse_makes_so_many_times_that_at_the_grid(unit):
    """TC_K_22: 6 A (or their power) at each of two EVSEs until validTo."""
    limit = 6 if unit is Unit.A else 6 * 690
    mine = installed(profile((0, limit), unit=unit, valid=(None, at(300))), evse=0)
    one = site(mine, feeds=(AC3, AC3))
    assert told(one, evse=1, unit=unit)[0] == told(one, evse=2, unit=unit)[0] == (0, limit)
    assert told(one, evse=0, unit=unit)[0] == (0, 2 * limit)
    assert [begin for begin, _ in told(one, evse=0, unit=unit)] == [0, 300]


def test_valid_from_as_in_tc_k_21():
    """Where nobody charges a relative schedule begins with whoever would begin now (K08.FR.06)."""
    mine = installed(profile((0, 6), kind=Kind.RELATIVE, valid=(at(300), None)))
    assert told(site(mine, transaction=None)) == [(0, 32), (300, 6)]


def test_start_schedule_as_in_tc_k_23():
    mine = installed(profile((0, 6), starts=at(60), valid=(at(50), at(400))))
    assert told(site(mine), seconds=300) == [(0, 32), (60, 6)]


CHRISTMAS = datetime(2020, 12, 25, tzinfo=UTC)


def test_a_calendar_of_stacked_profiles_as_in_part_2():
    """§K.3.6.1: 2 kW from 17:00 to 20:00, not on Sundays, not at Christmas."""
    peak = profile(
        (0, 2000), unit=Unit.W, level=1, id=10, daily=True, starts=datetime(2020, 1, 9, 17, tzinfo=UTC),
        duration_s=3 * 3600,
    )  # fmt: skip
    sunday = profile(
        (0, 999_999), unit=Unit.W, level=2, id=11, weekly=True, starts=datetime(2020, 1, 5, tzinfo=UTC),
        duration_s=86_400,
    )  # fmt: skip
    year = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    feast = profile((0, 999_999), unit=Unit.W, level=3, id=12, starts=CHRISTMAS, duration_s=86_400, valid=year)
    one = site(*map(installed, (peak, sunday, feast)))

    def limit(day, hour):
        return one.step(1, Unit.W, datetime(2020, 12, day, hour, tzinfo=UTC)).limit

    assert [limit(24, hour) for hour in (16, 17, 19, 20)] == [22_080, 2_000, 2_000, 22_080]
    assert limit(25, 18) == 22_080
    assert limit(26, 18) == 2_000
    assert limit(27, 18) == 22_080  # a Sunday


# -- units, phases, kinds of stations --------------------------------------------------------------------------------


def test_units_are_compared_not_their_numbers():
    """10 A on three phases are less than 8 kW, and more than 6 kW."""
    amperes = installed(profile((0, 10), purpose=MAX), evse=0)
    for watts, expected in ((8_000, 6_900), (6_000, 6_000)):
        power = installed(profile((0, watts), unit=Unit.W, id=2))
        assert told(site(amperes, power), unit=Unit.W) == [(0, expected)]


def test_the_lowest_number_of_phases_is_used():
    """§K.3.7: 16 A on three phases and 20 A on one are 16 A on one."""
    three = installed(profile(Period(0, 16, 3), purpose=MAX), evse=0)
    single = installed(profile(Period(0, 20, 1), id=2))
    assert site(three, single).step(1, Unit.A, T0) == Step(T0, 16, 1)
    assert site(three, single).step(1, Unit.W, T0) == Step(T0, 3_680, 1)


def test_a_dc_outlet_has_no_phases():
    mine = installed(profile(Period(0, 50_000, 3), unit=Unit.W))
    one = site(mine, feeds=(DC,), grid=Feed(3, 230.0, 228.8, 157_894.7))
    assert one.step(1, Unit.W, T0) == Step(T0, 50_000, 0)
    assert one.step(0, Unit.W, T0).limit == pytest.approx(50_000 / 0.95)
    assert whole_seconds([one.step(1, Unit.W, T0)], 60) == (Period(0, 50_000),)


def test_single_phase_outlets_take_their_share_of_a_grid_limit_in_a():
    mine = installed(profile((0, 20), purpose=MAX), evse=0)
    one = site(mine, feeds=(AC1, AC1), grid=Feed(1, 230.0, 64.0, 14_720.0))
    assert one.step(1, Unit.W, T0).limit == pytest.approx(4_600)
    assert one.step(0, Unit.A, T0).limit == 20


def test_a_cable_or_heat_limits_too():
    """K08: possible local limits."""
    assert told(site(local=(AC3.local & Rate(20, phases=3),))) == [(0, 20)]


def test_an_external_limit_of_one_evse_is_its_own():
    mine = installed(profile((0, 6), purpose=EXTERNAL, id=-1), evse=2)
    one = site(mine, feeds=(AC3, AC3))
    assert [one.step(evse, Unit.A, T0).limit for evse in (1, 2, 0)] == [32, 6, 38]


# -- as it is told ---------------------------------------------------------------------------------------------------


def test_told_limits_are_never_above_true_ones():
    """A boundary within a second counts for all of it, and digits are cut."""
    steps = [Step(at(0), 10, 3), Step(at(5.7), 6.66, 3), Step(at(9.2), 16, 3)]
    assert whole_seconds(steps, 60) == (Period(0, 10, 3), Period(5, 6.6, 3), Period(10, 16, 3))


def test_two_changes_within_a_second_are_one():
    steps = [Step(at(0), 10, 3), Step(at(5.2), 16, 3), Step(at(5.8), 8, 3)]
    assert whole_seconds(steps, 60) == (Period(0, 10, 3), Period(5, 8, 3))


def test_nothing_is_told_of_what_comes_after_the_duration():
    assert whole_seconds([Step(at(0), 10, 3), Step(at(59.5), 16, 3)], 60) == (Period(0, 10, 3),)


def test_a_composite_has_no_more_steps_than_asked_for():
    mine = installed(profile((0, 6), (100, 8), daily=True, duration_s=200))
    assert len(site(mine).composite(1, Unit.A, T0, T0 + timedelta(days=3650), 7)) == 7


def test_equal_neighbours_are_one_step():
    def flat(instant):
        return Step(instant, 6, 3)

    assert stairs(flat, lambda instant: instant + timedelta(seconds=1), T0, at(10), 5) == (flat(T0),)


# -- laws ------------------------------------------------------------------------------------------------------------

limits = st.integers(0, 40).map(float)


@st.composite
def made(draw, purposes=tuple(Purpose)):
    """Any installed profile at a station with two EVSEs."""
    purpose = draw(st.sampled_from(purposes))
    begins = sorted(draw(st.sets(st.integers(1, 400), max_size=3)))
    unit = draw(st.sampled_from(Unit))
    periods = [
        Period(begin, draw(limits) * (690 if unit is Unit.W else 1), draw(st.sampled_from([None, 1, 3])))
        for begin in (0, *begins)
    ]
    bounds = st.none() | st.integers(-50, 450).map(at)
    mine = profile(
        *periods,
        purpose=purpose,
        level=draw(st.integers(0, 3)),
        id=draw(st.integers(1, 10_000)),
        unit=unit,
        kind=Kind.RELATIVE if draw(st.booleans()) and purpose is not MAX else Kind.ABSOLUTE,
        daily=draw(st.booleans()),
        starts=at(draw(st.integers(-90_000, 300))),
        duration_s=draw(st.none() | st.integers(1, 500)),
        valid=(draw(bounds), draw(bounds)),
    )
    evse = 0 if purpose is MAX else draw(st.sampled_from([1, 2] if purpose is TX else [0, 1, 2]))
    return installed(mine, evse, "tx" if purpose is TX else None)


many = st.lists(made(), max_size=6)
instants = st.integers(0, 4000).map(lambda tenths: at(tenths / 10))
evses = st.sampled_from([0, 1, 2])
TWO = (AC3, AC3)


def value(steps, instant):
    return next(step for step in reversed(steps) if step.at <= instant)


@given(many, evses, st.sampled_from(Unit), instants)
def test_the_composite_is_the_limit_of_every_instant(profiles, evse, unit, instant):
    one = site(*profiles, feeds=TWO)
    steps = one.composite(evse, unit, T0, at(401), 10_000)
    assert steps[0].at == T0
    found, true = value(steps, instant), one.step(evse, unit, instant)
    assert (found.limit, found.phases) == (true.limit, true.phases)


@given(many, evses, st.sampled_from(Unit), instants)
def test_what_is_told_is_never_above_the_limit_of_any_instant(profiles, evse, unit, instant):
    """SC.01."""
    one = site(*profiles, feeds=TWO)
    periods = whole_seconds(one.composite(evse, unit, T0, at(401), 10_000), 401)
    second = (instant - T0).total_seconds()
    there = next(period for period in reversed(periods) if period.start_s <= second)
    assert there.limit <= one.step(evse, unit, instant).limit + 1e-6
    assert [period.start_s for period in periods] == sorted({period.start_s for period in periods})
    assert periods[0].start_s == 0


@given(many, st.sampled_from([1, 2]), st.sampled_from(Unit), instants)
def test_it_is_never_above_any_leading_profile_or_the_hardware(profiles, evse, unit, instant):
    """K08.FR.04."""
    one = site(*profiles, feeds=TWO)
    limit = one.step(evse, unit, instant).limit
    assert limit <= AC3.value(AC3.local, unit)
    for led, period in leaders(profiles, one.visits[evse - 1], instant):
        assert limit <= AC3.value(AC3.rate(period, led.schedule.unit), unit) + 1e-9


@given(many, made(purposes=(MAX, EXTERNAL)), evses, st.sampled_from(Unit), instants)
def test_the_first_profile_of_a_capping_purpose_never_raises_a_limit(profiles, more, evse, unit, instant):
    before = [each for each in profiles if each.profile.purpose is not more.profile.purpose]
    without, together = site(*before, feeds=TWO), site(*before, more, feeds=TWO)
    assert together.step(evse, unit, instant).limit <= without.step(evse, unit, instant).limit + 1e-9


@given(many, st.sampled_from([1, 2]), instants)
def test_a_profile_that_does_not_lead_can_be_taken_away(profiles, evse, instant):
    """Stacking: whoever is below the leading one of its purpose says nothing."""
    one = site(*profiles, feeds=TWO)
    visit = one.visits[evse - 1]
    led = [found for found, _ in leaders(profiles, visit, instant)]
    kept = [each for each in profiles if any(each is leader for leader in led)]
    assert rate_at(kept, visit, AC3, instant) == rate_at(profiles, visit, AC3, instant)


@given(many, st.permutations(range(6)), evses, instants)
def test_the_order_in_which_profiles_came_means_nothing(profiles, order, evse, instant):
    unique = list({(p.profile.purpose, p.profile.stack_level, p.evse > 0): p for p in profiles}.values())
    shuffled = [unique[number] for number in order if number < len(unique)]
    one, other = site(*unique, feeds=TWO), site(*shuffled, feeds=TWO)
    assert one.step(evse, Unit.A, instant) == other.step(evse, Unit.A, instant)


@given(many, evses, instants)
def test_the_same_profile_twice_is_as_good_as_once(profiles, evse, instant):
    one, twice = site(*profiles, feeds=TWO), site(*profiles, *profiles, feeds=TWO)
    assert one.step(evse, Unit.A, instant) == twice.step(evse, Unit.A, instant)


@given(many, instants, st.integers(0, 4000))
def test_no_change_is_passed_over(profiles, instant, later):
    following = change_after(profiles, VISIT, instant)
    then = instant + timedelta(seconds=later / 10)
    if following is None or then < following:
        assert rate_at(profiles, VISIT, AC3, then) == rate_at(profiles, VISIT, AC3, instant)
