"""A run directory is read as far as it goes, and what is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.recording import Run, RunError
from reports.rundir import RunWriter


def test_a_last_line_that_was_cut_off_is_left_out_and_named(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run", {"kind": "scenario"}) as writer:
        for t in (1.0, 2.0):
            writer.message(t, "CP-1", "up", '[2,"1","Heartbeat",{}]')
    path = tmp_path / "run" / "messages.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    run = Run.open(tmp_path / "run")
    assert [each.t for each in run.messages()] == [1.0]
    assert any("the last line was cut off" in gap for gap in run.gaps)
    assert not run.complete


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=str(tmp_path)):
        Run.open(tmp_path)
