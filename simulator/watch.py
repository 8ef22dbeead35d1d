"""Who is told of the traffic of many stations while it happens: what a load test measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from simulator.line import Reply


class Watch(Protocol):
    """One for all stations that it watches. It reads the wall clock, if any; stations do not."""

    frames_up: int
    """Frames that stations have sent."""

    frames_down: int
    """Frames that stations have received."""

    def dialling(self, station: str) -> None:
        """A station starts to connect."""

    def called(self, station: str) -> None:
        """A CALL leaves a station; there is one at a time, those queued behind it have not left."""

    def settled(self, station: str, reply: Reply) -> None:
        """A station's CALL is over, answered or not."""
