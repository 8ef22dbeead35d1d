"""Two runs side by side: differences are marked only beyond noise, and unlike makings are pointed out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import reports
from reports.load import against, record
from reports.load.difference import Difference, Measured, bulk, difference, making
from reports.recording import Run
from tests.reports.made_load import Plan, a_load
from tests.reports.test_html import Elements

PLAN = Plan(steps=(1_000, 2_000))


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_load(tmp_path_factory.mktemp("load") / "earlier", PLAN)


def told(now: Path, before: Path) -> str:
    page = next(path for path in reports.render(now, before) if path.name == "comparison.html")
    return " ".join(Elements(page.read_text()).text.split())


def rows(now: Path, before: Path) -> dict[str, Difference]:
    loads = [record.read(path) for path in (now, before)]
    found = [against._row(*loads, row) for row in against._whole(*loads)]
    return {row.what: row for row in found}


def test_a_run_does_not_differ_from_itself(earlier: Path):
    assert {row.mark for row in rows(earlier, earlier).values()} == {""}
    text = told(earlier, earlier)
    assert "nothing differs by more than noise" in text
    assert "the same machine, versions, seed, command and settings" in text


def test_another_seed_is_noise_and_a_slow_csms_is_not(earlier: Path, tmp_path: Path):
    noise = rows(a_load(tmp_path / "noise", PLAN, seed=8), earlier)
    assert {row.what for row in noise.values() if row.mark} == set()
    slow = rows(a_load(tmp_path / "slow", Plan(steps=(1_000, 2_000), slow=6.0), seed=8), earlier)
    assert slow["p50 of all messages"].mark == slow["p99 of all messages"].mark == "more"
    assert float(slow["p50 of all messages"].ratio) == pytest.approx(6, rel=0.2)
    assert slow["processors kept busy by the fleet"].mark == ""


def test_the_comparison_is_the_same_twice_and_leaves_the_report_alone(earlier: Path, tmp_path: Path):
    now = a_load(tmp_path / "now", Plan(steps=(1_000, 2_000, 3_000), hold_s=120, lose={50: 9}), seed=8)
    alone = {path.name: path.read_bytes() for path in reports.render(now)}
    first = {path.name: path.read_bytes() for path in reports.render(now, earlier)}
    assert {path.name: path.read_bytes() for path in reports.render(now, earlier)} == first
    assert {name: first[name] for name in alone} == alone
    assert set(first) - set(alone) == {"comparison.html"}


def test_runs_of_different_length_are_laid_over_each_other(earlier: Path, tmp_path: Path):
    now = a_load(tmp_path / "now", Plan(steps=(1_000, 2_000, 3_000), hold_s=120, lose={50: 9}), seed=8)
    text = told(now, earlier)
    for word in (
        "stations connected; 9 against 0 lost; p99 of a Heartbeat",
        "phase ramp to 3000 (this run)", "step 2: 2000 stations", "Stations with a connection", "what was different",
    ):  # fmt: skip
        assert word in text, word
    loads = record.read(now), record.read(earlier, 390.0)
    assert loads[0].grid.step_s == loads[1].grid.step_s == 2.0
    charts = (load.grid for load in loads)
    assert [grid.count for grid in charts] == [195, 30]
    run = Run.open(now)
    page = against.html(run, loads[0], Run.open(earlier), loads[1]).decode()
    assert page.count("<figure") > 6


def test_an_incomplete_earlier_run_is_compared_and_said_to_be(tmp_path: Path, earlier: Path):
    cut = a_load(tmp_path / "cut", PLAN, finish=False)
    text = told(earlier, cut)
    assert "The earlier recording is incomplete" in text
    assert "run.json is missing" in text


def test_nothing_can_be_compared_with_nothing(tmp_path: Path):
    empty = a_load(tmp_path / "run", Plan(steps=()), load={}, verdicts=[])
    other = a_load(tmp_path / "other", Plan(steps=()), load={}, verdicts=[])
    assert "There is nothing to draw." in told(empty, other)


STEADY = [10.0] * 50 + [90.0]


@pytest.mark.parametrize(
    ("now", "before", "mark", "note"),
    [
        (Measured(10, STEADY), Measured(11, [11.0] * 50), "less", ""),
        (Measured(10, STEADY), Measured(9, [9.0] * 50), "more", ""),
        (Measured(10, STEADY), Measured(10, [9.0, 11.0] * 30), "", ""),
        (Measured(10, [10.0] * 4), Measured(99, [99.0] * 50), "", "too few values"),
        (Measured(10, []), Measured(99, [99.0] * 50), "", "too few values"),
        (Measured(10), Measured(99), "", ""),
        (Measured(3), Measured(0), "more", ""),
        (Measured(0), Measured(0), "", ""),
        (Measured(None), Measured(3), "", "not told by both"),
    ],
)
def test_beyond_noise_is_where_the_bulk_of_both_does_not_overlap(now: Measured, before: Measured, mark: str, note: str):
    found = difference("x", now, before)
    assert (found.mark, found.note) == (mark, note)


def test_the_bulk_leaves_out_both_tails():
    assert bulk([float(n) for n in range(100)]) == (5.0, 94.0)
    assert bulk([1.0, 2.0]) == (1.0, 2.0)


def test_what_was_made_differently_is_named():
    one: dict[str, Any] = {
        "machine": {"processors": 2},
        "versions": {"python": "3.11"},
        "seed": 1,
        "command": ["a", "b"],
    }
    two = {"machine": {"processors": 64}, "versions": {"python": "3.11", "uvloop": "1"}, "seed": None, "command": ["a"]}
    assert list(making(one, two)) == [
        ("machine: processors", "2", "64"), ("versions: uvloop", "–", "1"), ("seed", "1", "–"), ("command", "a b", "a")
    ]  # fmt: skip
    assert list(making(one, one)) == []
