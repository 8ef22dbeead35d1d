"""Counts of a run, and the choice of what is worth showing."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reports.digest import PLAIN, ROUTINELY, STRIKING, choose, digest
from reports.rundir import Run, RunWriter


def test_counts_what_was_asked_and_what_became_of_it(tmp_path: Path) -> None:
    with RunWriter(tmp_path, known={"stations": [{"id": "CP-1", "profile": "ac", "version": "2.1"}]}) as writer:
        writer.message(1, "CP-1", "up", '[2,"a","Heartbeat",{}]')
        writer.message(1, "CP-1", "down", '[3,"a",{}]')
        writer.message(2, "CP-1", "down", '[2,"b","Reset",{}]')
        writer.message(2, "CP-1", "up", '[4,"b","NotSupported","",{}]')
        writer.message(3, "CP-2", "up", '[2,"c","Heartbeat",{}]')
        writer.message(4, "CP-1", "up", '[6,"d","NotifyPeriodicEventStream",{}]')
        writer.message(5, "CP-1", "up", "garbage")
        writer.message(6, "CP-1", "down", '[3,"nobody",{}]')
    found = digest(Run.open(tmp_path))
    beat, reset = found.actions["Heartbeat"], found.actions["Reset"]
    assert (beat.up, beat.answered, beat.unanswered, dict(beat.versions)) == (2, 1, 1, {"2.1": 1, "unknown": 1})
    assert (reset.down, reset.refused, reset.unanswered) == (1, 1, 0)
    assert found.actions["NotifyPeriodicEventStream"].unanswered == 0
    assert (found.frames, found.errors, found.unreadable, found.unmatched) == (8, 1, 1, 1)
    assert list(found.stations) == ["CP-1", "CP-2"]
    assert list(found.stations["CP-1"].tiers) == [2, 2, 1, 0, 1, 0, 0]
    assert found.stations["CP-1"].lines_at(2.5) == [4]
    assert found.stations["CP-1"].lines_at(0) == [1]


def test_what_is_striking_comes_with_its_surroundings() -> None:
    tiers = [ROUTINELY] * 1000
    tiers[500] = STRIKING
    chosen = choose(tiers, 60, always=[700])
    assert set(range(497, 504)) <= set(chosen)
    assert set(range(697, 704)) <= set(chosen)
    assert {0, 999} <= set(chosen)
    assert len(chosen) == 60


@given(st.lists(st.sampled_from([STRIKING, PLAIN, ROUTINELY]), max_size=200), st.integers(0, 80))
def test_the_choice_is_ascending_and_within_its_limit(tiers: list[int], limit: int) -> None:
    chosen = choose(tiers, limit)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(limit, len(tiers))
