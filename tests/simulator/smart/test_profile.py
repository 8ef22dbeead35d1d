"""What a profile says of itself."""

import json
from datetime import timedelta

import pytest

from simulator.smart.profile import Installed, Profiles, Purpose, Recurrency
from simulator.state.codec import decode, encode
from tests.simulator.smart.profiles import T0, at, installed, profile


def test_a_profile_without_dates_is_always_valid():
    """K01.FR.10."""
    assert profile((0, 6)).valid(T0 - timedelta(days=10_000))
    assert profile((0, 6)).valid(T0 + timedelta(days=10_000))


def test_it_is_valid_from_the_first_instant_until_before_the_last():
    """K01.FR.36, K01.FR.37."""
    mine = profile((0, 6), valid=(at(10), at(20)))
    assert [mine.valid(at(second)) for second in (9.999, 10, 19.999, 20)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ((None, None), (None, None), True),
        ((None, at(10)), (at(10), None), False),
        ((None, at(11)), (at(10), None), True),
        ((at(0), at(10)), (at(20), at(30)), False),
        ((at(0), at(30)), (at(10), at(20)), True),
        ((at(10), None), (None, at(5)), False),
    ],
)
def test_validities_overlap_or_follow_each_other(one, other, overlap):
    mine, theirs = profile((0, 6), valid=one), profile((0, 8), valid=other)
    assert mine.overlaps(theirs) is overlap
    assert theirs.overlaps(mine) is overlap


def test_a_week_has_seven_days():
    assert Recurrency.WEEKLY.every == 7 * Recurrency.DAILY.every == timedelta(days=7)


def test_the_first_schedule_is_followed_unless_another_one_is_chosen():
    mine = profile((0, 6))
    assert Installed(1, mine, T0).schedule is mine.schedules[0]


def test_what_the_flash_keeps_can_be_written_down_and_read_again():
    mine = profile(
        (0, 6.5), (60, 8), weekly=True, valid=(at(0), None), transaction="T", sales_tariff="{}", min_rate=6.1
    )
    kept = Profiles((installed(mine, 2, "tx"), installed(profile((0, 7), purpose=Purpose.STATION_MAX), 0)))
    assert decode(Profiles, json.loads(json.dumps(encode(kept)))) == kept
