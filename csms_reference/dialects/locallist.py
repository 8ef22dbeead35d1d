"""Bringing the local list of a station up to date with the CSMS's tokens (1.6 §5.15; 2.0.1 D01, D02)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from csms_reference.dialects import commands16, commands201
from csms_reference.dialects.registry import Ask, afterwards, commands
from csms_reference.outcome import Outcome
from csms_reference.services import locallist, registration
from csms_reference.services.locallist import Entry, Listed
from protocol.versions import V16, V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

LEAST_ITEMS = 20
"""Entries in a message where the station does not say how many it takes."""


class Reply(NamedTuple):
    """How a version words the answer to GetLocalListVersion, and asks how long a message may be."""

    version: str
    limit: Callable[[Ask], Awaitable[Any]]


async def _limit_16(ask: Ask) -> Any:
    end = await ask("GetConfiguration", {"key": ["SendLocalListMaxLength"]})
    return next((one.get("value") for one in (end.answer or {}).get("configurationKey", ())), None)


async def _limit_201(ask: Ask) -> Any:
    named = {"component": {"name": "LocalAuthListCtrlr"}, "variable": {"name": "ItemsPerMessage"}}
    end = await ask("GetVariables", {"getVariableData": [named]})
    return next((one.get("attributeValue") for one in (end.answer or {}).get("getVariableResult", ())), None)


@dataclass(frozen=True, slots=True)
class _Sync:
    """One station's list on its way to what it should be."""

    ask: Ask
    send: Callable[..., Awaitable[Outcome]]
    items: int

    async def full(self, entries: Sequence[Entry], version: int) -> Outcome:
        """D01.FR.03, D01.FR.15: the first part as a new list, the others as changes to it."""
        return await self._parts(entries, version, full=True)

    async def changes(self, entries: Sequence[Entry], version: int) -> Outcome:
        """D01.FR.16, D01.FR.17."""
        return await self._parts(entries, version, full=False)

    async def _parts(self, entries: Sequence[Entry], version: int, *, full: bool) -> Outcome:
        end, rest, whole = Outcome("Accepted"), list(entries), full
        while rest or whole:
            some, rest = rest[: self.items], rest[self.items :]
            end = await self.send(self.ask, version=version, entries=some, update="Full" if whole else "Differential")
            if end.status != "Accepted":
                return end
            await self._note(version, some, full=whole)
            version, whole = version + 1, False
        return end

    async def _note(self, version: int, entries: Sequence[Entry], *, full: bool) -> None:
        csms, station = self.ask.csms, self.ask.station

        def write(database: Any) -> None:
            locallist.note(database, station, version, entries, full=full, now_ms=csms.now_ms())
            registration.change(database, station, local_list_version=version)

        await csms.store.write(write)


async def _sync(
    ask: Ask, asked: Outcome, send: Callable[..., Awaitable[Outcome]], reply: Reply, *, full: bool
) -> Outcome:
    if asked.answer is None:
        return asked
    theirs = asked.answer[reply.version]
    csms, station = ask.csms, ask.station
    ours: Listed | None = await csms.store.read(lambda database: locallist.sent(database, station))
    new = await csms.store.read(lambda database: locallist.wanted(database, station, now_ms=csms.now_ms()))
    limit = await reply.limit(ask)
    items = int(limit) if isinstance(limit, str) and limit.isdecimal() and int(limit) > 0 else LEAST_ITEMS
    sync = _Sync(ask, send, items)
    if not full and ours is not None and (ours.version == theirs or not (ours.entries or theirs)):
        changes = _ordered(locallist.difference(ours.entries, new))
        if not changes:
            return replace(asked, status="Accepted")
        end = await sync.changes(changes, max(theirs, ours.version, 0) + 1)
        if end.status not in {"Failed", "VersionMismatch"}:
            return end
    return await sync.full(list(new.values()), max(theirs, 0) + 1)


def _ordered(changes: Sequence[Entry]) -> list[Entry]:
    """Removals first: a list may be full."""
    return sorted(changes, key=lambda entry: entry["status"] is not None)


@commands("sync_local_list", V16)
async def sync_local_list_16(ask: Ask, *, full: bool = False) -> Outcome:
    """§5.15: send what has changed of the CSMS's tokens, or with ``full`` all of them."""
    asked = await ask("GetLocalListVersion", {})
    return await _sync(ask, asked, commands16.send_local_list, Reply("listVersion", _limit_16), full=full)


@commands("sync_local_list", V201)
async def sync_local_list_201(ask: Ask, *, full: bool = False) -> Outcome:
    """D01.FR.03: send what has changed of the CSMS's tokens, or all of them with ``full``, or where the station has
    another list than it was sent."""
    asked = await ask("GetLocalListVersion", {})
    return await _sync(ask, asked, commands201.send_local_list, Reply("versionNumber", _limit_201), full=full)


@afterwards("send_local_list")
async def local_list_sent(csms: Csms, station: str, fields: dict[str, Any], end: Outcome, asked_ms: int) -> None:
    """Remember which version of the local list a station has; what is in it, somebody else has decided."""
    del asked_ms
    if end.status != "Accepted":
        return
    version = fields["version"]

    def write(database: Any) -> None:
        locallist.forget(database, station)
        registration.change(database, station, local_list_version=version)

    await csms.store.write(write)
