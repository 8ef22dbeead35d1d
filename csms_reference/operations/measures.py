"""What a process measures of its own work: cheap to note, and plain to hand to another process."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Any

HANDLING_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
COMMIT_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
BATCH_WRITES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
"""Upper bounds, each included."""

Plain = list[float]
"""A distribution as JSON has it: the sum of all values, then how many fell below each bound and above the last."""


class Distribution:
    """How many values fell between which bounds. One thread notes, any may look."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def note(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def plain(self) -> Plain:
        """The sum and the counts."""
        return [self.total, *self.counts]


class Measures:
    """What a process measures of its stations: how long their CALLs took, and which CALLERRORs they were sent."""

    def __init__(self) -> None:
        self._handling: dict[str, Distribution] = {}
        self.errors: Counter[str] = Counter()

    def handled(self, action: str, seconds: float) -> None:
        """A CALL came to its end, so long after it came. ``action`` must be one of OCPP's."""
        found = self._handling.get(action)
        if found is None:
            found = self._handling[action] = Distribution(HANDLING_S)
        found.note(seconds)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        handling = {action: each.plain() for action, each in self._handling.items()}
        return {"handling": handling, "errors": dict(self.errors)}
