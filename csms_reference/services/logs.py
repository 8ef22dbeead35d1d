"""Logs that stations were asked to upload (N01; 1.6 §5.9), how that went, and the addresses that they went to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from csms_reference.services import uploads
from csms_reference.services.progress import Progress
from csms_reference.store.log_tables import log_requests, log_statuses

ENDS = frozenset({
    "Uploaded", "UploadFailure", "UploadFailed", "BadMessage", "PermissionDenied", "NotSupportedOperation",
    "AcceptedCanceled",
})  # fmt: skip
"""Statuses after which nothing more follows (UploadLogStatusEnumType; 1.6 DiagnosticsStatus)."""

LASTS_MS = 24 * 3600 * 1000
"""How long an address waits for a log."""

PATH = "/uploads/"

progress = Progress(log_requests, log_statuses, ENDS)


def address_for(connection: Connection, station: str, most_bytes: int, ids: Callable[[], str], now_ms: int) -> str:
    """Make an address for one log of a station, which nobody guesses."""
    address = ids()
    while uploads.find(connection, address) is not None:
        address = ids()
    uploads.offer(
        connection, address, station=station, most_bytes=most_bytes, now_ms=now_ms, expires_ms=now_ms + LASTS_MS
    )  # fmt: skip
    return address


def address_in(location: str, base: str | None) -> str | None:
    """The address of ours that a URL leads to; None for one of somebody else."""
    if base is None or not location.startswith(base + PATH):
        return None
    return location.removeprefix(base + PATH).partition("/")[0]


def asked(connection: Connection, station: str, what: dict[str, Any], asked_ms: int, **more: Any) -> None:
    """Note a request; one that took the place of another ends that (N01.FR.12; 1.6 whitepaper N01.FR.11)."""
    number = progress.asked(connection, station, what, asked_ms, **more)
    if what["answer"] == "AcceptedCanceled":
        progress.cancelled(connection, station, number, asked_ms)
