"""What a load run costs the machine, and the processes on it that do not tick themselves, as ticks of ``load.jsonl``.

Whoever calls ``sample`` says what time it is. What this machine does not tell is left out of the gauges and named in
``untold``; a process that is gone is told once, as ``vanished:<source>``, and then no more.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from reports.ticks import Tick

SOURCE = "machine"
KIB = 1024


class Untold(Exception):
    """What a file of ``/proc`` does not say."""


@dataclass(frozen=True, slots=True)
class Jiffies:
    """Time since boot of all processors together, in ticks of the kernel."""

    busy: int
    all: int


class Machine:
    """Samples ``/proc`` and the processes that it watches. ``proc`` is where that file system is."""

    def __init__(self, pids: Mapping[str, int] | None = None, *, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._watched: dict[str, psutil.Process] = {}
        self._vanished: list[str] = []
        self._before: Jiffies | None = None
        self.untold: dict[str, str] = {}
        """Gauges that are missing, and why; those of a process as ``<source> <gauge>``."""
        for source, pid in (pids or {}).items():
            self.watch(source, pid)

    @property
    def watched(self) -> list[str]:
        """The sources of the processes that are still there."""
        return list(self._watched)

    def watch(self, source: str, pid: int) -> None:
        """Sample a process under the name of a source such as ``csms-1``, from now on; a new pid replaces the old."""
        try:
            self._watched[source] = psutil.Process(pid)
        except psutil.NoSuchProcess:
            self._watched.pop(source, None)
            self._vanished.append(source)

    def forget(self, source: str) -> None:
        """Sample a process no longer; it ended as it should."""
        self._watched.pop(source, None)

    def sample(self, t: float, phase: str = "") -> list[Tick]:
        """A tick of every watched process that is there, and one of the machine, which comes last."""
        ticks = []
        for source, process in list(self._watched.items()):
            try:
                ticks.append(Tick(t, source, phase, self._process(source, process)))
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                del self._watched[source]
                self._vanished.append(source)
        counts = Counter(f"vanished:{source}" for source in self._vanished)
        self._vanished.clear()
        return [*ticks, Tick(t, SOURCE, phase, self._machine(), counts)]

    def _process(self, source: str, process: psutil.Process) -> dict[str, float]:
        """Raises NoSuchProcess where it is gone or only waits to be buried."""
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            raise psutil.NoSuchProcess(process.pid)
        with process.oneshot():
            times = process.cpu_times()
            gauges = {"cpu_s": times.user + times.system, "rss_bytes": float(process.memory_info().rss)}
        asked: dict[str, Callable[[], float]] = {
            "private_bytes": lambda: self._private_bytes(process.pid),
            "open_files": lambda: self._open_files(process),
        }
        return gauges | self._told(asked, f"{source} ")

    def _open_files(self, process: psutil.Process) -> float:
        """Since Linux 6.2 the folder's size is their number; listing tens of thousands takes tens of milliseconds."""
        folder = self._proc / str(process.pid) / "fd"
        return float((folder.stat().st_size if folder.exists() else 0) or process.num_fds())

    def _machine(self) -> dict[str, float]:
        asked: dict[str, Callable[[], float]] = {
            "socket_bytes": self._socket_bytes,
            "slab_bytes": lambda: self._kib("meminfo", "Slab:") * KIB,
            "memory_available_bytes": lambda: self._kib("meminfo", "MemAvailable:") * KIB,
            "load_1m": lambda: float(self._words("loadavg")[0]),
        }
        gauges = self._told(asked, "")
        share = self._told({"cpu_share": self._cpu_share}, "")
        return gauges | {name: value for name, value in share.items() if value >= 0}

    def _told(self, asked: Mapping[str, Callable[[], float]], whose: str) -> dict[str, float]:
        gauges = {}
        for name, ask in asked.items():
            try:
                gauges[name] = ask()
            except FileNotFoundError as wrong:
                self.untold[whose + name] = f"no {wrong.filename}"
            except (Untold, PermissionError, psutil.AccessDenied, ValueError, IndexError) as wrong:
                self.untold[whose + name] = str(wrong) or type(wrong).__name__
        return gauges

    def _words(self, name: str) -> list[str]:
        return (self._proc / name).read_text().split()

    def _kib(self, name: str, key: str) -> float:
        words = self._words(name)
        if key not in words:
            raise Untold(f"{self._proc / name} has no {key}")
        return float(words[words.index(key) + 1])

    def _private_bytes(self, pid: int) -> float:
        """What only this process holds: its clean, dirty and swapped pages; one that just died has none to read."""
        try:
            words = self._words(f"{pid}/smaps_rollup")
        except ProcessLookupError:
            raise psutil.NoSuchProcess(pid) from None
        parts = [key for key in ("Private_Clean:", "Private_Dirty:", "Swap:") if key in words]
        if not parts:
            raise Untold(f"{self._proc / str(pid)}/smaps_rollup is empty")
        return sum(float(words[words.index(key) + 1]) for key in parts) * KIB

    def _socket_bytes(self) -> float:
        """Pages that TCP holds for its buffers; of IPv6, too, as the kernel counts both together."""
        for line in (self._proc / "net" / "sockstat").read_text().splitlines():
            kind, *words = line.split()
            if kind == "TCP:" and "mem" in words:
                return float(words[words.index("mem") + 1]) * os.sysconf("SC_PAGE_SIZE")
        raise Untold(f"{self._proc / 'net' / 'sockstat'} does not count TCP's pages")

    def _cpu_share(self) -> float:
        """Share of all processors' time since the last sample that was neither idle nor waiting; the first has none."""
        kind, *words = (self._proc / "stat").read_text().splitlines()[0].split()
        if kind != "cpu":
            raise Untold(f"{self._proc / 'stat'} does not begin with all processors")
        jiffies = [int(word) for word in words[:8]]  # guests are counted in user and nice already
        now, before = Jiffies(sum(jiffies) - sum(jiffies[3:5]), sum(jiffies)), self._before
        self._before = now
        if before is None or now.all <= before.all:
            return -1.0
        return (now.busy - before.busy) / (now.all - before.all)
