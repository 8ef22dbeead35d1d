"""OCPP 2.0.1, block O: messages on stations' displays, set, told of and cleared."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection as Database

from csms_reference.dialects.registry import Ask, Asker, Payload, afterwards, answers, commands
from csms_reference.instants import read_ms, to_ms
from csms_reference.outcome import Outcome
from csms_reference.services import display
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@answers("NotifyDisplayMessages", V201)
async def notify_display_messages(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """O03, O04: the messages that a station has."""
    said = ask.get("messageInfo", ())
    await csms.store.write(
        lambda database: display.told(database, station.identity, ask["requestId"], said, to_ms(now))
    )
    return {}


def _info(
    *,
    id: int,
    content: str,
    priority: str = "NormalCycle",
    format: str = "UTF8",
    language: str | None = None,
    state: str | None = None,
    start: str | None = None,
    end: str | None = None,
    transaction_id: str | None = None,
    display: str | None = None,
    extra: list[Payload] | None = None,
) -> Payload:
    """MessageInfoType. Raises ValueError for what is no language or instant (O01.FR.17)."""
    texts = [_content(content, format, language)]
    texts += [_content(**{"format": format, "language": None, **each}) for each in extra or ()]
    info: Payload = {"id": id, "priority": priority, "message": texts[0]}
    if len(texts) > 1:
        info["messageExtra"] = texts[1:]
    for name, value in (("state", state), ("transactionId", transaction_id)):
        if value is not None:  # O01.FR.04
            info[name] = value
    for name, value in (("startDateTime", start), ("endDateTime", end)):
        if value is not None:
            if read_ms(value) is None:
                raise ValueError(f"{value!r} is no date and time")
            info[name] = value
    return info if display is None else info | {"display": {"name": display}}


def _content(content: str, format: str, language: str | None) -> Payload:
    said: Payload = {"format": format, "content": content}
    if language is None:
        return said
    if _LANGUAGE.fullmatch(language) is None:
        raise ValueError(f"{language!r} is no language tag such as en-US (RFC 5646)")
    return said | {"language": language}


@commands("set_display_message", V201)
async def set_display_message(
    ask: Ask,
    *,
    id: int,
    content: str,
    priority: str = "NormalCycle",
    format: str = "UTF8",
    language: str | None = None,
    state: str | None = None,
    start: str | None = None,
    end: str | None = None,
    transaction_id: str | None = None,
    display: str | None = None,
    extra: list[Payload] | None = None,
) -> Outcome:
    """O01, O02, O06. ``extra``: the same in other languages (``content``, ``language``; 2.1)."""
    info = _info(
        id=id,
        content=content,
        priority=priority,
        format=format,
        language=language,
        state=state,
        start=start,
        end=end,
        transaction_id=transaction_id,
        display=display,
        extra=extra,
    )
    return await ask("SetDisplayMessage", {"message": info})


@afterwards("set_display_message")
async def message_set(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note what the station has accepted, and nothing else."""
    if end.status == "Accepted":
        info = _info(**fields)
        await csms.store.write(lambda database: display.accepted(database, station, info, asked_ms))


@commands("get_display_messages", V201)
async def get_display_messages(
    ask: Ask,
    *,
    ids: list[int] | None = None,
    priority: str | None = None,
    state: str | None = None,
    request_id: int | None = None,
) -> Outcome:
    """O03, O04. What the station tells is read at ``/stations/{station}/display``."""
    payload: Payload = {"requestId": ask.next_number() if request_id is None else request_id}
    for name, value in (("id", ids), ("priority", priority), ("state", state)):
        if value:
            payload[name] = value
    return await ask("GetDisplayMessages", payload)


@afterwards("get_display_messages")
async def messages_told(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """O03: a report of all tells of each that there is; O04.FR.02: those that were asked for by their ids and are
    unknown are gone."""
    narrowed = fields.get("priority") or fields.get("state")
    ids = fields.get("ids")

    def write(database: Database) -> None:
        if not narrowed and not ids:
            display.forget(database, station, before_ms=asked_ms)
        elif not narrowed and end.status == "Unknown":
            for number in ids or ():
                display.gone(database, station, number)

    if end.status in ("Accepted", "Unknown"):
        await csms.store.write(write)


@commands("clear_display_message", V201)
async def clear_display_message(ask: Ask, *, id: int) -> Outcome:
    """O05."""
    return await ask("ClearDisplayMessage", {"id": id})


@afterwards("clear_display_message")
async def message_cleared(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Forget what is gone, or never was there."""
    del asked_ms
    if end.status in ("Accepted", "Unknown"):
        await csms.store.write(lambda database: display.gone(database, station, fields["id"]))
