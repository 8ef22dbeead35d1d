"""OCPP 2.0.1: logs as the CSMS asks for them, and what stations say of their uploads (N01)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from csms_reference.dialects.firmware201 import dated
from csms_reference.dialects.payloads import text
from csms_reference.dialects.registry import Ask, Asker, Payload, afterwards, answers, commands
from csms_reference.events import news
from csms_reference.instants import read_ms, to_ms
from csms_reference.outcome import Outcome
from csms_reference.services import logs
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

COMMAND = "get_log"
KINDS = ("DiagnosticsLog", "SecurityLog", "DataCollectorLog")


async def place(ask: Ask, location: str | None) -> str:
    """Where a log goes: as it was asked, else an address of the CSMS's own. Raises ValueError where it has none."""
    if location is not None:
        return location
    csms, base = ask.csms, ask.csms.settings.files_base
    if base is None:
        raise ValueError("location: nothing is public here (public_port, public_tls_port), so name one")
    most, ids, now_ms = csms.settings.files_most_bytes, csms.ids_for(ask.station), csms.now_ms()
    address = await csms.store.write(lambda database: logs.address_for(database, ask.station, most, ids, now_ms))
    return f"{base}{logs.PATH}{address}/"


async def request(  # noqa: PLR0917 -- as the fields of the command come
    ask: Ask,
    kind: str,
    location: str | None,
    oldest: str | None,
    latest: str | None,
    retries: int | None,
    retry_interval: int | None,
    request_id: int | None,
) -> Payload:
    """GetLogRequest, which is GetLog.req of 1.6's security whitepaper as well. Raises ValueError."""
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is none of {', '.join(KINDS)}")
    log = {"oldestTimestamp": dated("oldest", oldest), "latestTimestamp": dated("latest", latest)}
    payload = {
        "logType": kind,
        "requestId": ask.next_number() if request_id is None else request_id,
        "retries": retries,
        "retryInterval": retry_interval,
        "log": {"remoteLocation": await place(ask, location)} | {key: value for key, value in log.items() if value},
    }
    return {name: value for name, value in payload.items() if value is not None}


@commands(COMMAND, V201)
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
    """N01. Without ``location`` to an address of the CSMS's own; read at ``/stations/{station}/logs`` what came."""
    return await ask(
        "GetLog", await request(ask, kind, location, oldest, latest, retries, retry_interval, request_id)
    )  # fmt: skip


@afterwards(COMMAND)
async def log_asked(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note what the station was asked for and what it answered (N01.FR.01, .05, .12)."""
    del fields
    if end.asked is None or end.answer is None:
        return
    ask, answer = end.asked, end.answer
    log = ask.get("log", ask)
    location = log.get("remoteLocation", log.get("location"))
    name = answer.get("filename", answer.get("fileName"))
    nothing = "log" not in ask and not name  # 1.6 §5.9
    what = {
        "request_id": ask.get("requestId"),
        "kind": ask.get("logType", KINDS[0]),
        "location": location,
        "address": logs.address_in(location, csms.settings.files_base),
        "oldest_ms": read_ms(log.get("oldestTimestamp", log.get("startTime"))),
        "latest_ms": read_ms(log.get("latestTimestamp", log.get("stopTime"))),
        "answer": "Rejected" if nothing else end.status,
        "filename": name,
    }
    await csms.store.write(lambda database: logs.asked(database, station, what, asked_ms, kept=csms.kept))


async def note(csms: Csms, station: Asker, action: str, ask: Payload, now: datetime) -> None:
    """Keep a status under its request, and the message as it came."""
    whose, number, status = station.identity, ask.get("requestId"), ask["status"]
    await csms.store.write(
        lambda database: logs.progress.reported(database, whose, number, status, now_ms=to_ms(now), kept=csms.kept)
    )
    await csms.notice(station.identity, action, text(ask), None, now)
    news.log_status(csms.bus, whose, to_ms(now), status, number)


@answers("LogStatusNotification", V201)
async def log_status_notification(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """N01.FR.07, .13."""
    await note(csms, station, "LogStatusNotification", ask, now)
    return {}
