"""What can be wrong with a station, and what its firmware makes of it: one table for every version of OCPP.

A trouble is raised by a part (never by a script): the part senses, protects itself and its driver, and says the
trouble's name. What follows is the firmware's: the end of a transaction, the status, the messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Effect(IntEnum):
    """What a trouble does to charging where it is; the worst of several counts."""

    TOLD = 0
    """Nothing but the message."""
    HELD_BACK = 1
    """The EV gets nothing; a running transaction stays and goes on afterwards."""
    FAULTED = 2
    """The place cannot be used; a running transaction ends."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of trouble.

    ``error_code``: ChargePointErrorCode (1.6 §7.6). ``component`` and ``variable``: what NotifyEvent names (2.0.1 part
    2 N07; appendices, standardized components), with the value ``true`` while it lasts. ``reason``: ReasonEnumType of
    the transaction that it ends. ``severity``: 0 (danger) to 9 (debug), as monitors have it (MonitorSeverity).
    """

    name: str
    error_code: str
    effect: Effect
    component: str
    variable: str = "Problem"
    reason: str = "Other"
    severity: int = 3
