"""Keeps the garbage collector from looking through stations that stay, and has it fetch those that went."""

from __future__ import annotations

import gc
from types import ModuleType

THRESHOLDS = (50_000, 200, 1_000)
"""Young objects are looked through seldom, old ones hardly ever."""

GONE_LIMIT = 500
"""Stations that went make a whole collection worth its pause."""


class Litter:
    """Asked after every tick. What lives when stations were built is frozen, so that no pause grows with their number;
    stations that went lie in cycles among the frozen, and are fetched by the hundred."""

    def __init__(self, collector: ModuleType = gc) -> None:
        self._gc = collector
        self._built = 0
        self._gone = 0
        collector.collect()
        collector.freeze()
        collector.set_threshold(*THRESHOLDS)

    def look(self, built: int, gone: int) -> None:
        """So many stations were built and connected, and so many are gone, since the process began."""
        if gone - self._gone >= GONE_LIMIT:
            self._gone = gone
            self._gc.unfreeze()
            self._gc.collect()
            self._gc.freeze()
        elif built != self._built:
            self._gc.freeze()
        self._built = built
