"""Local lists: sent by hand, or brought up to date with the CSMS's tokens (1.6 §5.15; 2.0.1 D01, D02)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson

from csms_reference import outcome
from csms_reference.dialects import commands16, commands201
from csms_reference.dialects.portions import in_portions
from csms_reference.dialects.registry import Ask, Payload, commands
from csms_reference.dialects.spelling import LONGEST_16, LONGEST_201, TYPES_201
from csms_reference.outcome import Outcome
from csms_reference.services import locallist, registration
from csms_reference.services.locallist import Entry, Listed
from protocol.versions import V16, V21, V201

LEAST_ITEMS = 20
"""Entries in a message where the station does not say how many it takes."""

FRAME_BYTES = 192
"""What a message has beside its entries, at most."""

NEWEST = 2**31 - 1
"""The largest version number that every station can be expected to take."""

ONE_AT_A_TIME = "local list"
"""Two who change the same list take turns: see ``csms_reference.turns``."""


class Limits(NamedTuple):
    """What a station can take: entries in a message, bytes of a message, entries in all; None: it does not say."""

    items: int | None
    size: int | None
    entries: int | None


class Speech(NamedTuple):
    """How a version says it. ``version``: the field in which it tells the version of its list; ``fits``: whether it can
    name a token at all, and say of it what is true."""

    version: str
    payload: Callable[[int, list[Payload] | None, str], Payload]
    spelt: Callable[..., Payload]
    limits: Callable[[Ask], Awaitable[Limits]]
    fits: Callable[[Entry], bool]


# -- what a station can take ------------------------------------------------------------------------------------------


async def _limits_16(ask: Ask) -> Limits:
    """§9.2.2, §9.2.3."""
    end = await ask("GetConfiguration", {"key": ["SendLocalListMaxLength", "LocalAuthListMaxLength"]})
    told = {one["key"]: one.get("value") for one in (end.answer or {}).get("configurationKey", ())}
    return Limits(_number(told.get("SendLocalListMaxLength")), None, _number(told.get("LocalAuthListMaxLength")))


async def _limits_201(ask: Ask) -> Limits:
    """D01.FR.11, D01.FR.12. How many entries there may be is a limit of a variable: only reports tell it."""
    names = ("ItemsPerMessage", "BytesPerMessage")
    wanted = [{"component": {"name": "LocalAuthListCtrlr"}, "variable": {"name": name}} for name in names]
    end = await in_portions(ask, "GetVariables", "getVariableData", "getVariableResult", wanted)
    results = (end.answer or {}).get("getVariableResult", ())
    told = {one["variable"]["name"]: one.get("attributeValue") for one in results}
    most = await ask.csms.store.read(lambda database: locallist.capacity(database, ask.station))
    return Limits(_number(told.get("ItemsPerMessage")), _number(told.get("BytesPerMessage")), most)


def _number(told: Any) -> int | None:
    """What a station wrote, if that is a number above zero that makes sense."""
    return int(told) if isinstance(told, str) and told.isascii() and told.isdigit() and 0 < len(told) < 10 else None


def _fits_16(entry: Entry) -> bool:
    """1.6 has idTags of 20 characters, and cannot say that a token is good at some connectors alone."""
    return len(entry["id_token"]) <= LONGEST_16 and "evses" not in entry


def _fits_201(entry: Entry) -> bool:
    return len(entry["id_token"]) <= LONGEST_201 and entry["type"] in TYPES_201


SPEECH_16 = Speech("listVersion", commands16.local_list, commands16.list_entry, _limits_16, _fits_16)
SPEECH_201 = Speech("versionNumber", commands201.local_list, commands201.list_entry, _limits_201, _fits_201)
SPEECH_21 = SPEECH_201._replace(fits=lambda _: True)


def portions(entries: Sequence[Entry], spelt: Callable[..., Payload], limits: Limits) -> list[list[Entry]]:
    """A list in as many messages as the station's limits make of it. Raises ValueError for an entry that fits none."""
    items, room = limits.items or LEAST_ITEMS, None if limits.size is None else limits.size - FRAME_BYTES
    found: list[list[Entry]] = [[]]
    taken = 0
    for entry in entries:
        size = len(orjson.dumps(spelt(**entry))) + 1
        if room is not None and size > room:
            raise ValueError(f"BytesPerMessage is {limits.size}, which a message with one entry exceeds")
        if len(found[-1]) == items or (room is not None and taken + size > room):
            found.append([])
            taken = 0
        found[-1].append(entry)
        taken += size
    return found


# -- synchronisation --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sync:
    """One station's list on its way to what it should be."""

    ask: Ask
    speech: Speech
    limits: Limits

    async def send(self, entries: Sequence[Entry], version: int, *, full: bool) -> Outcome:
        """The first part of a full one as a new list, all others as changes (D01.FR.03, .15–.17). What a station has
        taken is noted part by part, so that whoever goes on after a restart knows where it was."""
        try:
            parts = portions(entries, self.speech.spelt, self.limits)
        except ValueError as problem:
            return Outcome(outcome.TOO_LARGE, error=str(problem))
        end = Outcome("Accepted")
        for number, some in enumerate(parts):
            whole, now = full and number == 0, version + number
            update = "Full" if whole else "Differential"
            end = await self.ask("SendLocalList", self.speech.payload(now, some, update))
            if end.status == outcome.BAD_FIELDS:  # it would quote the token
                return replace(end, error="the list has an entry that this version of OCPP cannot carry")
            if end.status != "Accepted":
                return end
            await self._note(now, some, full=whole)
        return end

    async def _note(self, version: int, entries: Sequence[Entry], *, full: bool) -> None:
        csms, station = self.ask.csms, self.ask.station

        def write(database: Any) -> None:
            locallist.note(database, station, version, entries, full=full, now_ms=csms.now_ms())
            registration.change(database, station, local_list_version=version)

        await csms.store.write(write)


