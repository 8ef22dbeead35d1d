"""A line for those who come in, and a pace for those who talk."""

import pytest

from csms_reference.pace import Line, Pace, Rank
from csms_reference.throttle import REMEMBERED


def test_so_many_at_once_and_then_so_many_per_second():
    line = Line(10.0, 3, 60)
    assert [line.enter(0.0) for _ in range(4)] == [0, 0, 0, 1]
    assert line.enter(0.05) > 0
    assert line.enter(0.2) == 0


def test_a_crowd_is_told_to_come_back_one_after_the_other():
    line = Line(8.0, 1, 60)
    waits = [line.enter(0.0) for _ in range(81)]
    assert waits[0] == 0
    assert waits[1:] == sorted(waits[1:])
    assert [waits.count(second) for second in range(1, 11)] == [8] * 10


def test_a_crowd_that_comes_back_when_told_gets_in():
    line, outside, at_s = Line(8.0, 8, 60), [], 0.0
    for _ in range(88):
        outside.append(line.enter(0.0))
    turned = [wait for wait in outside if wait]
    assert len(turned) == 80
    for at_s in range(1, 11):
        assert [line.enter(float(at_s)) for _ in range(turned.count(at_s))] == [0] * 8


def test_no_wait_is_longer_than_the_longest():
    line = Line(1.0, 1, 20)
    waits = [line.enter(0.0) for _ in range(1000)][1:]
    assert waits[:20] == list(range(1, 21))
    assert max(waits) == 20
    assert 10 <= line.turn(0.0, behind=1000) <= 20


def test_who_is_beyond_the_longest_wait_does_not_come_back_with_all_others():
    line = Line(10.0, 1, 20)
    waits = [line.enter(0.0) for _ in range(1001)][1:]
    assert max(waits) == 20
    assert max(waits.count(second) for second in range(1, 21)) < 100


def test_a_crowd_without_proof_leaves_places_to_those_who_have_shown_theirs():
    line = Line(8.0, 9, 60)
    assert [line.enter(0.0, Rank.SUSPECT) for _ in range(100)].count(0) == 5
    assert [line.enter(0.0, Rank.UNPROVEN) for _ in range(100)].count(0) == 2
    assert [line.enter(0.0) for _ in range(3)] == [0, 0, 1]
    later = [(line.enter(now_s, Rank.SUSPECT), line.enter(now_s)) for now_s in (0.125, 0.25, 0.375)]
    assert [second for _, second in later] == [0, 0, 0]
    assert min(first for first, _ in later) > 0


def test_who_has_no_proof_has_all_of_the_rate_when_nobody_else_wants_it():
    line = Line(8.0, 9, 60)
    for _ in range(100):
        line.enter(0.0, Rank.SUSPECT)
    assert [line.enter(1.0 + number / 8, Rank.SUSPECT) for number in range(20)] == [0] * 20


@pytest.mark.parametrize("rank", Rank)
def test_a_single_place_is_for_everybody(rank):
    assert Line(1.0, 1, 60).enter(0.0, rank) == 0


def test_a_turn_is_behind_the_others():
    assert Line(10.0, 1, 600).turn(0.0, behind=100) == 11


def test_no_rate_lets_everybody_in():
    line = Line(0.0, 0, 60)
    assert [line.enter(0.0) for _ in range(1000)] == [0] * 1000


def test_a_pace_allows_a_burst_and_then_a_rate():
    pace, paid_s, now_s, waited = Pace(2.0, 3), 0.0, 0.0, []
    for _ in range(5):
        paid_s = pace.paid(paid_s, now_s)
        waited.append(pace.wait_s(paid_s, now_s))
        now_s += waited[-1]
    assert waited == [0.0, 0.0, 0.0, 0.5, 0.5]
    assert pace.wait_s(pace.paid(paid_s, 100.0), 100.0) == 0.0


def test_silence_saves_up_no_more_than_the_burst():
    assert Pace(2.0, 3).paid(0.0, 100.0) == 100.5


def test_no_pace_allows_everything():
    pace = Pace(0.0, 0)
    assert pace.wait_s(pace.paid(0.0, 1.0), 1.0) == 0.0


