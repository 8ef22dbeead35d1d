"""What an alert is about: kinds, severities, states, and the condition that it stands for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Of what kind the trouble is."""

    CONNECTION = "ConnectionLost"
    FAULT = "Fault"
    METER = "ImplausibleMeter"
    SESSION = "SessionStuck"
    CERTIFICATE = "CertificateExpiring"
    SECURITY = "SecurityEvent"


class Severity(StrEnum):
    """How bad it is (perceived severity, ITU-T X.733 §8.1.2.3), the worst first."""

    CRITICAL = "Critical"
    MAJOR = "Major"
    MINOR = "Minor"
    WARNING = "Warning"


class State(StrEnum):
    """How far an alert is. Raised and acknowledged ones are open."""

    RAISED = "Raised"
    ACKNOWLEDGED = "Acknowledged"
    CLEARED = "Cleared"


CLOSABLE = {Kind.METER: None, Kind.SECURITY: None, Kind.FAULT: frozenset({"Event"})}
"""Of which kinds (None: for any reason) an alert tells of something that happened. Its end may never be heard of, so
that an operator may close it; the others stand for what is so now, and end with that."""


def is_closable(kind: str, reason: str) -> bool:
    """Whether an operator may close an alert of this kind and for this reason."""
    reasons = CLOSABLE.get(Kind(kind), frozenset())
    return reasons is None or reason in reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Trouble that a rule has found.

    ``subject`` tells it from others of its kind, reason and station; ``since_ms``: since when, by the CSMS's clock.
    ``details`` are plain values without secrets. ``mark``: the number of the row that told of it, where it was told
    rather than seen: what is told counts (``times``), each row once.
    """

    kind: Kind
    reason: str
    severity: Severity
    since_ms: int
    subject: str = ""
    station: str | None = None
    evse: int | None = None
    connector: int | None = None
    transaction_id: str | None = None
    certificate: int | None = None
    details: dict[str, Any] = field(default_factory=dict)
    mark: int | None = None
    times: int = 1

    @property
    def key(self) -> str:
        """By what it is known again: short, whatever a station calls itself and its parts."""
        named = json.dumps([self.kind, self.reason, self.station, self.subject])
        return hashlib.sha256(named.encode()).hexdigest()

    @property
    def text(self) -> str:
        """The details as they are kept."""
        return json.dumps(self.details, sort_keys=True)
