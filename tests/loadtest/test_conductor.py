"""What Locust's statistics make of a tick; the conductor at work is in test_locustfile.py."""

import pytest
from locust.stats import RequestStats

from loadtest.conductor import METHOD, _rounded_ms, count, fail
from reports.ticks import Calls, Tick

NOW = 1_700_000_000.5


def tick(*latencies_s: float, failed: int = 0) -> Tick:
    calls = Calls()
    for latency_s in latencies_s:
        calls.took(latency_s)
    if failed:
        calls.failures["TimedOut"] = failed
    return Tick(1.0, "fleet-1", calls={"Heartbeat": calls})


def test_statistics_count_what_a_tick_counts():
    stats = RequestStats()
    count(stats, tick(0.010, 0.020, 0.990, failed=2), NOW)
    count(stats, tick(0.010), NOW + 1)
    entry = stats.get("Heartbeat", METHOD)
    assert (entry.num_requests, entry.num_failures, entry.num_none_requests) == (6, 2, 2)
    assert entry.min_response_time == pytest.approx(10, rel=0.01)
    assert entry.max_response_time == pytest.approx(990, rel=0.01)
    assert dict(entry.response_times) == {10: 2, 20: 1, 990: 1}
    assert entry.num_reqs_per_sec == {int(NOW): 5, int(NOW) + 1: 1}
    assert entry.num_fail_per_sec == {int(NOW): 2}
    assert (stats.total.num_requests, stats.total.num_failures) == (6, 2)


def test_failures_are_listed_by_kind():
    stats = RequestStats()
    count(stats, tick(failed=2), NOW)
    count(stats, tick(failed=1), NOW)
    fail(stats, "start", "no identities left", 40, NOW)
    listed = {(error.name, error.error): error.occurrences for error in stats.errors.values()}
    assert listed == {("Heartbeat", "TimedOut"): 3, ("start", "no identities left"): 40}
    assert stats.total.num_failures == 43


@pytest.mark.parametrize(
    ("took_ms", "rounded"), [(0.2, 0), (1.4, 1), (99.6, 100), (147.0, 150), (3432.0, 3400), (58760.0, 59000)]
)
def test_times_are_rounded_as_locust_does(took_ms: float, rounded: int):
    assert _rounded_ms(took_ms) == rounded
