"""Where stations are and how their holders are reached: what several nodes would do over a network of their own."""

from __future__ import annotations

from typing import Any, Protocol

from csms_reference.workers.presence import Place


class Router(Protocol):
    """Knows the holder of every connected station and asks it things (``csms_reference.workers.extension`` answers)."""

    def connected(self) -> int:
        """How many stations are connected, wherever."""

    def where(self, station: str) -> Place | None:
        """Who holds a station; None while nobody does."""

    async def ask(self, holder: int, what: str, about: dict[str, Any]) -> Any:
        """Ask one holder. Raises wire.HungUp when it is gone, wire.Failed, StoreError, frames.Unsendable."""
