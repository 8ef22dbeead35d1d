"""The computer of a station: its flash memory takes so many transaction messages, and some go when there are more."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from simulator.flash import Phase, TxEvent
from simulator.hardware.gadget import Gadget, Showing
from simulator.hardware.shown import written
from simulator.hardware.site import Site

FULL = "storage full"


class Board(Gadget):
    """The computer of one station. Faults: ``broken``; ``room``: how many transaction messages find room."""

    __slots__ = ("full", "room")

    def __init__(self, site: Site, kind: Showing) -> None:
        self.room = inf
        self.full = False
        super().__init__(site, kind)

    def value(self, variable: str) -> str | None:
        return written(self.broken or self.full) if variable == "Problem" else super().value(variable)

    def disturbed(self) -> None:
        """Besides, see whether what waits has room."""
        super().disturbed()
        self.fit(self.site.station.flash.journal)

    def fit(self, queue: list[TxEvent]) -> None:
        """Drop what has no room, and say whether there is any left.

        2.0.1 part 2 E04.FR.07, .08: only Updated messages go, the 1st, 3rd, 5th … of them first, so that what is left
        is spread evenly; the one that is sent next stays.
        """
        while len(queue) > self.room and (index := _spare(queue)) is not None:
            del queue[index]
        full = len(queue) >= self.room
        if full == self.full or not self.site.powered:
            return
        self.full = full
        self.site.changed("Problem")
        if full:
            self.site.trouble(FULL, f"{len(queue)} messages")
        else:
            self.site.recovered(FULL)


def _spare(queue: Sequence[TxEvent]) -> int | None:
    """Which message goes: of the Updated ones the one with the shortest gap around it, of these the first."""
    spare = [index for index in range(1, len(queue)) if queue[index].phase is Phase.UPDATED]
    return min(spare, key=lambda index: (_gap(queue, index), index), default=None)


def _gap(queue: Sequence[TxEvent], index: int) -> float:
    """How many numbers lie between its neighbours in the same transaction; the newest of it goes last."""
    event = queue[index]
    before = next((each.seq for each in reversed(queue[:index]) if each.tx is event.tx), event.seq - 1)
    return next((each.seq for each in queue[index + 1 :] if each.tx is event.tx), inf) - before
