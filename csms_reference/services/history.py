"""Charging sessions as people read them: of a transaction and what was asked for, whichever of them there is.

Nothing is written for it. A session that somebody asked for is listed after the last transaction that there was then,
and any other where its transaction is: neither place ever changes, and both follow indexes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    TextClause,
    and_,
    case,
    exists,
    literal,
    null,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql.elements import ColumnElement

from csms_reference.access.driving import may_see
from csms_reference.access.principal import Principal
from csms_reference.services.sessions import TIMED_OUT, Begun
from csms_reference.store.reservation_tables import remote_starts
from csms_reference.store.session_tables import charging_sessions
from csms_reference.store.tables import ACTIVE, transactions
from csms_reference.store.tariff_tables import charges

CARDS = ("ISO14443", "ISO15693")
"""Types of tokens that are held to a reader."""


class State(StrEnum):
    """How far a session is."""

    REQUESTED = "Requested"  # its transaction may still come
    ACTIVE = "Active"
    ENDED = "Ended"
    FAILED = "Failed"  # it has not come
    ABANDONED = "Abandoned"  # its end has not come: see services.abandonment


WITHOUT = (State.REQUESTED, State.FAILED)
"""Those of no transaction."""


class Key(NamedTuple):
    """Where a session is listed: after the transaction of this id, in the order of the numbers. Its own has 0."""

    place: int
    number: int = 0

    @property
    def name(self) -> str:
        """What the session is called: ``a7`` was asked for, ``t12`` came with the transaction of that id."""
        return f"a{self.number}" if self.number else f"t{self.place}"

    @property
    def written(self) -> str:
        """As pages name it."""
        return f"{self.place}.{self.number}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; None: not at all. Instants are of the beginning."""

    user: str | None = None
    station: str | None = None
    state: State | None = None
    since_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session. ``began_ms``: when its transaction did. ``cost``: a decimal number, with VAT."""

    key: Key
    begun: Begun
    user: str | None
    station: str
    evse: int | None
    connector: int | None
    state: State
    why: str | None
    transaction_id: str | None
    version: str | None
    charging_state: str | None
    asked_ms: int | None
    began_ms: int | None
    ended_ms: int | None
    last_ms: int | None
    meter_start_wh: float | None
    energy_wh: float | None
    tariff: str | None
    cost: str | None
    currency: str | None
    most_wh: float | None
    most_cost: str | None
    command: int | None
    flags: str

    def lasts_ms(self, now_ms: int) -> int | None:
        """How long it took, or has taken so far; of an abandoned one as long as it was heard of."""
        if self.began_ms is None:
            return None
        till_ms = self.ended_ms
        if till_ms is None:
            till_ms = now_ms if self.state is State.ACTIVE else self.last_ms
        return None if till_ms is None else max(0, till_ms - self.began_ms)


_T, _S, _C = transactions.c, charging_sessions.c, charges.c
_OF_TRANSACTION = (
    *("id", "station", "transaction_id", "version", "state", "evse", "connector", "token_type", "holder"),
    *("remote_start_id", "charging_state", "started_ms", "stopped_ms", "last_ms", "energy_wh", "abandoned", "flags"),
    "meter_start_wh",
)
_TOLD = tuple(_T[name].label(f"t_{name}") for name in _OF_TRANSACTION)
_ASKED = (
    *("id", "place", "station", "evse", "begun", "username", "failed", "deadline_ms", "asked_ms"),
    *("most_wh", "most_cost", "command"),
)
_COST = (_C.tariff.label("tariff"), _C.cost.label("cost"), _C.currency.label("currency"))
_OURS = and_(_S.station == _T.station, _S.transaction_id == _T.transaction_id)
_CHARGED = and_(_C.station == _T.station, _C.transaction_id == _T.transaction_id)
_ORDERED = and_(
    _T.version == "1.6",
    exists(select(1).where(remote_starts.c.station == _T.station, remote_starts.c.transaction_id == _T.transaction_id)),
)
_CARD = case(
    (_T.remote_start_id.is_not(None), False),
    (_T.token_type.in_(CARDS), True),
    (and_(_T.version == "1.6", _T.id_token.is_not(None)), ~_ORDERED),
    else_=False,
).label("card")
"""1.6 knows no types of tokens: what was not ordered from afar was begun with a card."""

_OTHERS = (
    select(*_TOLD, *(null().label(f"s_{name}") for name in _ASKED), *_COST, _CARD)
    .select_from(transactions.outerjoin(charges, _CHARGED))
    .where(~exists(select(1).where(_OURS)))
)
_OF_ASKED = select(
    *_TOLD, *(_S[name].label(f"s_{name}") for name in _ASKED), *_COST, literal(False).label("card")
).select_from(charging_sessions.outerjoin(transactions, _OURS).outerjoin(charges, _CHARGED))


def page(
    connection: Connection, who: Principal, wanted: Wanted, now_ms: int, limit: int, *,
    after: Key | None = None, before: Key | None = None,
) -> list[Session]:  # fmt: skip
    """Sessions that somebody may see in their order, those after ``after``; or else backwards, those before ``before``
    (both None: from the first)."""
    found = []
    for asked, chosen in ((False, _OTHERS), (True, _OF_ASKED)):
        if asked or wanted.state not in WITHOUT:
            fitting = chosen.where(may_see(who, asked=asked), *_narrowed(wanted, now_ms, asked=asked))
            rows = connection.execute(_from(fitting, after, before, asked=asked).limit(limit))
            found += [_session(row, now_ms) for row in rows.mappings()]
    return sorted(found, key=lambda each: each.key, reverse=before is not None)[:limit]


def find(connection: Connection, who: Principal, name: str, now_ms: int) -> Session | None:
    """One that somebody may see, by what it is called. That of a transaction is also found by it."""
    kind, number = name[:1], name[1:]
    if kind not in {"a", "t"} or not (number.isascii() and number.isdecimal()) or len(number) > 18:
        return None
    own = _S.id == int(number) if kind == "a" else _T.id == int(number)
    asked = connection.execute(_OF_ASKED.where(own, may_see(who, asked=True))).mappings().one_or_none()
    if asked is not None:
        return _session(asked, now_ms)
    if kind == "a":
        return None
    row = connection.execute(_OTHERS.where(own, may_see(who, asked=False))).mappings().one_or_none()
    return None if row is None else _session(row, now_ms)


def of_number(connection: Connection, number: int, now_ms: int) -> Session:
    """One that was asked for, whoever sees it."""
    return _session(connection.execute(_OF_ASKED.where(_S.id == number)).mappings().one(), now_ms)


def of_transaction(
    connection: Connection, who: Principal, station: str, transaction_id: str, now_ms: int
) -> Session | None:
    """That of a transaction, if somebody may see it."""
    number = connection.scalar(select(_T.id).where(_T.station == station, _T.transaction_id == transaction_id))
    return None if number is None else find(connection, who, f"t{number}", now_ms)


def narrowing(wanted: Wanted) -> list[ColumnElement[bool] | TextClause]:
    """What is wanted of transactions."""
    clauses: dict[str, ColumnElement[bool] | TextClause] = {
        "user": _T.holder == wanted.user,
        "station": _T.station == wanted.station,
        "state": ACTIVE if wanted.state is State.ACTIVE else _T.state == wanted.state,
        "since_ms": _T.started_ms >= (wanted.since_ms or 0),
        "until_ms": _T.started_ms < (wanted.until_ms or 0),
    }
    return [clause for name, clause in clauses.items() if getattr(wanted, name) is not None]


def _narrowed(wanted: Wanted, now_ms: int, *, asked: bool) -> list[ColumnElement[bool] | TextClause]:
    if not asked:
        return narrowing(wanted)
    at_ms = case((_T.id.is_not(None), _T.started_ms), else_=_S.asked_ms)
    failed = or_(_S.failed.is_not(None), _S.deadline_ms <= now_ms)
    states = {
        State.REQUESTED: and_(_T.id.is_(None), ~failed),
        State.FAILED: and_(_T.id.is_(None), failed),
    }
    clauses: dict[str, ColumnElement[bool] | TextClause] = {
        "user": _S.username == wanted.user,
        "station": _S.station == wanted.station,
        "state": states.get(wanted.state, _T.state == wanted.state) if wanted.state else literal(True),
        "since_ms": at_ms >= (wanted.since_ms or 0),
        "until_ms": at_ms < (wanted.until_ms or 0),
    }
    return [clause for name, clause in clauses.items() if getattr(wanted, name) is not None]


def _from(chosen: Select[Any], after: Key | None, before: Key | None, *, asked: bool) -> Select[Any]:
    """The part of a list from a key on, in the order of the keys."""
    order = (_S.place, _S.id) if asked else (_T.id,)
    if before is not None:
        return chosen.where(_is_before(before, asked=asked)).order_by(*(column.desc() for column in order))
    if after is not None:
        chosen = chosen.where(tuple_(_S.place, _S.id) > tuple_(*after) if asked else _T.id > after.place)
    return chosen.order_by(*order)


def _is_before(key: Key, *, asked: bool) -> ColumnElement[bool]:
    """Of a transaction the key is its id and 0, so that those which were asked for then stand behind it."""
    if asked:
        return tuple_(_S.place, _S.id) < tuple_(*key)
    return _T.id <= key.place if key.number else _T.id < key.place


def _session(row: RowMapping, now_ms: int) -> Session:
    asked = row["s_id"] is not None
    state, why = _state(row, now_ms)
    begun = Begun(row["s_begun"]) if asked else Begun.CARD if row["card"] else Begun.OTHER
    return Session(
        key=Key(row["s_place"], row["s_id"]) if asked else Key(row["t_id"]),
        begun=begun,
        user=row["s_username"] if asked else row["t_holder"],
        station=row["s_station"] if asked else row["t_station"],
        evse=row["t_evse"] if row["t_evse"] is not None else row["s_evse"],
        connector=row["t_connector"],
        state=state,
        why=why,
        transaction_id=row["t_transaction_id"],
        version=row["t_version"],
        charging_state=row["t_charging_state"],
        asked_ms=row["s_asked_ms"],
        began_ms=row["t_started_ms"],
        ended_ms=row["t_stopped_ms"],
        last_ms=row["t_last_ms"],
        meter_start_wh=row["t_meter_start_wh"],
        energy_wh=row["t_energy_wh"],
        **{name: row[name] for name in ("tariff", "cost", "currency")},
        **{name: row[f"s_{name}"] for name in ("most_wh", "most_cost", "command")},
        flags=row["t_flags"] or "[]",
    )


def _state(row: RowMapping, now_ms: int) -> tuple[State, str | None]:
    if row["t_id"] is not None:
        return State(row["t_state"]), row["t_abandoned"]
    if row["s_failed"] is not None:
        return State.FAILED, row["s_failed"]
    return (State.FAILED, TIMED_OUT) if row["s_deadline_ms"] <= now_ms else (State.REQUESTED, None)
