"""How far a campaign is, and how far each of its stations is."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """How far a campaign is."""

    DRAFT = "Draft"
    SCHEDULED = "Scheduled"
    RUNNING = "Running"
    PAUSED = "Paused"
    COMPLETED = "Completed"
    CANCELLED = "Cancelled"


class Phase(StrEnum):
    """What a campaign that runs does: it finds its stations, has a wave of them begin, or waits after one."""

    ENROLLING = "enrolling"
    ROLLING = "rolling"
    SOAKING = "soaking"
    APPROVAL = "approval"


class Standing(StrEnum):
    """How far a station is. ``Waiting``: it is away, busy, or rests after a failure; ``Sent``: it was asked and has not
    answered; ``InProgress``: it has agreed."""

    PENDING = "Pending"
    WAITING = "Waiting"
    SENT = "Sent"
    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    SKIPPED = "Skipped"


IN_HAND = (Standing.SENT, Standing.IN_PROGRESS)
"""Stations that are doing it."""

OPEN = (Standing.PENDING, Standing.WAITING, *IN_HAND)
"""Stations of which more is to come."""

MOVES: dict[str, tuple[tuple[State, ...], State]] = {
    "start": ((State.DRAFT,), State.SCHEDULED),
    "pause": ((State.SCHEDULED, State.RUNNING), State.PAUSED),
    "resume": ((State.PAUSED,), State.RUNNING),
    "cancel": ((State.SCHEDULED, State.RUNNING, State.PAUSED), State.CANCELLED),
    "approve": ((State.RUNNING,), State.RUNNING),
}
"""What people do with a campaign: in which states they can, and which it has then."""

CHANGEABLE = (State.DRAFT,)
REMOVABLE = (State.DRAFT, State.COMPLETED, State.CANCELLED)
