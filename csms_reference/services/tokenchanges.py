"""Changes of tokens on their way to the stations that have been told of them, or may remember them.

A change is noted with what changes the token, in one transaction, and so is the instant at which a token will expire.
Whoever gathers takes what is due and makes rounds of it, in one transaction too: each change leads to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, func, insert, literal, or_, select, true

from csms_reference.services import authorization, rounds
from csms_reference.services.authorization import Standing
from csms_reference.services.rounds import Plan, State, Work
from csms_reference.store import round_tables
from csms_reference.store.round_tables import token_changes, visits
from csms_reference.store.tables import stations, tokens, transactions, variables
from csms_reference.store.token_tables import local_lists

CLIENT = "tokens"
"""Who asks for the rounds that nobody asks for."""

WITHIN_MS = 30 * 86_400_000
"""So long a station that is not there is waited for."""


class Kind(StrEnum):
    """What has become of a token. Withdrawn: it may charge no more; expired: by its date, with nobody's doing."""

    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@contextmanager
def followed(connection: Connection, id_token: str, now_ms: int | None) -> Iterator[None]:
    """Note what becomes of a token in this block; ``now_ms`` None: nobody follows changes."""
    before = None if now_ms is None else authorization.find(connection, id_token)
    yield
    if now_ms is not None:
        note(connection, before, authorization.find(connection, id_token), now_ms)


def note(connection: Connection, before: Row[Any] | None, after: Row[Any] | None, now_ms: int) -> None:
    """A token was ``before`` and is ``after``, as rows of it with its terms; None where there is none."""
    here = after if after is not None else before
    if here is None or (before is not None and after is not None and tuple(before) == tuple(after)):
        return
    good = before is not None and before.status == Standing.ACCEPTED
    kind = Kind.WITHDRAWN if good and (after is None or after.status != Standing.ACCEPTED) else Kind.CHANGED
    rows = [_row(here, owner, kind, now_ms) for owner in {row.owner for row in (before, after) if row is not None}]
    same = token_changes.c.token_key == here.token_key, token_changes.c.kind == Kind.EXPIRED
    connection.execute(delete(token_changes).where(*same, token_changes.c.at_ms > now_ms))
    if after is not None and after.expires_ms is not None and after.expires_ms > now_ms:
        rows.append(_row(after, after.owner, Kind.EXPIRED, after.expires_ms))
    connection.execute(insert(token_changes), rows)


def _row(token: Row[Any], owner: str | None, kind: Kind, at_ms: int) -> dict[str, Any]:
    return {"token_key": token.token_key, "owner": owner, "kind": kind.value, "at_ms": at_ms}


def foresee(connection: Connection, now_ms: int) -> None:
    """Note when the tokens expire that were registered while changes were not followed."""
    known = exists().where(token_changes.c.token_key == tokens.c.token_key, token_changes.c.kind == Kind.EXPIRED)
    coming = select(tokens.c.token_key, tokens.c.owner, literal(Kind.EXPIRED.value), tokens.c.expires_ms)
    rows = coming.where(tokens.c.expires_ms > now_ms, ~known)
    connection.execute(insert(token_changes).from_select(("token_key", "owner", "kind", "at_ms"), rows))


def next_ms(connection: Connection) -> int | None:
    """When the first change was, or will be, that has led to nothing yet."""
    return connection.execute(select(func.min(token_changes.c.at_ms))).scalar()


def gather(connection: Connection, now_ms: int, gathered_ms: int) -> list[int]:
    """Make rounds of what has changed, once the first change is old enough; their numbers."""
    first = next_ms(connection)
    if first is None or first > now_ms - gathered_ms:
        return []
    columns = (token_changes.c.token_key, token_changes.c.owner, token_changes.c.kind)
    found = connection.execute(delete(token_changes).where(token_changes.c.at_ms <= now_ms).returning(*columns)).all()
    changed = [row.owner for row in found if row.kind != Kind.EXPIRED]
    expired = [row.owner for row in found if row.kind == Kind.EXPIRED]
    withdrawn = [row for row in found if row.kind == Kind.WITHDRAWN]
    told = [*_listed(connection, changed), *_unaware(connection, _listed(connection, expired))]
    made = (
        _round(connection, Work.LISTS, told, now_ms),
        _round(connection, Work.CACHES, _remembering(connection, withdrawn), now_ms),
    )
    return [number for number in made if number is not None]


def moved(connection: Connection, station: str, now_ms: int) -> None:
    """A station has a new owner: its list is to have other tokens, and its cache may know those of the former. One that
    is rejected is told once it is not."""
    listed = connection.scalars(select(local_lists.c.station).where(local_lists.c.station == station))
    _round(connection, Work.LISTS, list(listed), now_ms)
    _round(connection, Work.CACHES, [station], now_ms)


def _listed(connection: Connection, owners: Sequence[str | None]) -> list[str]:
    """The stations that have a list with tokens of these owners: as ``locallist.wanted`` has it."""
    if not owners:
        return []
    theirs: ColumnElement[bool] = or_(stations.c.owner.is_(None), _of(owners))
    return list(connection.scalars(select(stations.c.station).join_from(
        stations, local_lists, stations.c.station == local_lists.c.station
    ).where(theirs, stations.c.registration != "Rejected")))  # fmt: skip


def _of(owners: Iterable[str | None]) -> ColumnElement[bool]:
    """That a station is one of these owners'; what is nobody's concerns all."""
    named = set(owners)
    return true() if None in named else stations.c.owner.in_(named)


def _unaware(connection: Connection, names: Sequence[str]) -> list[str]:
    """Of these stations those that let expired entries charge: 2.x where SupportsExpiryDateTime is not true (C13.FR.02,
    C14.FR.02). In 1.6 entries expire by themselves (§3.5.4)."""
    if not names:
        return []
    named = variables.c.component == "LocalAuthListCtrlr", variables.c.variable == "SupportsExpiryDateTime"
    said = connection.execute(select(variables.c.station, variables.c.value).where(*named))
    aware = {row.station for row in said if (row.value or "").lower() == "true"}
    aware |= set(connection.scalars(select(stations.c.station).where(stations.c.version == "1.6")))
    return [name for name in names if name not in aware]


def _remembering(connection: Connection, withdrawn: Sequence[Any]) -> list[str]:
    """The stations that may have these tokens in their authorization caches: those of their owners, and where else they
    have charged."""
    if not withdrawn:
        return []
    chosen = select(stations.c.station).where(stations.c.registration != "Rejected")
    found = set(connection.scalars(chosen.where(_of(row.owner for row in withdrawn))))
    for row in withdrawn:
        used = select(transactions.c.station).where(transactions.c.token_key == row.token_key).distinct()
        found |= set(connection.scalars(chosen.where(stations.c.station.in_(used))))
    return sorted(found)


def _round(connection: Connection, work: Work, names: Sequence[str], now_ms: int) -> int | None:
    """A round to these stations, but to those that have one like it before them: it does what this one would."""
    if not names:
        return None
    like = round_tables.rounds.c.automatic, visits.c.work == work, visits.c.state == State.PENDING
    before = select(visits.c.station).join(round_tables.rounds, round_tables.rounds.c.id == visits.c.round).where(*like)
    if len(names) == 1:
        before = before.where(visits.c.station == names[0])
    left = sorted(set(names) - set(connection.scalars(before)))
    if not left:
        return None
    plan = Plan(work, None, CLIENT, WITHIN_MS, automatic=True)
    return rounds.begin(connection, plan, now_ms, left)
