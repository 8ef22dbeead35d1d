"""Failures are counted per source, and forgiven with time."""

from csms_reference import throttle
from csms_reference.throttle import Throttle


def test_a_burst_is_free_and_then_it_costs_time():
    subject = Throttle(burst=2, per_minute=6)
    assert [subject.failed(("a",), 0.0) for _ in range(4)] == [None, None, 10, 10]
    assert subject.failed(("a",), 10.0) is None
    assert subject.failed(("a",), 10.0) == 10


def test_sources_are_counted_apart_and_the_worst_counts():
    subject = Throttle(burst=1, per_minute=6)
    assert subject.failed(("a", "x"), 0.0) is None
    assert subject.failed(("b", "y"), 0.0) is None
    assert subject.failed(("c", "x"), 0.0) == 10


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(throttle, "REMEMBERED", 10)
    subject = Throttle(burst=1, per_minute=6)
    for number in range(100):
        subject.failed((str(number),), 0.0)
    assert len(subject._buckets._buckets) == 10


def test_asking_notes_nothing():
    throttle = Throttle(1, 6)
    assert throttle.blocked("a", 0.0) is None
    assert throttle.failed(("a",), 0.0) is None
    assert [throttle.blocked("a", 0.0) for _ in range(3)] == [10, 10, 10]
    assert throttle.blocked("a", 10.0) is None
