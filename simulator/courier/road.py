"""A connection to a server, as a courier uses it: opened, used piece by piece, and closed at any moment."""

from __future__ import annotations

from typing import Protocol

from simulator.courier.parcel import Parcel

PIECE = 65_536
"""Bytes read from a server in one go."""


class Incoming(Protocol):
    """A file that comes."""

    async def open(self, parcel: Parcel) -> None:
        """Ask for the file, or for what is missing of it; tells the parcel where it begins. Raises Undelivered."""

    async def read(self, most: int) -> bytes:
        """``most`` bytes more, less only at the end, none after it. Raises Undelivered."""

    async def close(self) -> None:
        """Drop the connection; harmless at any time."""


class Outgoing(Protocol):
    """A file that goes."""

    async def open(self, size: int, sent: int) -> int:
        """Begin to send ``size`` bytes of which ``sent`` have left before: from which byte on. Raises Undelivered."""

    async def write(self, piece: bytes) -> None:
        """Send a piece. Raises Undelivered."""

    async def finish(self) -> None:
        """All is sent: hear whether it was taken. Raises Undelivered."""

    async def close(self) -> None:
        """Drop the connection; harmless at any time."""
