"""A line for those who come in, and a pace for those who talk."""

from csms_reference.pace import Line, Pace


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
    assert max(line.enter(0.0) for _ in range(100)) == 20
    assert line.turn(0.0, behind=1000) == 20


def test_a_turn_is_behind_the_others():
    assert Line(10.0, 1, 600).turn(0.0, behind=100) == 11


def test_no_rate_lets_everybody_in():
    line = Line(0.0, 0, 60)
    assert [line.enter(0.0) for _ in range(1000)] == [0] * 1000


def test_a_pace_allows_a_burst_and_then_a_rate():
    pace, paid_s, waits = Pace(2.0, 3), 0.0, []
    for _ in range(5):
        paid_s = pace.paid(paid_s, 0.0)
        waits.append(pace.wait_s(paid_s, 0.0))
    assert waits == [0.0, 0.0, 0.0, 0.5, 1.0]
    assert pace.wait_s(pace.paid(paid_s, 100.0), 100.0) == 0.0


def test_silence_saves_up_no_more_than_the_burst():
    assert Pace(2.0, 3).paid(0.0, 100.0) == 100.5


def test_no_pace_allows_everything():
    pace = Pace(0.0, 0)
    assert pace.wait_s(pace.paid(0.0, 1.0), 1.0) == 0.0
