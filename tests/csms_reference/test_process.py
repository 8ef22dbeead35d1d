"""How many stations a process may hold, and what it says when that is too few."""

import gc
import resource
import subprocess
import sys
import tempfile
from datetime import UTC

import pytest

from csms_reference.process import (
    FILES_RESERVED,
    GC_THRESHOLDS,
    connections_max,
    fresh_id,
    fresh_salt,
    raise_file_limit,
    settle_garbage,
    usage,
    wall,
)
from csms_reference.settings import Settings, SettingsError


def test_room_is_what_the_limit_leaves_unless_less_is_asked_for():
    assert connections_max(Settings(), 20_000) == 20_000 - FILES_RESERVED
    assert connections_max(Settings(connections_max=5), 20_000) == 5


@pytest.mark.parametrize(("wanted", "files"), [(19_901, 20_000), (None, 100), (1, 64)])
def test_a_limit_that_is_too_low_is_named_with_what_to_do(wanted, files):
    with pytest.raises(SettingsError, match=f"the hard limit is {files}: raise it .ulimit -Hn") as caught:
        connections_max(Settings(connections_max=wanted), files)
    assert "more workers" in str(caught.value)


def test_the_soft_limit_is_raised_to_the_hard_one():
    code = "from csms_reference.process import raise_file_limit as r; import resource; n = r(); print(n)\n"
    code += "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"

    def low():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, preexec_fn=low)
    hard = str(raise_file_limit())
    assert said.stdout.split() == [hard, hard]


def test_an_unlimited_process_takes_what_the_kernel_gives(monkeypatch):
    infinite = resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (infinite, infinite))
    assert raise_file_limit() == 2**20


def test_what_start_up_made_is_out_of_the_collectors_sight():
    before, kept = gc.get_threshold(), [[] for _ in range(2000)]
    frozen = gc.get_freeze_count()
    try:
        settle_garbage()
        assert gc.get_freeze_count() >= frozen + len(kept)
        assert gc.get_threshold() == GC_THRESHOLDS
    finally:
        gc.set_threshold(*before)


def test_the_process_is_measured():
    figures = usage()
    assert figures["rss_bytes"] > figures["private_bytes"] > 2**20
    assert figures["cpu_s"] > 0
    with tempfile.TemporaryFile():
        assert usage()["open_files"] == figures["open_files"] + 1 > 3


def test_time_and_chance_of_a_real_process():
    assert wall().tzinfo is UTC
    assert len({fresh_id() for _ in range(10)}) == len({fresh_salt() for _ in range(10)}) == 10
    assert len(fresh_salt()) == 16
