"""How late the loop is, and what each message costs because of that."""

import asyncio
import time
from itertools import pairwise

import pytest

from csms_reference import strain as straining
from csms_reference.pace import Pace
from csms_reference.strain import (
    AT_EASE_S,
    BEHIND_S,
    BUSY,
    EVERY_S,
    IDLE,
    JUDGED_EVERY,
    MOST_OF_MEAN,
    SLOWEST,
    SLOWEST_BUSY,
    WEIGHT,
    Strain,
)


class Process:
    """What a strain is told of one that takes so much of a processor, and hears so much of each of its stations."""

    def __init__(self, stations=100):
        self.stations = stations
        self.now_s = self.took_s = self.messages = 0.0

    def goes_on(self, busy, each_per_s):
        """For as long as it takes to judge once."""
        for_s = EVERY_S * JUDGED_EVERY
        self.now_s += for_s
        self.took_s += busy * for_s
        self.messages += each_per_s * self.stations * for_s

    def strain(self, pace):
        return Strain(
            pace,
            lambda: (self.messages, self.stations),
            monotonic=lambda: self.now_s,
            processor=lambda: self.took_s,
        )


@pytest.fixture
def pace():
    return Pace(20.0, 1)


@pytest.fixture
def strain(pace):
    return Strain(pace, lambda: (0, 0), processor=lambda: 0.0)


def after(strain, pace, by_s, looks):
    """How slow the pace is after each of so many looks."""
    seen = []
    for _ in range(looks):
        strain.late(by_s)
        seen.append(pace.slowed)
    return seen


def changes(before, seen):
    """At which looks something changed."""
    return [place for place, (old, new) in enumerate(pairwise([before, *seen])) if old != new]


def test_who_talks_is_slowed_step_by_step_while_the_loop_is_late_and_not_without_end(strain, pace):
    seen = after(strain, pace, 1.0, 10 * JUDGED_EVERY)
    steps = changes(1.0, seen)
    assert [seen[step] for step in steps] == [2.0, SLOWEST]
    assert steps == [number * JUDGED_EVERY - 1 for number in (1, 2)]


def test_the_pace_recovers_more_slowly_and_wholly(strain, pace):
    after(strain, pace, 2 * BEHIND_S, 10 * JUDGED_EVERY)
    seen = after(strain, pace, 0.0, 30 * JUDGED_EVERY)
    steps = changes(SLOWEST, seen)
    assert all(later - earlier == JUDGED_EVERY for earlier, later in pairwise(steps))
    assert [seen[step] for step in steps] == sorted((seen[step] for step in steps), reverse=True)
    assert len(steps) > 4
    assert pace.slowed == 1.0


def test_between_late_and_at_ease_nothing_changes(strain, pace):
    between_s = (BEHIND_S + AT_EASE_S) / 2
    after(strain, pace, between_s, 10 * JUDGED_EVERY)
    assert pace.slowed == 1.0
    pace.slowed = 4.0
    assert set(after(strain, pace, between_s, 10 * JUDGED_EVERY)) == {4.0}


def test_a_single_late_look_says_nothing(strain, pace):
    after(strain, pace, 0.0, JUDGED_EVERY)
    for late_s in (0.9 * BEHIND_S / WEIGHT, 3600.0):
        assert set(after(strain, pace, late_s, 1) + after(strain, pace, 0.0, 3 * JUDGED_EVERY)) == {1.0}


def judged(process, strain, pace, busy, each_per_s, times, by_s=0.0):
    """How slow the pace is after each of so many judgements."""
    seen = []
    for _ in range(times):
        process.goes_on(busy, each_per_s)
        seen.append(after(strain, pace, by_s, JUDGED_EVERY)[-1])
    return seen


def test_while_the_process_is_busy_who_talks_much_more_than_others_is_slowed_though_the_loop_is_never_late(pace):
    process = Process()
    strain = process.strain(pace)
    assert judged(process, strain, pace, 1.1 * BUSY, 0.1, 5) == [2.0, 4.0, SLOWEST_BUSY, SLOWEST_BUSY, SLOWEST_BUSY]
    between = (BUSY + IDLE) / 2
    assert judged(process, strain, pace, between, 0.1, 2) == [SLOWEST_BUSY, SLOWEST_BUSY]
    assert judged(process, strain, pace, between, 0.1, 2, by_s=0.01) == [SLOWEST_BUSY, SLOWEST_BUSY]
    judged(process, strain, pace, between, 0.1, 10)
    eased = judged(process, strain, pace, 0.9 * IDLE, 0.1, 20)
    assert eased == sorted(eased, reverse=True)
    assert (eased[0], eased[-1]) == (SLOWEST_BUSY / 1.25, 1.0)


def test_a_process_that_is_busy_with_equals_slows_nobody(pace):
    process = Process()
    strain = process.strain(pace)
    fair_per_s = pace.per_s / MOST_OF_MEAN
    assert set(judged(process, strain, pace, 1.0, fair_per_s, 5)) == {1.0}
    assert judged(process, strain, pace, 1.0, fair_per_s / 1.5, 3) == pytest.approx([1.5, 1.5, 1.5])
    assert judged(process, strain, pace, 1.0, fair_per_s, 10)[-1] == 1.0


@pytest.mark.parametrize("busy", [(BUSY + IDLE) / 2, 1.0])
def test_who_was_slowed_rightly_is_slowed_no_longer_once_all_talk_as_much(pace, busy):
    process = Process()
    strain = process.strain(pace)
    judged(process, strain, pace, 1.0, 0.1, 5)
    eased = judged(process, strain, pace, busy, pace.per_s / MOST_OF_MEAN / 2, 20)
    assert eased[0] == SLOWEST_BUSY / 1.25
    assert eased[-1] == pytest.approx(2.0)


def test_a_loop_that_is_neither_late_nor_at_ease_keeps_what_lateness_has_brought_and_no_more(pace):
    process = Process()
    strain = process.strain(pace)
    judged(process, strain, pace, 1.0, 0.1, 5)
    between_s = (BEHIND_S + AT_EASE_S) / 2
    assert judged(process, strain, pace, 1.0, pace.per_s / MOST_OF_MEAN, 20, by_s=between_s)[-1] == SLOWEST


def test_a_late_loop_slows_equals_too(pace):
    process = Process()
    strain = process.strain(pace)
    assert judged(process, strain, pace, 1.0, pace.per_s, 5, by_s=0.01)[-1] == SLOWEST


def test_nobody_connected_and_no_time_passed_say_nothing(pace):
    process = Process(stations=0)
    strain = process.strain(pace)
    assert set(after(strain, pace, 0.0, 3 * JUDGED_EVERY)) == {1.0}
    assert judged(process, strain, pace, 0.0, 0.0, 2) == [1.0, 1.0]


async def test_a_loop_that_is_kept_is_noticed_until_nobody_looks_any_more(strain, pace, monkeypatch):
    monkeypatch.setattr(straining, "EVERY_S", 0.001)
    strain.begin()
    async with asyncio.timeout(10):
        while pace.slowed < 2 * 2:
            time.sleep(0.02)  # noqa: ASYNC251 -- what is to be noticed
            await asyncio.sleep(0)
    strain.end()
    strain.end()
    monkeypatch.setattr(strain, "late", lambda _: pytest.fail("looked"))
    await asyncio.sleep(10 * straining.EVERY_S)
