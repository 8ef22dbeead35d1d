"""The time series survives a cut as far as it was spilled."""

from __future__ import annotations

from pathlib import Path

from reports import samples
from reports.samples import FINISHED, SPILLED, SampleWriter


def row(t: float) -> samples.Row:
    return t, "CP-1", 1, 11_040.0, 184.0, 16.0, 230.0, 16.0, None


def test_finished_samples_are_whole(tmp_path: Path) -> None:
    writer = SampleWriter(tmp_path)
    for t in (1.0, 2.0):
        writer.add(row(t))
    writer.finish()
    table, gap = samples.read(tmp_path)
    assert (table.column("t").to_pylist(), gap) == ([1.0, 2.0], None)
    assert not (tmp_path / SPILLED).exists()


def test_a_cut_anywhere_leaves_whole_groups(tmp_path: Path) -> None:
    writer = SampleWriter(tmp_path)
    for t in (1.0, 2.0, 3.0):
        writer.add(row(t))
        writer.spill()
    writer.close()
    path, whole = tmp_path / SPILLED, (tmp_path / SPILLED).read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        table, gap = samples.read(tmp_path)
        assert table.column("t").to_pylist() == [1.0, 2.0, 3.0][: table.num_rows]
        assert f"{table.num_rows} samples were recovered" in str(gap)


def test_damage_is_told(tmp_path: Path) -> None:
    (tmp_path / FINISHED).write_bytes(b"PAR1 this is none")
    table, gap = samples.read(tmp_path)
    assert table.num_rows == 0
    assert gap is not None
    assert "is damaged" in gap
    (tmp_path / FINISHED).unlink()
    assert samples.read(tmp_path)[1] == f"{FINISHED} is missing"
