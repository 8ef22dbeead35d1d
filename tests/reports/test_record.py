"""What is read from ``load.jsonl``: nothing is lost, nothing filled in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from reports.load import record
from reports.load.names import CORES
from reports.load.sources import Column, Source, second_of
from reports.ticks import FILE, Calls, Tick, TickWriter, read_ticks
from tests.reports.made_load import Plan, a_load, counted, played


def write(path: Path, *ticks: Tick) -> Path:
    writer = TickWriter(path)
    for tick in ticks:
        writer.write(tick)
    writer.close()
    return path


def calls(*latencies_s: float, **failures: int) -> Calls:
    made = Calls(failures=Counter(failures))
    for latency_s in latencies_s:
        made.took(latency_s)
    return made


def test_nothing_is_lost_on_the_way(tmp_path: Path):
    plan = Plan(steps=(3_000, 6_000), ramp_s=5, hold_s=40, lose={20: 7}, knee=5_000)
    a_load(tmp_path / "run", plan)
    load, wanted, total = record.read(tmp_path / "run"), counted(tmp_path / "run"), Calls()
    for tick in read_ticks(tmp_path / "run"):
        for action, each in tick.calls.items():
            if action != "connect":
                total.add(each)
    for name, count in wanted.items():
        assert load.count(name) == count, name
    outcome = load.outcome()
    assert outcome.failures == total.failures
    assert outcome.answered.total == total.answered.get_total_count() == sum(load.answered)
    for percent in (50.0, 99.0, 99.9, 100.0):
        assert outcome.answered.percentile_s(percent) == total.answered.get_value_at_percentile(percent) / 1e6
    by_phase = sum(load.outcome(phase=phase.name).answered.total for phase in load.phases)
    assert by_phase == outcome.answered.total
    by_curve = sum(each.total for action, bins in load.curves.items() if action != "connect" for each in bins.values())
    assert by_curve == outcome.answered.total


def test_phases_follow_each_other_though_sources_differ_by_a_tick(tmp_path: Path):
    ticks = [Tick(float(t), "fleet-1", "a" if t <= 3 else "b") for t in range(1, 7)]
    ticks += [Tick(t + 0.1, "fleet-2", "a" if t <= 3 else "b") for t in range(1, 7)]
    ticks += [Tick(t + 0.2, "fleet-3", "a" if t <= 4 else "b") for t in range(1, 7)]
    load = record.read(write(tmp_path, *ticks))
    assert [(each.name, each.begin_s, each.end_s) for each in load.phases] == [("a", 0, 3), ("b", 3, 6)]


def test_a_source_that_falls_silent_is_a_gap_and_not_zero(tmp_path: Path):
    ticks = [Tick(float(t), "fleet-1", gauges={"accepted": 10.0}) for t in range(1, 31)]
    ticks += [Tick(float(t), "fleet-2", gauges={"accepted": 4.0}) for t in range(1, 31) if t <= 10 or t > 15]
    ticks += [Tick(float(t), "fleet-3", gauges={"accepted": 5.0}) for t in range(1, 13)]
    load = record.read(write(tmp_path, *sorted(ticks, key=lambda tick: tick.t)))
    (two,), (three,) = load.sources["fleet-2"].gaps, load.sources["fleet-3"].gaps
    assert (two.begin_s, two.end_s, two.missing, two.stations) == (10.0, 16.0, 5, 4)
    assert (three.begin_s, three.end_s, three.missing, three.stations) == (12.0, None, 18, 5)
    column = load.sources["fleet-2"].gauges["accepted"]
    assert [column.at(second) for second in range(8, 17)] == [4.0, 4.0, None, None, None, None, None, 4.0, 4.0]


def test_a_fleet_that_was_switched_off_ended_well(tmp_path: Path):
    ticks = [Tick(float(t), "fleet-1", gauges={"stopped": 10.0 * (t > 5)}) for t in range(1, 8)]
    ticks += [Tick(float(t), "machine") for t in range(1, 31)]
    assert record.read(write(tmp_path, *ticks)).sources["fleet-1"].gaps == []


def test_late_and_early_ticks_are_no_gaps(tmp_path: Path):
    random = Random(3)
    ticks = [Tick(t + random.uniform(-0.49, 0.49), "fleet-1", gauges={"accepted": 1.0}) for t in range(1, 300)]
    load = record.read(write(tmp_path, *ticks))
    source = load.sources["fleet-1"]
    assert (source.missing, source.backwards) == (0, 0)
    assert len(source.gauges["accepted"].between(0, load.seconds)) >= load.seconds - 1, "and no second is empty"


def test_time_that_goes_backwards_is_noticed_and_counted(tmp_path: Path):
    ticks = [Tick(5.0, "fleet-1", counts=Counter(lost=1)), Tick(4.0, "fleet-1", counts=Counter(lost=2))]
    load = record.read(write(tmp_path, *ticks))
    assert (load.sources["fleet-1"].backwards, load.lost()) == (1, 3)


def test_damaged_lines_and_a_cut_end_are_named(tmp_path: Path):
    good = Tick(1.0, "fleet-1", counts=Counter(lost=1)).line()
    bad = [b"{}", b'{"t":-1,"source":"a"}', b'{"t":1e99,"source":"a"}', b'{"t":null,"source":"a"}']
    bad.append(b'{"t":2,"source":"fleet-1","counts":{"lost":5},"calls":{"Heartbeat":{"answered":"?"}}}')
    (tmp_path / FILE).write_bytes(b"\n".join([good, *bad, good, good[:-3]]))
    load = record.read(tmp_path)
    assert [line for line, _ in load.damaged] == [2, 3, 4, 5, 6]
    assert load.cut
    assert load.lost() == 2, "a line with a damaged histogram counts nothing at all"


def test_an_empty_file_and_a_single_tick(tmp_path: Path):
    (tmp_path / FILE).touch()
    load = record.read(tmp_path)
    assert (load.seconds, load.sources, load.phases, load.outcome().count) == (0, {}, [], 0)
    one = record.read(write(tmp_path, Tick(0.9, "fleet-1", "ramp", calls={"Heartbeat": calls(0.01)})))
    assert (one.seconds, one.outcome().count, [phase.name for phase in one.phases]) == (1, 1, ["ramp"])
    with pytest.raises(FileNotFoundError):
        record.read(tmp_path / "nowhere")


def test_what_is_no_message_stands_apart(tmp_path: Path):
    tick = Tick(1.0, "fleet-1", calls={"connect": calls(9.0, Refused=3), "Heartbeat": calls(0.01, TimedOut=1)})
    load = record.read(write(tmp_path, tick))
    assert (load.outcome().count, load.outcome().error_share) == (2, 0.5)
    assert load.outcome("connect").failed == 3
    assert load.actions() == ["Heartbeat", "connect"]
    assert {key: row.count for key, row in load.failures.items()} == {
        ("connect", "Refused"): 3, ("Heartbeat", "TimedOut"): 1
    }  # fmt: skip


def test_a_histogram_that_comes_too_late_counts_in_all_but_its_second(tmp_path: Path):
    ticks = [Tick(float(t), "fleet-1") for t in (1, 100, 200)]
    ticks.append(Tick(2.0, "fleet-2", calls={"Heartbeat": calls(0.5)}))
    load = record.read(write(tmp_path, *ticks))
    assert (load.late, load.outcome().count, load.percentiles[99.0].at(1)) == (1, 1, None)


def test_processors_at_work_are_told_per_second_and_not_across_a_restart():
    source = Source("fleet-1")
    for t, cpu_s in ((1.0, 5.0), (2.0, 5.5), (4.0, 8.5), (5.0, 0.5), (6.0, 1.0)):
        source.heard(t, {"cpu_s": cpu_s})
    assert [source.gauges[CORES].at(second) for second in range(6)] == [None, 0.5, None, 1.5, None, 0.5]


def test_a_column_knows_what_it_was_not_told():
    column = Column()
    column.put(3, 1.5)
    assert [column.at(second) for second in (-1, 0, 3, 4)] == [None, None, 1.5, None]
    assert (column.between(0, 9), column.last()) == ([1.5], 1.5)
    assert [second_of(t) for t in (0.0, 0.9, 1.0, 1.4, 2.0)] == [0, 0, 0, 0, 1]


def test_lost_stations_are_the_sum_or_that_of_the_reasons(tmp_path: Path):
    ticks = [Tick(1.0, "fleet-1", counts=Counter({"lost:1006": 2, "lost:timeout": 3}))]
    assert record.read(write(tmp_path, *ticks)).lost() == 5


def test_the_made_up_run_is_the_same_each_time():
    plan = Plan(steps=(100,), ramp_s=2, hold_s=2)
    assert [tick.line() for tick in played(plan, 3)] == [tick.line() for tick in played(plan, 3)]
