from collections import Counter
from pathlib import Path

import pytest

from reports.ticks import FILE, BadTick, Calls, Tick, TickWriter, read_ticks


def tick(t: float, *latencies_s: float, failures: dict[str, int] | None = None) -> Tick:
    calls = Calls(failures=Counter(failures or {}))
    for latency_s in latencies_s:
        calls.took(latency_s)
    return Tick(t, "fleet-1", "ramp", {"connected": 3}, Counter({"opened": 2}), {"Heartbeat": calls})


def test_a_tick_comes_back_as_it_was_written(tmp_path: Path):
    writer = TickWriter(tmp_path)
    writer.write(tick(1.0, 0.001, 0.002, failures={"TimedOut": 1}))
    writer.write(Tick(2.0, "machine", gauges={"socket_bytes": 4096}))
    writer.close()
    first, second = read_ticks(tmp_path)
    assert (first.t, first.source, first.phase) == (1.0, "fleet-1", "ramp")
    assert (first.gauges, first.counts) == ({"connected": 3}, {"opened": 2})
    assert first.calls["Heartbeat"].count == 3
    assert first.calls["Heartbeat"].failures == {"TimedOut": 1}
    assert second == Tick(2.0, "machine", gauges={"socket_bytes": 4096})


def test_percentiles_of_a_sum_are_not_an_average_of_percentiles():
    total = Calls()
    for latencies in ([0.001] * 99, [1.0]):
        total.add(tick(0.0, *latencies).calls["Heartbeat"])
    assert total.answered.get_value_at_percentile(50) == pytest.approx(1_000, rel=0.01)
    assert total.answered.get_value_at_percentile(100) == pytest.approx(1_000_000, rel=0.01)


def test_more_than_an_hour_counts_as_an_hour():
    calls = Calls()
    calls.took(7200.0)
    assert calls.answered.get_value_at_percentile(100) == pytest.approx(3_600_000_000, rel=0.01)


def test_a_line_cut_off_at_the_end_is_left_out(tmp_path: Path):
    whole = tick(1.0, 0.5).line() + b"\n"
    (tmp_path / FILE).write_bytes(whole + whole[:-9])
    assert [each.t for each in read_ticks(tmp_path)] == [1.0]


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{}", b'{"t": 1}', b'{"t": 1, "source": "a", "calls": {"B": {"answered": "?"}}}']
)
def test_what_is_no_tick_says_so(line: bytes):
    with pytest.raises(BadTick):
        Tick.read(line)
