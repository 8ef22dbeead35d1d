"""What a station keeps of an upload without power: which one was in hand, so that it can be told to have failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """Which log (LogEnumType)."""

    DIAGNOSTICS = "DiagnosticsLog"
    SECURITY = "SecurityLog"


class Status(StrEnum):
    """How an upload goes (UploadLogStatusEnumType)."""

    IDLE = "Idle"
    UPLOADING = "Uploading"
    UPLOADED = "Uploaded"
    UPLOAD_FAILURE = "UploadFailure"
    BAD_MESSAGE = "BadMessage"
    PERMISSION_DENIED = "PermissionDenied"
    NOT_SUPPORTED_OPERATION = "NotSupportedOperation"
    ACCEPTED_CANCELED = "AcceptedCanceled"


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when entries are wanted; None: without end on that side."""

    oldest: datetime | None = None
    latest: datetime | None = None

    def has(self, moment: datetime) -> bool:
        """Whether a moment is in it."""
        return (self.oldest is None or moment >= self.oldest) and (self.latest is None or moment <= self.latest)


@dataclass(frozen=True, slots=True)
class Order:
    """A log that the CSMS has asked for.

    ``request_id`` is None for 1.6's GetDiagnostics. ``retries``: further attempts; None for as many as the station
    likes.
    """

    kind: Kind
    request_id: int | None
    location: str
    window: Window = Window()
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """The upload in hand; None where there is none."""

    order: Order | None = None