def test_what_weighs_more_pays_more_but_never_more_than_the_burst():
    pace = Pace(2.0, 10)
    assert pace.paid(0.0, 100.0, 4) == 102.0
    assert pace.paid(0.0, 100.0, 1000) == 105.0
    assert pace.wait_s(pace.paid(0.0, 100.0, 1000), 100.0) == 0.0
    assert pace.wait_s(pace.paid(105.0, 100.0, 1000), 100.0) == 5.0


def said(pace, prices, for_s=200):
    """How many messages per second somebody gets through, once the burst is used up, who always waits for the answer,
    while these prices take turns, each for a second."""
    until_s, now_s, count, begin_s = 0.0, 1000.0, 0, 1000.0 + for_s / 10
    while now_s < 1000.0 + for_s:
        pace.slowed = prices[int(now_s) % len(prices)]
        until_s = pace.paid(until_s, now_s)
        now_s += pace.wait_s(until_s, now_s) + 0.001
        count += now_s > begin_s
    return count / (for_s * 0.9)


def test_while_it_is_slowed_who_talks_on_waits_longer_but_the_burst_is_the_same():
    pace = Pace(2.0, 10)
    pace.slowed = 4.0
    assert pace.wait_s(pace.paid(0.0, 100.0, 10), 100.0) == 0.0
    assert pace.wait_s(pace.paid(pace.paid(0.0, 100.0, 2), 100.0), 100.0) == 0.0
    paid_s = 0.0
    for _ in range(11):
        paid_s = pace.paid(paid_s, 100.0)
    assert pace.wait_s(paid_s, 100.0) == 2.0
    assert pace.wait_s(paid_s, 101.0) == 1.0
    assert pace.wait_s(paid_s, 102.0) == 0.0


def test_no_message_makes_anybody_wait_for_longer_than_a_burst_does_at_the_lowest_price():
    pace = Pace(2.0, 10)
    pace.slowed = 8.0
    full_s = 0.0
    for _ in range(10):
        full_s = pace.paid(full_s, 100.0)
    assert pace.wait_s(pace.paid(full_s, 100.0, 1000), 100.0) == 5.0


@pytest.mark.parametrize("prices", [[1.0], [8.0], [8.0, 6.4, 5.12, 4.1], [4.0, 1.1, 2.2], [1.0, 2.0, 4.0, 8.0]])
def test_prices_that_rise_and_fall_give_nothing_away(prices):
    fair_per_s = sum(20.0 / price for price in prices) / len(prices)
    assert said(Pace(20.0, 200), prices) == pytest.approx(fair_per_s, rel=0.15)


def test_a_debt_is_the_same_when_messages_become_cheaper_or_dearer():
    for before, after in ((8.0, 1.0), (1.0, 8.0)):
        pace, paid_s = Pace(2.0, 10), 0.0
        pace.slowed = before
        for _ in range(10):
            paid_s = pace.paid(paid_s, 100.0)
        pace.slowed = after
        assert pace.wait_s(paid_s, 100.0) == 0.0
        assert pace.wait_s(pace.paid(paid_s, 100.0), 100.0) == 0.5 * after


def test_who_is_ahead_when_it_hangs_up_is_as_far_ahead_when_it_calls_again():
    pace = Pace(2.0, 10)
    pace.keep("A", 105.0, 100.0)
    assert pace.begin("B", 101.0) == 101.0
    assert pace.begin("A", 101.0) == 105.0
    pace.keep("A", 105.0, 100.0)
    assert pace.begin("A", 200.0) == 200.0
    pace.keep("A", 105.0, 106.0)
    assert pace.begin("A", 300.0) == 300.0  # nothing is remembered of who is not


def test_who_hangs_up_twice_is_as_far_ahead_as_the_further_and_never_by_more_than_the_burst():
    pace = Pace(2.0, 10)
    pace.keep("A", 104.0, 100.0)
    pace.keep("A", 103.0, 100.0)
    assert pace.begin("A", 101.0) == 104.0
    pace.keep("A", 1000.0, 100.0)
    assert pace.begin("A", 101.0) == 106.0


def test_of_those_who_hung_up_ahead_so_many_are_remembered():
    pace = Pace(2.0, 10)
    for number in range(REMEMBERED + 1):
        pace.keep(f"{number}", 105.0, 100.0)
    assert [pace.begin(f"{number}", 101.0) for number in (0, 1, REMEMBERED)] == [101.0, 105.0, 105.0]
