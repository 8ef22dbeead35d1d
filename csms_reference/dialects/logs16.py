"""OCPP 1.6: diagnostics (§4.4, §5.9), and the logs of the security whitepaper (N01)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from csms_reference.dialects.firmware201 import dated
from csms_reference.dialects.logs201 import COMMAND, note, place, request
from csms_reference.dialects.registry import Ask, Asker, Payload, answers, commands
from csms_reference.outcome import Outcome
from protocol.versions import V16

if TYPE_CHECKING:
    from csms_reference.csms import Csms


@commands(COMMAND, V16)
async def get_log(
    ask: Ask,
    *,
    kind: str = "DiagnosticsLog",
    location: str | None = None,
    oldest: str | None = None,
    latest: str | None = None,
    retries: int | None = None,
    retry_interval: int | None = None,
    request_id: int | None = None,
) -> Outcome:
    """GetDiagnostics for diagnostics; GetLog (whitepaper N01) for the security log, or with a ``request_id``."""
    if kind != "DiagnosticsLog" or request_id is not None:
        return await ask(
            "GetLog", await request(ask, kind, location, oldest, latest, retries, retry_interval, request_id)
        )  # fmt: skip
    payload = {
        "location": await place(ask, location),
        "startTime": dated("oldest", oldest),
        "stopTime": dated("latest", latest),
        "retries": retries,
        "retryInterval": retry_interval,
    }
    return await ask("GetDiagnostics", {name: value for name, value in payload.items() if value is not None})


@answers("DiagnosticsStatusNotification", V16)
async def diagnostics_status_notification(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """§4.4."""
    await note(csms, station, "DiagnosticsStatusNotification", ask, now)
    return {}


@answers("LogStatusNotification", V16)
async def log_status_notification(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """Whitepaper N01.FR.07, .12."""
    await note(csms, station, "LogStatusNotification", ask, now)
    return {}