def _turn(ask: Ask) -> AbstractAsyncContextManager[None]:
    return ask.csms.turns.of(ONE_AT_A_TIME, ask.station)


async def _sync(ask: Ask, speech: Speech, asked: Outcome, *, full: bool) -> Outcome:
    if asked.answer is None:
        return asked
    theirs = int(asked.answer[speech.version])
    if theirs < 0:
        return replace(asked, status="NotSupported", error=f"the station says so: its list has version {theirs}")
    return await _brought_up(ask, speech, asked, theirs, full=full)


async def _brought_up(ask: Ask, speech: Speech, asked: Outcome, theirs: int, *, full: bool) -> Outcome:
    csms, station = ask.csms, ask.station
    ours: Listed | None = await csms.store.read(lambda database: locallist.sent(database, station))
    wanted = await csms.store.read(lambda database: locallist.wanted(database, station, now_ms=csms.now_ms()))
    new = {name: entry for name, entry in wanted.items() if speech.fits(entry)}
    known = ours is not None and (ours.version == theirs or not (ours.entries or theirs))
    changes = _ordered(locallist.difference(ours.entries, new)) if ours is not None and known else []
    if known and not full and not changes:
        return replace(asked, status="Accepted")
    limits = await speech.limits(ask)
    if limits.entries is not None and len(new) > limits.entries:
        return Outcome(outcome.TOO_LARGE, error=f"the list has {len(new)} entries, the station takes {limits.entries}")
    sync = _Sync(ask, speech, limits)
    after = max(theirs, ours.version if ours is not None and known else 0) + 1
    if known and not full and after + len(changes) - 1 <= NEWEST:
        end = await sync.send(changes, after, full=False)
        if end.status not in {"Failed", "VersionMismatch"}:
            return end
    first = max(theirs, 0) + 1
    return await sync.send(list(new.values()), first if first + len(new) - 1 <= NEWEST else 1, full=True)


def _ordered(changes: Sequence[Entry]) -> list[Entry]:
    """Removals first: a list may be full."""
    return sorted(changes, key=lambda entry: entry["status"] is not None)


@commands("sync_local_list", V16)
async def sync_local_list_16(ask: Ask, *, full: bool = False) -> Outcome:
    """§5.15: send what has changed of the CSMS's tokens; all of them with ``full``, or where the station has another
    list than it was sent."""
    async with _turn(ask):
        return await _sync(ask, SPEECH_16, await ask("GetLocalListVersion", {}), full=full)


@commands("sync_local_list", V201)
async def sync_local_list_201(ask: Ask, *, full: bool = False) -> Outcome:
    """D01.FR.03: send what has changed of the CSMS's tokens; all of them with ``full``, or where the station has
    another list than it was sent."""
    async with _turn(ask):
        return await _sync(ask, SPEECH_201, await ask("GetLocalListVersion", {}), full=full)


@commands("sync_local_list", V21)
async def sync_local_list_21(ask: Ask, *, full: bool = False) -> Outcome:
    """As in 2.0.1; tokens may be of any type, and longer."""
    async with _turn(ask):
        return await _sync(ask, SPEECH_21, await ask("GetLocalListVersion", {}), full=full)


# -- by hand ----------------------------------------------------------------------------------------------------------


@commands("send_local_list", V16)
async def send_local_list_16(
    ask: Ask, *, version: int, entries: list[Payload] | None = None, update: str = "Full"
) -> Outcome:
    """§5.15. Entries: ``id_token`` with ``status``, ``expires``, ``group_id``; without a status it is removed."""
    _check(version)
    async with _turn(ask):
        return await _sent(ask, version, await ask("SendLocalList", commands16.local_list(version, entries, update)))


@commands("send_local_list", V201)
async def send_local_list_201(
    ask: Ask, *, version: int, entries: list[Payload] | None = None, update: str = "Full"
) -> Outcome:
    """D01. Entries: ``id_token`` with ``type``, ``status``, ``expires``, ``group_id``, ``evses``, ``languages``,
    ``message``, ``message_language``, ``priority``; with a status of null it is removed."""
    _check(version)
    async with _turn(ask):
        return await _sent(ask, version, await ask("SendLocalList", commands201.local_list(version, entries, update)))


def _check(version: int) -> None:
    """Raises ValueError for a version that no list can have: 0 and -1 mean that there is none (D01.FR.18)."""
    if not 1 <= version <= NEWEST:
        raise ValueError(f"version: {version} is not between 1 and {NEWEST} (D01.FR.18)")


async def _sent(ask: Ask, version: int, end: Outcome) -> Outcome:
    """Remember which version the station has; what is in it, somebody else has decided."""
    csms, station = ask.csms, ask.station

    def write(database: Any) -> None:
        locallist.forget(database, station)
        registration.change(database, station, local_list_version=version)

    if end.status == "Accepted":
        await csms.store.write(write)
    return end
