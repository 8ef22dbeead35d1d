"""What goes wrong with a fleet while it runs, and what is missing from its record because of that."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that whoever watches should know, in one line; ``stations`` were affected."""

    t: float
    source: str
    text: str
    stations: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """What nobody measured: a process of the fleet died, and with it what it had seen since its last tick."""

    source: str
    from_s: float
    until_s: float
    stations: int
    why: str


class FleetError(Exception):
    """The fleet cannot do what it is asked to; one line."""
