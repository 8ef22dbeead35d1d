"""OCPP 2.0.1: firmware updates as the CSMS asks for them, and what stations say of them (L01, L02)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from csms_reference.dialects.payloads import text
from csms_reference.dialects.registry import Ask, Asker, Payload, afterwards, answers, commands
from csms_reference.events import news
from csms_reference.instants import EPOCH, read_ms, to_ms
from csms_reference.outcome import Outcome
from csms_reference.services import firmware
from csms_reference.services.firmware import Update
from protocol.stamps import stamp
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

AT_ONCE = stamp(EPOCH)
"""A date after which something may begin that is past in any case."""

COMMAND = "update_firmware"


def dated(name: str, value: str | None) -> str | None:
    """A date of a command as it goes out. Raises ValueError for what is none."""
    if value is not None and read_ms(value) is None:
        raise ValueError(f"{name}: {value!r} is no RFC 3339 time stamp")
    return value


def request(  # noqa: PLR0917 -- as the fields of the command come
    number: int,
    location: str,
    retrieve: str | None,
    install: str | None,
    signature: str | None,
    signing_certificate: str | None,
    retries: int | None,
    retry_interval: int | None,
) -> Payload:
    """UpdateFirmwareRequest, which is SignedUpdateFirmware.req of 1.6 as well. Raises ValueError."""
    wanted = {
        "location": location,
        "retrieveDateTime": dated("retrieve", retrieve) or AT_ONCE,
        "installDateTime": dated("install", install),
        "signingCertificate": signing_certificate,
        "signature": signature,
    }
    payload = {
        "requestId": number,
        "retries": retries,
        "retryInterval": retry_interval,
        "firmware": {name: value for name, value in wanted.items() if value is not None},
    }
    return {name: value for name, value in payload.items() if value is not None}


@commands(COMMAND, V201)
async def update_firmware(
    ask: Ask,
    *,
    location: str,
    retrieve: str | None = None,
    install: str | None = None,
    signature: str | None = None,
    signing_certificate: str | None = None,
    retries: int | None = None,
    retry_interval: int | None = None,
    request_id: int | None = None,
) -> Outcome:
    """L01 with a signature and its certificate, L02 without; read at ``/stations/{station}/firmware`` how it goes."""
    number = ask.next_number() if request_id is None else request_id
    payload = request(
        number, location, retrieve, install, signature, signing_certificate, retries, retry_interval
    )  # fmt: skip
    return await ask("UpdateFirmware", payload)


@afterwards(COMMAND)
async def update_asked(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note what the station was asked for and what it answered (L01.FR.22, .24, .27); 1.6 answers nothing."""
    del fields
    if end.asked is None or end.answer is None:
        return
    asked = end.asked.get("firmware", end.asked)
    what = Update(
        end.asked.get("requestId"),
        asked["location"],
        "signature" in asked or "signingCertificate" in asked,
        read_ms(asked.get("retrieveDateTime", asked.get("retrieveDate"))),
        read_ms(asked.get("installDateTime")),
        end.status,
    )
    await csms.store.write(lambda database: firmware.asked(database, station, what, asked_ms, csms.kept))


async def note(csms: Csms, station: Asker, action: str, ask: Payload, now: datetime) -> None:
    """Keep a status under its request, and the message as it came."""
    whose, number, status = station.identity, ask.get("requestId"), ask["status"]
    await csms.store.write(
        lambda database: firmware.reported(database, whose, number, status, now_ms=to_ms(now), kept=csms.kept)
    )
    await csms.notice(station.identity, action, text(ask), None, now)
    news.firmware_status(csms.bus, whose, to_ms(now), status, number)


@answers("FirmwareStatusNotification", V201)
async def firmware_status_notification(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """L01.FR.01, .10, .20; L02.FR.01, .06, .14."""
    await note(csms, station, "FirmwareStatusNotification", ask, now)
    return {}
