"""Transactions: what the events of one say together, in whatever order they arrive.

A record is a fold over its events with operations that neither order nor repetition changes: every field remembers
the rank of the event it came from, and either the lowest or the highest rank wins (E01.FR.07, TC_E_53).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import isfinite
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, insert, select, update

from csms_reference.services import authorization, metering
from csms_reference.services.metering import Reading
from csms_reference.store.prepared import Prepared
from csms_reference.store.tables import transaction_events, transactions

Record = dict[str, Any]
KINDS = ("Started", "Updated", "Ended")

BACKWARDS = "meter ran backwards"
EARLY_END = "ended before it started"
OUT_OF_RANGE = "meter readings out of range"
NO_TIME = "unreadable timestamp"
CONFLICT = "conflicting event"
OVERLAP = "overlaps another transaction"
LOST = "its end is lost"
NOT_THERE = "NotAtStation"
"""Why a transaction is abandoned: its station says that it has neither that nor messages on it (E14.FR.01)."""

_DERIVED = {BACKWARDS, OUT_OF_RANGE, EARLY_END}
"""Flags that follow from the fields alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionEvent:
    """One event of a transaction, of whatever OCPP version. ``payload`` is the message as text."""

    station: str
    version: str
    transaction_id: str
    seq_no: int
    kind: str
    received_ms: int
    timestamp_ms: int | None
    payload: str
    trigger: str | None = None
    offline: bool = False
    evse: int | None = None
    connector: int | None = None
    id_token: str | None = None
    token_type: str | None = None
    stop_token: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    charging_state: str | None = None
    stop_reason: str | None = None
    digest: str | None = None
    flags: frozenset[str] = frozenset()
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an event: whether it was new, and the transaction as it stands."""

    new: bool
    record: Record


_EARLIEST = ("evse", "connector", "remote_start_id", "reservation_id")
_LATEST = ("charging_state", "stop_reason", "stop_token")


class _Fold:
    """A record that takes in values: each field keeps that of the lowest, or of the highest, rank."""

    def __init__(self, record: Record) -> None:
        self.record = dict(record)
        self._ranks: dict[str, list[Any]] = orjson.loads(record["ranks"])

    def earliest(self, field: str, value: Any, rank: list[Any]) -> bool:
        """The lowest rank wins; whether this one does."""
        if value is None or (field in self._ranks and self._ranks[field] <= rank):
            return False
        self.record[field], self._ranks[field] = value, rank
        return True

    def latest(self, field: str, value: Any, rank: list[Any]) -> None:
        """The highest rank wins."""
        if value is not None and (field not in self._ranks or self._ranks[field] < rank):
            self.record[field], self._ranks[field] = value, rank

    def metered(self, readings: tuple[Reading, ...], rank: list[int]) -> None:
        """The register at the start and now; what says that it is of the start or of the end outranks the rest."""
        for index, reading in enumerate(readings):
            if reading.measurand == metering.ENERGY and reading.phase is None and reading.location in {None, "Outlet"}:
                when = [reading.timestamp_ms or 0, *rank, index, reading.value]
                self.earliest("meter_start_wh", reading.value, [reading.context != "Transaction.Begin", *when])
                self.latest("meter_stop_wh", reading.value, [reading.context == "Transaction.End", *when])

    def heard(self, received_ms: int) -> None:
        """Something new of it has come: whatever was thought of it, it was not abandoned."""
        self.record["last_ms"] = max(self.record["last_ms"] or 0, received_ms)
        self.record["abandoned"] = None
        self.record["state"] = "Ended" if self.record["has_end"] else "Active"

    def concluded(self, flags: frozenset[str] = frozenset()) -> Record:
        """The record with what follows from its fields together; ``flags`` are added to those it has."""
        self.record["ranks"] = _text(self._ranks)
        self.record["energy_wh"], implausible = _energy(self.record["meter_start_wh"], self.record["meter_stop_wh"])
        started_ms, stopped_ms = self.record["started_ms"], self.record["stopped_ms"]
        if None not in (started_ms, stopped_ms) and stopped_ms < started_ms:
            implausible.add(EARLY_END)
        known = set(orjson.loads(self.record["flags"])) - _DERIVED
        if self.record["has_end"]:
            known.discard(LOST)  # it has come after all
        self.record["flags"] = _text(sorted(known | flags | implausible))
        return self.record


def merge(record: Record | None, event: TransactionEvent) -> Record:
    """The record with one more event in it. Pure: any order of the same events gives the same record."""
    fold = _Fold(record if record is not None else _blank(event))
    rank = [event.seq_no, KINDS.index(event.kind)]
    for field in _EARLIEST:
        fold.earliest(field, getattr(event, field), rank)
    for field in _LATEST:
        fold.latest(field, getattr(event, field), rank)
    if fold.earliest("id_token", event.id_token, rank):
        fold.record["token_type"] = event.token_type
        fold.record["token_key"] = None if event.id_token is None else authorization.key(event.id_token)
    fold.earliest("started_ms", event.timestamp_ms, rank)
    if event.kind == "Ended":
        fold.latest("stopped_ms", event.timestamp_ms, rank)
    fold.metered(event.readings, rank)
    _count(fold.record, event)
    fold.heard(event.received_ms)
    return fold.concluded(event.flags | ({NO_TIME} if event.timestamp_ms is None else set()))


def _blank(event: TransactionEvent) -> Record:
    return {
        "station": event.station,
        "transaction_id": event.transaction_id,
        "version": event.version,
        "digest": event.digest,
        **dict.fromkeys((*_EARLIEST, *_LATEST, "id_token", "token_key", "token_type", "started_ms", "stopped_ms")),
        **dict.fromkeys(("meter_start_wh", "meter_stop_wh", "energy_wh")),
        **dict.fromkeys(("offline", "has_start", "has_end"), False),
        "seen": "[]",
        "flags": "[]",
        "ranks": "{}",
        "received_ms": event.received_ms,
        **dict.fromkeys(("last_ms", "abandoned", "tariff")),
    }


def _count(merged: Record, event: TransactionEvent) -> None:
    """Note that this event has come, and what is still missing."""
    merged["offline"] = merged["offline"] or event.offline
    merged["has_start"] = merged["has_start"] or event.kind == "Started"
    merged["has_end"] = merged["has_end"] or event.kind == "Ended"
    seen = with_number(orjson.loads(merged["seen"]), event.seq_no)
    gaps = [[low[1] + 1, high[0] - 1] for low, high in pairwise(seen)]
    merged["seen"], merged["gaps"] = _text(seen), _text(gaps)
    merged["complete"] = merged["has_start"] and merged["has_end"] and not gaps


def _energy(start_wh: float | None, stop_wh: float | None) -> tuple[float | None, set[str]]:
    """The energy between two readings, None where it is unknown or implausible, and the flags that say why."""
    if start_wh is None or stop_wh is None:
        return None, set()
    energy_wh = stop_wh - start_wh
    if not isfinite(energy_wh):
        return None, {OUT_OF_RANGE}
    return (energy_wh, set()) if energy_wh >= 0 else (None, {BACKWARDS})


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def with_number(ranges: list[list[int]], number: int) -> list[list[int]]:
    """Sorted ranges [[first, last], …] with one more number in them."""
    joined: list[list[int]] = []
    for low, high in sorted([*ranges, [number, number]]):
        if joined and low <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], high)
        else:
            joined.append([low, high])
    return joined


_COLUMNS = [column for column in transactions.c if column.name != "id"]
_FIND = Prepared(
    select(*_COLUMNS)
    .where(transactions.c.station == bindparam("s"))
    .where(transactions.c.transaction_id == bindparam("t"))
)
_FIND_TO_CHANGE = Prepared(
    select(*_COLUMNS)
    .where(transactions.c.station == bindparam("s"))
    .where(transactions.c.transaction_id == bindparam("t"))
    .with_for_update()
)
"""PostgreSQL: another node may have a message of the same transaction in hand, from a link that is gone since."""

_ACTIVE = Prepared(
    select(transactions.c.transaction_id)
    .where(transactions.c.station == bindparam("s"))
    .where(transactions.c.state == "Active")
    .where(transactions.c.evse == bindparam("e"))
    .where(transactions.c.connector == bindparam("c"))
    .limit(1)
)
_EVENT = Prepared(
    select(transaction_events.c.payload)
    .where(transaction_events.c.station == bindparam("s"))
    .where(transaction_events.c.transaction_id == bindparam("t"))
    .where(transaction_events.c.seq_no == bindparam("n"))
    .where(transaction_events.c.event_type == bindparam("k"))
)
_ANY_EVENT = Prepared(
    select(transaction_events.c.id)
    .where(transaction_events.c.station == bindparam("s"))
    .where(transaction_events.c.transaction_id == bindparam("t"))
    .limit(1)
)
_ADD = Prepared(insert(transactions), [column.name for column in _COLUMNS])
_CHANGING = [
    column.name for column in _COLUMNS if column.name not in {"station", "transaction_id", "version", "digest"}
]
_OF_ONE = (transactions.c.station == bindparam("s")) & (transactions.c.transaction_id == bindparam("t"))


@lru_cache(256)
def _change_of(fields: tuple[str, ...]) -> Prepared:
    """UPDATE of these columns alone: an index is left alone whose columns are not named."""
    return Prepared(update(transactions).where(_OF_ONE).values({field: bindparam(f"new_{field}") for field in fields}))


_FLAG = Prepared(update(transactions).where(_OF_ONE).values(flags=bindparam("new_flags")))
_ABANDON = Prepared(
    update(transactions)
    .where(_OF_ONE, transactions.c.state == bindparam("was"))
    .values(state=bindparam("new_state"), abandoned=bindparam("why"))
)
_ADD_EVENT = Prepared(
    insert(transaction_events), [column.name for column in transaction_events.c if column.name != "id"]
)


def find(connection: Connection, station: str, transaction_id: str) -> Record | None:
    """The record of one transaction of one station."""
    return _FIND(connection, {"s": station, "t": transaction_id}).mapping()


def _find_to_change(connection: Connection, station: str, transaction_id: str) -> Record | None:
    return _FIND_TO_CHANGE(connection, {"s": station, "t": transaction_id}).mapping()


def active_at(connection: Connection, station: str, evse: int, connector: int) -> str | None:
    """The transaction that runs at a connector, if one does."""
    found: str | None = _ACTIVE(connection, {"s": station, "e": evse, "c": connector}).scalar()
    return found


def running_at(connection: Connection, station: str, evse: int) -> str | None:
    """The transaction that began last at an EVSE, if it still runs."""
    column = transactions.c
    chosen = select(column.transaction_id).where(column.station == station, column.evse == evse)
    chosen = chosen.where(column.state == "Active").order_by(column.id.desc()).limit(1)
    found: str | None = connection.execute(chosen).scalar()
    return found


def runs(connection: Connection, station: str, transaction_id: str) -> bool:
    """Whether a transaction is not known to be over."""
    known = find(connection, station, transaction_id)
    return known is None or known["state"] == "Active"


def record(connection: Connection, event: TransactionEvent) -> Recorded:
    """Store an event once and bring its transaction up to date.

    An event that arrives again changes nothing; one that claims the same number with other content is flagged.
    """
    where = {"s": event.station, "t": event.transaction_id}
    known = _find_to_change(connection, event.station, event.transaction_id)
    if known is not None and any(low <= event.seq_no <= high for low, high in orjson.loads(known["seen"])):
        twin = _EVENT(connection, {**where, "n": event.seq_no, "k": event.kind}).scalar()
        if twin is not None:
            return Recorded(False, _repeated(connection, known, twin == event.payload))
        if _ANY_EVENT(connection, where).scalar() is None:  # they are not kept any longer, and this was one of them
            return Recorded(False, known)
    merged = merge(known, event)
    if known is None:
        _ADD(connection, merged)
    else:
        _change(connection, known, merged)
    _ADD_EVENT(
        connection,
        {
            "station": event.station,
            "transaction_id": event.transaction_id,
            "seq_no": event.seq_no,
            "event_type": event.kind,
            "trigger": event.trigger,
            "timestamp_ms": event.timestamp_ms,
            "received_ms": event.received_ms,
            "payload": event.payload,
        },
    )
    metering.keep(
        connection,
        event.station,
        event.readings,
        transaction_id=event.transaction_id,
        evse=event.evse if event.evse is not None else merged["evse"],
        connector=event.connector if event.connector is not None else merged["connector"],
        received_ms=event.received_ms,
    )
    return Recorded(True, merged)


def metered(
    connection: Connection,
    station: str,
    transaction_id: str,
    readings: tuple[Reading, ...],
    *,
    evse: int,
    connector: int,
    received_ms: int,
) -> Record | None:
    """Bring a transaction up to date with readings that came outside of its events (1.6 MeterValues).

    Those of another connector, such as the main meter, say nothing about its energy: then nothing is returned.
    """
    known = _find_to_change(connection, station, transaction_id)
    if known is None or (known["evse"], known["connector"]) != (evse, connector):
        return None
    fold = _Fold(known)
    fold.metered(readings, [0, KINDS.index("Updated")])
    fold.heard(received_ms)
    merged = fold.concluded()
    _change(connection, known, merged)
    return merged


def lost(connection: Connection, station: str, transaction_id: str) -> bool:
    """A station has neither a transaction any more nor messages on it; whether its end had been missing."""
    known = _find_to_change(connection, station, transaction_id)
    if known is None or known["has_end"]:
        return False
    _flagged(connection, known, LOST)
    abandon(connection, station, transaction_id, NOT_THERE)
    return True


def abandon(connection: Connection, station: str, transaction_id: str, why: str) -> bool:
    """A running transaction counts as over from now on, until more of it comes; whether it was running."""
    which = {"s": station, "t": transaction_id, "was": "Active"}
    return _ABANDON(connection, {**which, "new_state": "Abandoned", "why": why}).rowcount > 0


def _flagged(connection: Connection, known: Record, flag: str) -> Record:
    flags = _text(sorted({*orjson.loads(known["flags"]), flag}))
    _FLAG(connection, {"s": known["station"], "t": known["transaction_id"], "new_flags": flags})
    return {**known, "flags": flags}


def _change(connection: Connection, known: Record, merged: Record) -> None:
    """Write what is different now."""
    fields = tuple(field for field in _CHANGING if merged[field] != known[field])
    if fields:
        values = {f"new_{field}": merged[field] for field in fields}
        _change_of(fields)(connection, {"s": merged["station"], "t": merged["transaction_id"], **values})


def _repeated(connection: Connection, known: Record, same: bool) -> Record:
    if same or CONFLICT in orjson.loads(known["flags"]):
        return known
    return _flagged(connection, known, CONFLICT)
