"""When a process that says nothing has to be taken for dead: not while it only waits for a processor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")
NS = 1e-9


class Silence:
    """How long a process has been silent in its own time. ``wall`` and ``waited`` are seconds that only grow."""

    def __init__(self, limit_s: float, wall: Callable[[], float], waited: Callable[[], float]) -> None:
        self._limit_s = limit_s
        self._wall = wall
        self._waited = waited
        self.broken()

    def broken(self) -> None:
        """The process has said something."""
        self._since_s, self._waited_s = self._wall(), self._waited()

    @property
    def too_long(self) -> bool:
        """Whether it had all the time to speak. What it waited for a processor was not its own time."""
        waited_s = max(0.0, self._waited() - self._waited_s)
        return self._wall() - self._since_s - waited_s >= self._limit_s


def waited_s(pid: int, proc: Path = PROC) -> float:
    """Seconds that a process was ready to run while others did; 0 where the system does not tell."""
    try:
        return float((proc / str(pid) / "schedstat").read_text().split()[1]) * NS
    except (OSError, ValueError, IndexError):
        return 0.0
