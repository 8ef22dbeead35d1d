"""The conducted clock stands still, and wakes in order."""

from datetime import UTC, datetime, timedelta

from csms_reference.conductor import ConductedClock

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_alarms_ring_in_order_and_once():
    clock, rung = ConductedClock(START), []
    clock.call_at(20, lambda: rung.append("b"))
    clock.call_at(10, lambda: rung.append("a"))
    cancel = clock.call_at(15, lambda: rung.append("never"))
    cancel()
    cancel()
    clock.tell(START + timedelta(seconds=9))
    assert (rung, clock.monotonic()) == ([], 9)
    clock.tell(START + timedelta(seconds=20))
    assert (rung, clock.now()) == (["a", "b"], START + timedelta(seconds=20))
    clock.tell(START + timedelta(seconds=30))
    assert rung == ["a", "b"]


def test_an_alarm_may_set_another_that_is_due():
    clock, rung = ConductedClock(START), []
    clock.call_at(1, lambda: clock.call_at(2, lambda: rung.append("second")))
    clock.tell(START + timedelta(seconds=5))
    assert rung == ["second"]


def test_a_new_simulation_may_begin_earlier():
    clock = ConductedClock(START)
    clock.tell(START + timedelta(days=1))
    clock.tell(START)
    assert (clock.now(), clock.monotonic()) == (START, 86_400)
