"""What follows from the numbers: the plateau, what a station costs, and losses gathered by time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from reports.load import findings, method, names, record, words
from reports.load.findings import Plateau
from reports.load.record import Load, Trouble
from tests.reports.made_load import Plan, a_load


def made(path: Path, plan: Plan) -> Load:
    return record.read(a_load(path / "run", plan))


def test_the_plateau_is_where_nearly_all_stations_are(tmp_path: Path):
    level = findings.plateau(made(tmp_path, Plan(steps=(1_000, 9_000))))
    assert level is not None
    assert (level.begin_s, level.end_s) == (39, 60)
    assert level.stations == pytest.approx(9_000, abs=5)


def test_a_second_in_which_a_process_was_silent_is_no_plateau(tmp_path: Path):
    level = findings.plateau(made(tmp_path, Plan(steps=(9_000,), killed=("fleet-2", 15, 20))))
    assert level is not None
    assert (level.begin_s, level.end_s) == (20, 30)


def test_memory_is_told_a_station_and_a_connection(tmp_path: Path):
    load = made(tmp_path, Plan(steps=(9_000,)))
    costs = {cost.what: cost for cost in findings.costs(load, findings.plateau(load))}
    fleet = costs["a station in the fleet"]
    assert fleet.bytes == pytest.approx(7_600 + 3 * 4e7 / 9_000, rel=0.01)
    assert fleet.basis.startswith("private memory of 3 processes")
    assert costs["a connection in the CSMS"].bytes == pytest.approx(5_300 + 2 * 5e7 / 9_000, rel=0.01)
    assert costs["kernel: slab, as it grew"].bytes == pytest.approx(9_700 * 0.9, rel=0.02)


def test_memory_that_was_not_told_is_not_made_up(tmp_path: Path):
    load = made(tmp_path, Plan(steps=(900,), csms=0, machine=False))
    del load.sources["fleet-2"].gauges["private_bytes"]
    (fleet,) = findings.costs(load, findings.plateau(load))
    assert fleet.basis.startswith("resident memory (private memory was not told)")
    del load.sources["fleet-2"].gauges["rss_bytes"]
    (fleet,) = findings.costs(load, findings.plateau(load))
    assert (fleet.bytes, fleet.basis) == (None, "memory was not told by every process")
    assert findings.costs(load, None) == []
    told = " ".join(method.sentences(load, Plateau(1, 2, 3)))
    assert "No process of the CSMS was sampled" in told
    assert "The machine was not sampled" in told


def test_losses_close_to_each_other_are_one_entry_and_reasons_are_not_added():
    load = Load()
    load.troubles = [
        Trouble(10, "fleet-1", "lost", 5),
        Trouble(10, "fleet-1", "lost:1006", 3),
        Trouble(10, "fleet-1", "lost:ping", 2),
        Trouble(12, "fleet-2", "lost", 4),
        Trouble(13, "fleet-2", "dropped_samples", 9),
        Trouble(40, "fleet-1", "lost", 1),
        Trouble(41, "fleet-1", "refused:503", 7),
        Trouble(41, "fleet-1", "refused:401", 1),
    ]
    found = [(each.sort, each.begin_s, each.end_s, each.count) for each in findings.stretches(load)]
    assert found == [
        ("lost", 10, 13, 9), ("dropped_samples", 13, 14, 9), ("lost", 40, 41, 1), ("refused", 41, 42, 8)
    ]  # fmt: skip
    first, last = findings.stretches(load)[0], findings.stretches(load)[-1]
    assert (first.sources, first.whys) == (Counter({"fleet-1": 5, "fleet-2": 4}), Counter({"1006": 3, "ping": 2}))
    assert last.whys == Counter({"503": 7, "401": 1})


def test_nothing_told_gives_nothing():
    assert findings.peak(Load()) is None
    assert findings.plateau(Load()) is None
    assert findings.stretches(Load()) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "–"), (0.00042, "0.42 ms"), (0.038, "38 ms"), (1.234, "1.23 s"), (250.4, "250 s")]
)
def test_a_latency_for_people(seconds: float | None, text: str):
    assert words.latency(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (1e-9, "under 0.001 %"), (0.0003, "0.03 %"), (0.5, "50 %"), (1, "100 %")]
)
def test_a_share_that_is_not_nothing_never_reads_as_nothing(share: float, text: str):
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("count", "text"), [(None, "–"), (0, "0 B"), (999, "999 B"), (7_987, "7.8 KiB"), (2**20 * 1_000, "1,000 MiB")]
)
def test_a_size_for_people(count: float | None, text: str):
    assert words.size(count) == text


def test_names_are_known_by_role():
    assert names.known_gauge("fleet", "accepted")
    assert not names.known_gauge("machine", "accepted")
    assert not names.known_gauge("moon", "accepted")
    assert names.known_count("lost:1006")
    assert names.known_count("frames_up")
    assert not names.known_count("surprises")
    assert [names.role(source) for source in ("fleet-12", "machine", "csms-1")] == ["fleet", "machine", "csms"]
