"""What a state means to somebody who looks after stations: one table from words to tones."""

from __future__ import annotations

TONES = {
    "good": "Available Accepted accepted Connected Installed Issued Valid done Completed Succeeded",
    "busy": "Charging Active sent Running InProgress",
    "wait": (
        "Preparing Occupied EVConnected SuspendedEV SuspendedEVSE Scheduled Paused Waiting Finishing Reserved "
        "Idle Pending pending queued Requested Sent Minor Acknowledged"
    ),
    "bad": (
        "Faulted Rejected Invalid Blocked Expired Error failed rejected Refused Failed Abandoned revoked "
        "Critical Major Raised"
    ),
    "off": "Unavailable Offline Ended",
}
_TONE = {word: name for name, its in TONES.items() for word in its.split()}


def tone(state: str | None) -> str:
    """``good``, ``busy``, ``wait``, ``bad`` or ``off``: a class of the style sheet."""
    return _TONE.get(state or "", "off")
