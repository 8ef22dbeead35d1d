"""Rounds: what many stations are asked for, each when it can be. Every station has a visit, and every visit an end.

A visit belongs to whoever claimed it last, which is the process that holds the station: an earlier one has lost its
connection with it. What it still says of the visit changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, literal, select, tuple_, update

from csms_reference.store.round_tables import OPEN, rounds, visits
from csms_reference.store.tables import stations

KEPT = 200
"""Rounds of each kind that are kept once they are over; older ones are forgotten."""

LATE_MS = 3_600_000
"""So long after the end of its round, who began a visit may still say how it ended."""

OVERDUE = "overdue"
LOST = "lost"
"""Statuses of visits that came to nothing: the station was not there in time; who was there has said nothing."""


class Work(StrEnum):
    """What a round is for: the command that each station is asked to carry out."""

    LISTS = "sync_local_list"
    CACHES = "clear_cache"


class State(StrEnum):
    """How far a visit is."""

    PENDING = "pending"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Plan:
    """A round that somebody asks for. ``owner``: whose stations, None: of all; ``within_ms``: for how long those are
    waited for that are not there."""

    work: Work
    owner: str | None
    client: str
    within_ms: int
    full: bool = False
    automatic: bool = False


class Visit(NamedTuple):
    """What is to be done at a station, for all rounds that want it. ``full``: one of them wants it whole;
    ``automatic``: nobody asked for any of them; ``tries``: how often it was begun, this time too."""

    station: str
    work: Work
    claim: str
    full: bool
    automatic: bool
    tries: int


def begin(connection: Connection, plan: Plan, now_ms: int, names: Sequence[str] | None = None) -> int:
    """Begin a round to the stations of its owner that are not rejected, or to these ``names``; its number."""
    row = connection.execute(
        insert(rounds)
        .values(
            work=plan.work,
            owner=plan.owner,
            client=plan.client,
            automatic=plan.automatic,
            full=plan.full,
            asked_ms=now_ms,
            until_ms=now_ms + plan.within_ms,
        )
        .returning(rounds.c.id)
    ).one()
    same = {"round": row.id, "work": plan.work.value, "state": State.PENDING.value, "tries": 0, "due_ms": now_ms}
    if names is None:
        there = select(stations.c.station, *map(literal, same.values())).where(stations.c.registration != "Rejected")
        if plan.owner is not None:
            there = there.where(stations.c.owner == plan.owner)
        connection.execute(insert(visits).from_select(("station", *same), there))
    elif names:
        connection.execute(insert(visits), [{"station": name, **same} for name in sorted(set(names))])
    close(connection, now_ms, [row.id])
    return int(row.id)


def waiting(connection: Connection, after: tuple[str, str], limit: int, now_ms: int) -> list[tuple[str, Work]]:
    """Stations for which something is due, and what, in their order, those after ``after``."""
    place = tuple_(visits.c.station, visits.c.work)
    due = select(visits.c.station, visits.c.work).where(OPEN, visits.c.due_ms <= now_ms)
    later = due.where(place > tuple_(*map(literal, after))).group_by(visits.c.station, visits.c.work)
    rows = connection.execute(later.order_by(visits.c.station, visits.c.work).limit(limit))
    return [(station, Work(work)) for station, work in rows]


def next_due_ms(connection: Connection) -> int | None:
    """When the next open visit is due; None where none is open."""
    return connection.execute(select(func.min(visits.c.due_ms)).where(OPEN)).scalar()


def claim(connection: Connection, station: str, work: Work, *, by: str, node: str, now_ms: int) -> Visit | None:
    """Begin with all open visits of a station at once; None where there are none any more."""
    mine = update(visits).where(visits.c.station == station, visits.c.work == work, OPEN, visits.c.due_ms <= now_ms)
    taken = mine.values(state=State.SENT, claim=by, node=node, tries=visits.c.tries + 1, sent_ms=now_ms)
    found = {row.round: row.tries for row in connection.execute(taken.returning(visits.c.round, visits.c.tries))}
    if not found:
        return None
    asked = connection.execute(select(rounds.c.full, rounds.c.automatic).where(rounds.c.id.in_(found))).all()
    full, automatic = any(row.full for row in asked), all(row.automatic for row in asked)
    return Visit(station, work, by, full, automatic, max(found.values()))


def _held(visit: Visit) -> tuple[ColumnElement[bool], ...]:
    mine = visits.c.station == visit.station, visits.c.work == visit.work, visits.c.claim == visit.claim
    return (*mine, visits.c.state == State.SENT)


def over(
    connection: Connection,
    visit: Visit,
    *,
    done: bool,
    status: str,
    error: str | None,
    version: int | None,
    now_ms: int,
) -> bool:
    """A visit has an end; False if it was nobody's to end any more."""
    end = {"state": State.DONE if done else State.FAILED, "status": status, "error": error, "version": version}
    ended = update(visits).where(*_held(visit)).values(**end, ended_ms=now_ms)
    found = list(connection.scalars(ended.returning(visits.c.round)))
    if found:
        close(connection, now_ms, found)
    return bool(found)


