"""How many reports a station makes at a time (2.0.1 part 2 B07.FR.13, B08.FR.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.function import Function, function

if TYPE_CHECKING:
    from simulator.station import Station

MOST_AT_ONCE = 3
"""More reports than these do not find room in the memory of a station."""


@function
class Reporting(Function):
    """The reports that are on their way to the CSMS, by request id."""

    __slots__ = ("_running",)

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._running: frozenset[int] = frozenset()

    def refused(self, request_id: int) -> str | None:
        """The reason code of why another report cannot be made now; None where it can."""
        if request_id in self._running:
            return "DuplicateRequestId"
        return "OutOfMemory" if len(self._running) >= MOST_AT_ONCE else None

    def begun(self, request_id: int) -> None:
        """A report is on its way."""
        self._running |= {request_id}

    def over(self, request_id: int) -> None:
        """A report is complete, or was given up."""
        self._running -= {request_id}
