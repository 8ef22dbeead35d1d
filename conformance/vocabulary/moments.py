"""Time in a case: moments that the bench puts into what it sends, the time of day, and time that goes by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instant:
    """A time of day in a payload of the bench, relative to when it is sent (seconds)."""

    offset_s: float = 0.0


NOW = Instant()


def ago(seconds: float) -> Instant:
    """So long before now."""
    return Instant(-seconds)


@dataclass(frozen=True, slots=True)
class LetPass:
    """Time goes by; what arrives is answered as usual."""

    for_s: float


def let_pass(for_s: float) -> LetPass:
    """Let time go by."""
    return LetPass(for_s)


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """The date and time that the bench tells. The result is an aware datetime."""


def time_of_day() -> TimeOfDay:
    """What date and time it is."""
    return TimeOfDay()