def again(connection: Connection, visit: Visit, *, due_ms: int, status: str, error: str | None, counts: bool) -> None:
    """A visit came to nothing and is made again later. ``counts``: it was a try."""
    values: dict[str, Any] = {"state": State.PENDING, "due_ms": due_ms, "status": status, "error": error}
    if not counts:
        values["tries"] = visits.c.tries - 1
    connection.execute(update(visits).where(*_held(visit)).values(**values))


def release(connection: Connection, node: str) -> int:
    """A node is gone: what it had begun is to be made again; how many visits that is."""
    held = visits.c.node == node, visits.c.state == State.SENT
    return connection.execute(update(visits).where(*held).values(state=State.PENDING)).rowcount


def expire(connection: Connection, now_ms: int) -> int:
    """Give up visits whose rounds are to be over, those that have begun a while later; how many."""
    past = [(State.PENDING, now_ms, OVERDUE, "the station was not there in time")]
    past.append((State.SENT, now_ms - LATE_MS, LOST, "who asked the station has not said how it ended"))
    total = 0
    for state, until_ms, status, error in past:
        late = select(rounds.c.id).where(rounds.c.ended_ms.is_(None), rounds.c.until_ms <= until_ms)
        end = {"state": State.FAILED, "status": status, "error": error, "ended_ms": now_ms}
        gone = update(visits).where(visits.c.round.in_(late), visits.c.state == state)
        total += connection.execute(gone.values(**end)).rowcount
    close(connection, now_ms)
    return total


def close(connection: Connection, now_ms: int, numbers: Sequence[int] | None = None) -> None:
    """Rounds of which no visit is open any more are over; of those that are, the oldest are forgotten."""
    left = select(visits.c.round).where(visits.c.round == rounds.c.id, OPEN).exists()
    ending = update(rounds).where(rounds.c.ended_ms.is_(None), ~left)
    if numbers is not None:
        ending = ending.where(rounds.c.id.in_(numbers))
    ended = connection.execute(ending.values(ended_ms=now_ms).returning(rounds.c.work, rounds.c.automatic))
    for work, automatic in {(row.work, row.automatic) for row in ended}:
        _trim(connection, work, automatic=automatic)


def _trim(connection: Connection, work: str, *, automatic: bool) -> None:
    """Those that nobody asked for do not displace the others."""
    ended = rounds.c.work == work, rounds.c.automatic.is_(automatic), rounds.c.ended_ms.is_not(None)
    newest = select(rounds.c.id).where(*ended).order_by(rounds.c.id.desc()).offset(KEPT).limit(100)
    for number in list(connection.scalars(newest)):
        forget(connection, number)


def forget(connection: Connection, number: int) -> bool:
    """Remove a round: who was not asked yet is not asked any more. False if there is none."""
    connection.execute(delete(visits).where(visits.c.round == number))
    return connection.execute(delete(rounds).where(rounds.c.id == number)).rowcount > 0


# -- reading --------------------------------------------------------------------------------------------------------


def find(connection: Connection, number: int, work: Work) -> Row[Any] | None:
    """One round of a kind."""
    chosen = select(rounds).where(rounds.c.id == number, rounds.c.work == work)
    return connection.execute(chosen).one_or_none()


def page(connection: Connection, work: Work, after: int, limit: int, *only: ColumnElement[bool]) -> list[Row[Any]]:
    """Rounds of a kind in the order in which they began, those after ``after``."""
    chosen = select(rounds).where(rounds.c.work == work, rounds.c.id > after, *only)
    return list(connection.execute(chosen.order_by(rounds.c.id).limit(limit)))


def newest(connection: Connection, work: Work, limit: int, *only: ColumnElement[bool]) -> list[Row[Any]]:
    """The last rounds of a kind, the newest first."""
    chosen = select(rounds).where(rounds.c.work == work, *only)
    return list(connection.execute(chosen.order_by(rounds.c.id.desc()).limit(limit)))


def totals(connection: Connection, numbers: Sequence[int]) -> dict[int, dict[State, int]]:
    """How many visits of rounds are in each state."""
    found = {number: dict.fromkeys(State, 0) for number in numbers}
    counted = select(visits.c.round, visits.c.state, func.count()).where(visits.c.round.in_(numbers))
    for number, state, count in connection.execute(counted.group_by(visits.c.round, visits.c.state)):
        found[number][State(state)] = count
    return found


def visits_of(
    connection: Connection, number: int, after: str, limit: int, state: State | None = None
) -> list[Row[Any]]:
    """The visits of a round in the order of their stations, those after ``after``."""
    chosen = select(visits).where(visits.c.round == number, visits.c.station > after)
    if state is not None:
        chosen = chosen.where(visits.c.state == state)
    return list(connection.execute(chosen.order_by(visits.c.station).limit(limit)))
