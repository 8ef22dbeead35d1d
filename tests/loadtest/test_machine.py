"""The machine and its processes as ticks; what is missing is said."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtest.machine import Machine


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A small ``/proc``."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "sockstat").write_text("sockets: used 3\nTCP: inuse 1 orphan 0 tw 2 alloc 4 mem 200\n")
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:  4000 kB\nSlab:  169 kB\n")
    (tmp_path / "loadavg").write_text("0.18 0.20 0.14 1/150 11881\n")
    (tmp_path / "stat").write_text("cpu  10 0 10 70 10 0 0 0 0 0\ncpu0 1 1\n")
    return tmp_path


def test_the_machine_is_told(proc: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 4096}.__getitem__)
    machine = Machine(proc=proc)
    (first,) = machine.sample(1.0, "ramp")
    assert (first.t, first.source, first.phase) == (1.0, "machine", "ramp")
    assert first.gauges == {
        "socket_bytes": 200 * 4096, "slab_bytes": 169 * 1024, "memory_available_bytes": 4000 * 1024, "load_1m": 0.18
    }  # fmt: skip
    (proc / "stat").write_text("cpu  40 0 10 120 30 0 0 0 99 0\n")
    (second,) = machine.sample(2.0)
    assert second.gauges["cpu_share"] == pytest.approx(0.3)
    assert machine.untold == {}


def test_no_time_between_two_samples_is_no_share(proc: Path):
    machine = Machine(proc=proc)
    machine.sample(1.0)
    assert "cpu_share" not in machine.sample(1.0)[0].gauges


def test_what_the_machine_does_not_tell_is_named(proc: Path):
    (proc / "net" / "sockstat").write_text("sockets: used 3\n")
    (proc / "meminfo").write_text("Slab: many kB\n")
    (proc / "stat").unlink()
    machine = Machine(proc=proc)
    (tick,) = machine.sample(1.0)
    assert tick.gauges == {"load_1m": 0.18}
    assert set(machine.untold) == {"socket_bytes", "slab_bytes", "memory_available_bytes", "cpu_share"}
    assert machine.untold["cpu_share"] == f"no {proc / 'stat'}"


def test_a_process_is_told(child: subprocess.Popen[bytes]):
    machine = Machine({"csms-1": child.pid})
    told, of_machine = machine.sample(1.0)
    assert (told.source, of_machine.source) == ("csms-1", "machine")
    assert set(told.gauges) == {"cpu_s", "rss_bytes", "private_bytes", "open_files"}
    assert 0 < told.gauges["private_bytes"] < told.gauges["rss_bytes"]
    assert told.gauges["open_files"] >= 3


@pytest.mark.parametrize("buried", [True, False])
def test_a_process_that_vanished_is_told_once(child: subprocess.Popen[bytes], buried: bool):
    machine = Machine({"csms-1": child.pid})
    machine.sample(1.0)
    child.kill()
    if buried:
        child.wait()
    else:
        assert child.stdout is not None
        child.stdout.read()  # ends when the process does
    while machine.watched:
        ticks = machine.sample(2.0)
    assert [tick.source for tick in ticks] == ["machine"]
    assert ticks[0].counts == {"vanished:csms-1": 1}
    assert machine.sample(3.0)[0].counts == {}


def test_a_process_that_never_was_has_vanished_too(child: subprocess.Popen[bytes]):
    child.communicate(b"\n")
    machine = Machine({"csms-9": child.pid})
    assert machine.sample(1.0)[0].counts == {"vanished:csms-9": 1}


def test_a_process_that_ended_as_it_should_is_forgotten(child: subprocess.Popen[bytes]):
    machine = Machine({"csms-1": child.pid})
    machine.forget("csms-1")
    child.communicate(b"\n")
    assert [tick.source for tick in machine.sample(1.0)] == ["machine"]


def test_a_process_without_a_rollup_keeps_its_other_gauges(proc: Path, child: subprocess.Popen[bytes]):
    machine = Machine({"csms-1": child.pid}, proc=proc)
    told, _ = machine.sample(1.0)
    assert set(told.gauges) == {"cpu_s", "rss_bytes", "open_files"}
    assert "smaps_rollup" in machine.untold["csms-1 private_bytes"]
