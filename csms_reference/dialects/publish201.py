"""OCPP 2.0.1: what local controllers are to publish, and what they say of it (L03, L04)."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING

from csms_reference.dialects.payloads import text
from csms_reference.dialects.registry import Ask, Asker, Payload, afterwards, answers, commands
from csms_reference.instants import to_ms
from csms_reference.outcome import Outcome
from csms_reference.services import publications
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

MD5 = re.compile(r"[0-9A-Fa-f]{32}")


def _checked(checksum: str) -> str:
    if not MD5.fullmatch(checksum):
        raise ValueError("checksum: the MD5 of the file in 32 hexadecimal digits")
    return checksum


@commands("publish_firmware", V201)
async def publish_firmware(
    ask: Ask,
    *,
    location: str,
    checksum: str,
    retries: int | None = None,
    retry_interval: int | None = None,
    request_id: int | None = None,
) -> Outcome:
    """L03, to a local controller; read at ``/stations/{station}/publications`` where stations can fetch it."""
    payload = {
        "location": location,
        "checksum": _checked(checksum),
        "requestId": ask.next_number() if request_id is None else request_id,
        "retries": retries,
        "retryInterval": retry_interval,
    }
    return await ask("PublishFirmware", {name: value for name, value in payload.items() if value is not None})


@afterwards("publish_firmware")
async def publication_asked(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note what the controller was asked for and what it answered (L03.FR.05)."""
    del fields
    if end.asked is None or end.answer is None:
        return
    what = {
        "request_id": end.asked["requestId"],
        "location": end.asked["location"],
        "checksum": end.asked["checksum"].lower(),
        "answer": end.status,
    }
    await csms.store.write(
        lambda database: publications.progress.asked(database, station, what, asked_ms, csms.kept)
    )  # fmt: skip


@commands("unpublish_firmware", V201)
async def unpublish_firmware(ask: Ask, *, checksum: str) -> Outcome:
    """L04: by the MD5 of the file."""
    return await ask("UnpublishFirmware", {"checksum": _checked(checksum)})


@afterwards("unpublish_firmware")
async def publication_ended(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """L04.FR.02, .03: it is there no more; while somebody fetches it, it still is (FR.04)."""
    if end.status in ("Unpublished", "NoFirmware"):
        await csms.store.write(
            lambda database: publications.unpublished(database, station, fields["checksum"], asked_ms)
        )  # fmt: skip


@answers("PublishFirmwareStatusNotification", V201)
async def publish_firmware_status_notification(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """L03.FR.01, .04: a status under its request, and where what is published can be fetched."""
    whose, number, status = station.identity, ask.get("requestId"), ask["status"]
    more = {"places": json.dumps(ask["location"])} if "location" in ask else {}
    await csms.store.write(
        lambda database: publications.progress.reported(
            database, whose, number, status, now_ms=to_ms(now), kept=csms.kept, **more
        )
    )
    await csms.notice(whose, "PublishFirmwareStatusNotification", text(ask), None, now)
    return {}
