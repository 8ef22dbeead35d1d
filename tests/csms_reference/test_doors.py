"""Who has to wait outside."""

from collections import Counter

import pytest

from csms_reference.doors import BROKEN, BROKEN_COUNTS, Doors
from csms_reference.pace import Rank
from csms_reference.pressure import Level
from csms_reference.settings import Settings


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def doors(clock, **settings):
    counts = Counter()
    return Doors(Settings.of(settings), monotonic=clock, counts=counts), counts


def test_who_comes_too_soon_is_told_when(clock):
    it, counts = doors(clock, accepts_per_s=1, accepts_burst=1)
    assert it.judge("A", Level.CALM, 0) is None
    waits = [it.judge("B", Level.CALM, 0) for _ in range(3)]
    assert [(turned.status, turned.retry_after_s) for turned in waits] == [(503, 1), (503, 2), (503, 3)]
    assert counts == {"upgrades_refused_rate": 3}
    clock.now_s = 1.0
    assert it.judge("B", Level.CALM, 0) is None


def test_nobody_is_let_in_while_the_database_is_far_behind(clock):
    it, counts = doors(clock, accepts_per_s=10)
    turned = it.judge("A", Level.DOORS, 100)
    assert (turned.status, turned.retry_after_s) == (503, 11)
    assert counts == {"upgrades_refused_overload": 1}
    assert it.judge("A", Level.BOOTS, 50) is None


def test_a_station_that_comes_and_goes_is_slowed_and_no_other(clock):
    it, counts = doors(clock, short_links_burst=2, short_links_per_minute=6, short_link_s=30)
    for _ in range(2):
        assert it.judge("A", Level.CALM, 0) is None
        it.left("A", 1.0)
    turned = it.judge("A", Level.CALM, 0)
    assert (turned.status, turned.retry_after_s) == (429, 10)
    assert counts == {"upgrades_refused_flapping": 1}
    assert it.judge("B", Level.CALM, 0) is None
    clock.now_s = 10.0
    assert it.judge("A", Level.CALM, 0) is None


def test_long_links_count_for_nothing(clock):
    it, _ = doors(clock, short_links_burst=1)
    for _ in range(9):
        it.left("A", 31.0)
    assert it.judge("A", Level.CALM, 0) is None


@pytest.mark.parametrize("code", sorted(BROKEN))
def test_links_that_ended_for_broken_rules_count_more(clock, code):
    it, _ = doors(clock, short_links_burst=BROKEN_COUNTS + 1)
    it.left("A", 31.0, code)
    it.left("A", 1.0, code)
    assert it.judge("A", Level.CALM, 0) is None
    it.left("A", 1.0, 1000)
    assert it.judge("A", Level.CALM, 0).status == 429


@pytest.mark.parametrize("code", [0, 1000, 1001, 1006, 1011, 1012, 4000])
def test_links_that_ended_otherwise_count_once(clock, code):
    it, _ = doors(clock, short_links_burst=2)
    it.left("A", 1.0, code)
    assert it.judge("A", Level.CALM, 0) is None
    it.left("A", 1.0, code)
    assert it.judge("A", Level.CALM, 0).status == 429


@pytest.mark.parametrize("off", [{"short_links_burst": 0}, {"short_link_s": 0}])
def test_slowing_can_be_switched_off(clock, off):
    it, _ = doors(clock, **off)
    for _ in range(99):
        it.left("A", 0.0)
    assert it.judge("A", Level.CALM, 0) is None


def test_a_station_that_comes_and_goes_takes_no_turn_from_others(clock):
    it, counts = doors(clock, short_links_burst=1, accepts_per_s=1, accepts_burst=1)
    it.left("A", 1.0)
    assert [it.judge("A", Level.CALM, 0).status for _ in range(9)] == [429] * 9
    assert it.judge("B", Level.CALM, 0) is None
    assert counts == {"upgrades_refused_flapping": 9}


def test_the_first_ranks_wait_behind_their_own(clock):
    it, _ = doors(clock, accepts_per_s=1, accepts_burst=1)
    assert it.judge("A", Level.CALM, 0) is None
    assert [it.judge("B", Level.CALM, 0, Rank.SUSPECT).retry_after_s for _ in range(3)] == [1, 2, 3]
    assert it.judge("C", Level.CALM, 0, Rank.PROVEN).retry_after_s == 1
