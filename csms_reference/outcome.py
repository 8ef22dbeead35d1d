"""How a command to a station, or a single CALL, ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

UNKNOWN_STATION = "unknown station"
OFFLINE = "offline"
NOT_ACCEPTED = "not accepted"
NOT_SUPPORTED = "not supported"
BAD_FIELDS = "bad fields"
QUEUE_FULL = "queue full"
TOO_LARGE = "too large"
REFUSED = "refused"
MISANSWERED = "misanswered"
TIMED_OUT = "timed out"
DISCONNECTED = "disconnected"
UNREACHABLE = "unreachable"
NOT_KEPT = "not kept"

OURS = frozenset(
    {
        UNKNOWN_STATION,
        OFFLINE,
        NOT_ACCEPTED,
        NOT_SUPPORTED,
        BAD_FIELDS,
        QUEUE_FULL,
        TOO_LARGE,
        REFUSED,
        MISANSWERED,
        TIMED_OUT,
        DISCONNECTED,
        UNREACHABLE,
        NOT_KEPT,
    }
)
"""Statuses that say that there is no answer; OCPP's own are in CamelCase and never among these."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a command. ``status`` is the station's own word, or one of ``OURS``.

    ``answer`` is the payload of the CALLRESULT, None if there was none; then ``error`` says in one line why.
    ``asked`` is what a command's CALL asked, with the numbers that were chosen for it; of several the last.
    """

    status: str
    answer: dict[str, Any] | None = None
    error: str | None = None
    asked: dict[str, Any] | None = field(default=None, compare=False)

    @property
    def answered(self) -> bool:
        """Whether the station answered with a CALLRESULT."""
        return self.answer is not None
