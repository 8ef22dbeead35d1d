import gc
from pathlib import Path

from loadtest.vitals import Vitals


def folder(path: Path) -> Path:
    (path / "fd").mkdir()
    (path / "statm").write_text("100 20 5 1 0 60 0\n")
    (path / "smaps_rollup").write_text("0-1 ---p\nPrivate_Clean:  4 kB\nPrivate_Dirty: 16 kB\n")
    return path


def test_the_longest_lag_and_pause_since_the_last_sample_are_told(tmp_path):
    now = [0.0]
    vitals = Vitals(lambda: 1.5, lambda: now[0], proc=folder(tmp_path))
    try:
        vitals.lagged(0.2)
        vitals.lagged(0.1)
        gc.callbacks[-1]("start", {})
        now[0] = 0.75
        gc.callbacks[-1]("stop", {})
        first, second = vitals.sample(), vitals.sample()
    finally:
        vitals.close()
    assert (first["cpu_s"], first["loop_lag_s"], first["gc_pause_s"]) == (1.5, 0.2, 0.75)
    assert (second["loop_lag_s"], second["gc_pause_s"]) == (0.0, 0.0)
    assert first["private_bytes"] == 20 * 1024
    assert first["rss_bytes"] > 0
    assert first["open_files"] >= 0


def test_what_the_system_does_not_tell_is_left_out(tmp_path):
    vitals = Vitals(lambda: 0.0, lambda: 0.0, proc=tmp_path / "none")
    try:
        assert set(vitals.sample()) == {"cpu_s", "loop_lag_s", "gc_pause_s"}
    finally:
        vitals.close()


def test_of_this_process_it_knows_all():
    vitals = Vitals(lambda: 0.0, lambda: 0.0)
    try:
        found = vitals.sample()
    finally:
        vitals.close()
    assert found["open_files"] >= 3
    assert found["private_bytes"] > 1_000_000
    assert found["rss_bytes"] > 1_000_000
