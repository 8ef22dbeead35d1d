"""A and W: what makes the one out of the other."""

import math

import pytest

from simulator.smart.profile import Period, Unit
from simulator.smart.rate import UNLIMITED, Feed, Rate
from tests.simulator.csms import profile as station
from tests.simulator.smart.profiles import AC1, AC3, DC


@pytest.mark.parametrize(
    ("feed", "period", "unit", "a", "w"),
    [
        (AC3, Period(0, 16), Unit.A, 16, 11_040),
        (AC3, Period(0, 16, 1), Unit.A, 16, 3_680),
        (AC3, Period(0, 11_040), Unit.W, 16, 11_040),  # K01.FR.49: three phases where none are named
        (AC3, Period(0, 3_680, 1), Unit.W, 16, 3_680),
        (AC3, Period(0, 4_600, 2), Unit.W, 10, 4_600),
        (AC1, Period(0, 3_680, 1), Unit.W, 16, 3_680),
        (AC1, Period(0, 11_040), Unit.W, 16, 3_680),  # K01.FR.50: by the phases named, not by those used
        (AC1, Period(0, 16, 3), Unit.A, 16, 3_680),
        (DC, Period(0, 46_000), Unit.W, 50, 46_000),
        (DC, Period(0, 46_000, 3), Unit.W, 50, 46_000),  # K01.FR.44
        (DC, Period(0, 50), Unit.A, 50, 46_000),
        (AC3, Period(0, -1), Unit.A, 0, 0),
    ],
)
def test_a_limit_in_either_unit(feed, period, unit, a, w):
    """K01.FR.50, K01.FR.51."""
    rate = feed.rate(period, unit)
    assert feed.value(rate, Unit.A) == pytest.approx(a)
    assert feed.value(rate, Unit.W) == pytest.approx(w)


@pytest.mark.parametrize("feed", [AC3, AC1, DC])
@pytest.mark.parametrize("unit", Unit)
def test_what_was_given_comes_back_to_the_digit(feed, unit):
    limit = 6_543.2 if unit is Unit.W else 12.3
    phases = feed.phases or None
    assert feed.value(feed.rate(Period(0, limit, phases), unit), unit) == pytest.approx(limit, abs=1e-9)


def test_both_together_are_the_lower_of_each():
    assert Rate(16, 4_000, 3) & Rate(20, 3_000, 1) == Rate(16, 3_000, 1)
    assert Rate(16) & UNLIMITED == Rate(16)


def test_phases_that_are_taken_away_take_their_power_along():
    """16 A on three phases and 20 A on one: 16 A on one."""
    both = AC3.rate(Period(0, 16), Unit.A) & AC3.rate(Period(0, 4_600, 1), Unit.W)
    assert AC3.value(both, Unit.W) == pytest.approx(3_680)


def test_the_feeds_of_a_station():
    assert Feed.of(station("ac-22kw").evses[0].connectors[0].supply).local == Rate(32, 22_080, 3)
    grid = Feed.grid(station("ac-22kw-duo"))
    assert (grid.phases, grid.voltage_v, grid.max_a) == (3, 230, pytest.approx(63))
    assert Feed.grid(station("ac-7kw-single-phase")).phases == 1
    direct = Feed.grid(station("dc-150kw"))
    assert (direct.phases, direct.voltage_v) == (3, 230)
    assert direct.max_w == pytest.approx(150_000 / 0.95)


def test_a_grid_limit_at_a_dc_outlet_is_one_in_w():
    grid = Feed.grid(station("dc-150kw"))
    assert DC.below(grid, grid.rate(Period(0, 100), Unit.A)) == Rate(w=pytest.approx(69_000), phases=0)
    assert AC3.below(AC3, Rate(10)) == Rate(10)
    assert math.isinf(DC.below(grid, UNLIMITED).w)
