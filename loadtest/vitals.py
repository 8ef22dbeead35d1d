"""What a process of the fleet costs, as gauges of its ticks; what the system does not tell is left out."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path

PRIVATE_EVERY = 10
"""Ticks between two looks at private memory, for which the kernel walks all pages."""

KIB = 1024


class Vitals:
    """Samples this process. ``cpu`` is its processor time in s; ``wall`` a monotonic clock; ``proc`` its folder."""

    def __init__(self, cpu: Callable[[], float], wall: Callable[[], float], *, proc: Path = Path("/proc/self")) -> None:
        self._cpu = cpu
        self._wall = wall
        self._proc = proc
        self._sampled = 0
        self._private: dict[str, float] = {}
        self._collecting_since_s = 0.0
        self._pause_s = 0.0
        self._lag_s = 0.0
        gc.callbacks.append(self._collects)

    def close(self) -> None:
        """Look no longer at the garbage collector."""
        gc.callbacks.remove(self._collects)

    def lagged(self, late_s: float) -> None:
        """The event loop was so late."""
        self._lag_s = max(self._lag_s, late_s)

    def sample(self) -> dict[str, float]:
        """The gauges now; lag and pause are the longest since the last time."""
        gauges = {
            "cpu_s": round(self._cpu(), 4),
            "loop_lag_s": round(self._lag_s, 6),
            "gc_pause_s": round(self._pause_s, 6),
        }
        self._lag_s = self._pause_s = 0.0
        if self._sampled % PRIVATE_EVERY == 0:
            self._private = self._told("private_bytes", self._private_bytes)
        self._sampled += 1
        return (
            gauges
            | self._told("rss_bytes", self._rss_bytes)
            | self._told("open_files", self._open_files)
            | self._private
        )

    def _told(self, name: str, ask: Callable[[], float]) -> dict[str, float]:
        try:
            return {name: ask()}
        except (OSError, ValueError, IndexError):
            return {}

    def _rss_bytes(self) -> float:
        return float((self._proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def _private_bytes(self) -> float:
        words = (self._proc / "smaps_rollup").read_text().split()
        return sum(float(words[words.index(key) + 1]) for key in ("Private_Clean:", "Private_Dirty:")) * KIB

    def _open_files(self) -> float:
        """Since Linux 6.2 the folder's size is their number; listing twenty thousand takes 10 ms."""
        folder = self._proc / "fd"
        return float(folder.stat().st_size or sum(1 for _ in folder.iterdir()))

    def _collects(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting_since_s = self._wall()
        else:
            self._pause_s = max(self._pause_s, self._wall() - self._collecting_since_s)
