"""The local authorization list of each station: what it was sent, and what it should have (2.0.1 block D)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, or_, select, true

from csms_reference.instants import show
from csms_reference.sealing.columns import ring_of
from csms_reference.services import authorization
from csms_reference.services.authorization import Standing
from csms_reference.store.errors import SealError
from csms_reference.store.tables import Token, stations, tokens, variables
from csms_reference.store.token_tables import local_list_entries, local_lists

Entry = dict[str, Any]
"""A token as the command ``send_local_list`` takes it; without a status it is removed."""

PAGE = 1000

NEVER_LISTED = frozenset({"Central", "NoAuthorization"})
"""Types that no driver holds to a reader."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as a station was sent it: its version, the entries by token, and when it was sent or changed last."""

    version: int = 0
    entries: Mapping[str, Entry] = field(default_factory=dict)
    sent_ms: int | None = None


def version_of(connection: Connection, station: str) -> int | None:
    """The version of the list that a station was sent; None where nothing is known of its list."""
    return connection.execute(select(local_lists.c.version).where(local_lists.c.station == station)).scalar()


def sent_ms(connection: Connection, station: str) -> int | None:
    """When a station was sent its list, or the last change to it; None where nothing is known of it."""
    return connection.execute(select(local_lists.c.sent_ms).where(local_lists.c.station == station)).scalar()


def sent(connection: Connection, station: str, *, owner: str | None = None) -> Listed | None:
    """What a station was sent, or with ``owner`` of whose tokens it was; None where nothing is known of its list."""
    row = connection.execute(select(local_lists).where(local_lists.c.station == station)).one_or_none()
    if row is None:
        return None
    chosen = select(local_list_entries.c.entry).where(local_list_entries.c.station == station)
    if owner is not None:
        chosen = chosen.where(
            local_list_entries.c.token_key.in_(select(tokens.c.token_key).where(tokens.c.owner == owner))
        )
    entries = [orjson.loads(entry) for entry in connection.scalars(chosen)]
    by_token = _by_token({authorization.key(entry["id_token"]): entry for entry in entries})
    return Listed(row.version, by_token, row.sent_ms)


def wanted(connection: Connection, station: str, *, now_ms: int) -> dict[str, Entry]:
    """What a station should have: every token that somebody may hold to its reader, with what is true of it there.

    An owner's stations are told of this owner's tokens and of those that are nobody's, which are the operator's; of
    other owners' they learn nothing. The operator's stations are told of all, as they let all of them charge.
    """
    owner = connection.scalar(select(stations.c.owner).where(stations.c.station == station))
    theirs = true() if owner is None else or_(tokens.c.owner.is_(None), tokens.c.owner == owner)
    found: dict[str, Entry] = {}
    after = ""
    while rows := authorization.page(connection, after, PAGE, theirs):
        for row in rows:
            told: Any = row
            if told.type not in NEVER_LISTED:
                entry = _entry(connection, station, told, now_ms)
                if entry is not None:
                    found[authorization.key(told.id_token)] = entry
        after = rows[-1].token_key
    return _by_token(found)


def _by_token(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """In the order of the tokens, whatever the order of their hashes."""
    return dict(sorted(entries.items()))


def _entry(connection: Connection, station: str, row: Any, now_ms: int) -> Entry | None:
    """D01: without tokens that mean nothing here; what depends on the time of day is for the CSMS to answer."""
    ring = ring_of(connection.dialect)
    if ring is not None and Token.closed(ring, authorization.key(row.id_token)) != row.token_key:
        raise SealError("tokens.id_token: a token stands in the row of another")
    verdict = authorization.verdict_of(connection, row._mapping, now_ms=now_ms, station=station)  # noqa: SLF001 -- public
    if verdict.standing in {Standing.NOT_HERE, Standing.NOT_THIS_TYPE} or verdict.terms.hours is not None:
        return None
    entry: Entry = {"id_token": row.id_token, "type": row.type or "ISO14443", "status": verdict.standing.value}
    terms = verdict.terms
    more = {
        "expires": None if verdict.expires_ms is None else show(verdict.expires_ms),
        "group_id": verdict.group_id,
        "evses": list(verdict.evses) or None,
        "languages": list(terms.languages) or None,
        "message": terms.message,
        "message_language": terms.message_language,
        "priority": terms.priority,
    }
    return entry | {name: value for name, value in more.items() if value is not None}


def capacity(connection: Connection, station: str) -> int | None:
    """How many entries a 2.x station has said that its list may have (LocalAuthListCtrlr.Entries); None: it has not."""
    named = variables.c.component == "LocalAuthListCtrlr", variables.c.variable == "Entries"
    chosen = select(variables.c.max_limit).where(variables.c.station == station, *named)
    most = connection.scalar(chosen.where(variables.c.max_limit.is_not(None)).limit(1))
    return int(most) if most is not None and 0 <= most < 2**31 else None


def difference(old: Mapping[str, Entry], new: Mapping[str, Entry]) -> list[Entry]:
    """The changes that lead from one list to another (D01.FR.16, D01.FR.17)."""
    gone = [
        {"id_token": entry["id_token"], "type": entry["type"], "status": None}
        for token_key, entry in old.items()
        if token_key not in new or new[token_key]["type"] != entry["type"]
    ]
    return gone + [entry for token_key, entry in new.items() if old.get(token_key) != entry]


def note(
    connection: Connection, station: str, version: int, changes: Sequence[Entry], *, full: bool, now_ms: int
) -> None:
    """A station has taken in a list, or changes to it."""
    mine = local_list_entries.c.station == station
    keys = [authorization.key(entry["id_token"]) for entry in changes]
    if full:
        connection.execute(delete(local_list_entries).where(mine))
    for first in range(0, len(keys), PAGE):
        some = local_list_entries.c.token_key.in_(keys[first : first + PAGE])
        connection.execute(delete(local_list_entries).where(mine, some))
    # Where only the type is another, one token is removed and added within one message: the addition counts.
    kept = {
        token_key: {"station": station, "token_key": token_key, "entry": orjson.dumps(entry).decode()}
        for token_key, entry in zip(keys, changes, strict=True)
        if entry.get("status") is not None
    }
    if kept:
        connection.execute(insert(local_list_entries), list(kept.values()))
    connection.execute(delete(local_lists).where(local_lists.c.station == station))
    connection.execute(insert(local_lists), {"station": station, "version": version, "sent_ms": now_ms})


def forget(connection: Connection, station: str) -> None:
    """Nothing is known of a station's list any more."""
    connection.execute(delete(local_list_entries).where(local_list_entries.c.station == station))
    connection.execute(delete(local_lists).where(local_lists.c.station == station))
