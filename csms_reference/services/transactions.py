"""Transactions as they are kept: each event once, and a record that is a fold over them (``services.fold``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import orjson
from sqlalchemy import Connection, bindparam, insert, select, update

from csms_reference.services import metering
from csms_reference.services.fold import CONFLICT, KINDS, LOST, OVERLAP, Fold, Record, TransactionEvent, merge, text
from csms_reference.services.metering import Reading
from csms_reference.store.prepared import Prepared, Write, together
from csms_reference.store.tables import transaction_events, transactions

__all__ = [
    "LOST",
    "NOT_THERE",
    "OVERLAP",
    "Record",
    "Recorded",
    "TransactionEvent",
    "abandon",
    "active_at",
    "find",
    "lost",
    "metered",
    "record",
    "running_at",
    "runs",
]

NOT_THERE = "NotAtStation"
"""Why a transaction is abandoned: its station says that it has neither that nor messages on it (E14.FR.01)."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an event: whether it was new, and the transaction as it stands."""

    new: bool
    record: Record


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
    added = {
        "station": event.station,
        "transaction_id": event.transaction_id,
        "seq_no": event.seq_no,
        "event_type": event.kind,
        "trigger": event.trigger,
        "timestamp_ms": event.timestamp_ms,
        "received_ms": event.received_ms,
        "payload": event.payload,
    }
    kept = metering.keeping(
        event.station,
        event.readings,
        transaction_id=event.transaction_id,
        evse=event.evse if event.evse is not None else merged["evse"],
        connector=event.connector if event.connector is not None else merged["connector"],
        received_ms=event.received_ms,
    )
    brought = (_ADD, merged) if known is None else _changing(known, merged)
    together(connection, *([brought] if brought else []), (_ADD_EVENT, added), kept)
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
    fold = Fold(known)
    fold.metered(readings, [0, KINDS.index("Updated")])
    fold.heard(received_ms)
    merged = fold.concluded()
    if (changing := _changing(known, merged)) is not None:
        together(connection, changing)
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
    flags = text(sorted({*orjson.loads(known["flags"]), flag}))
    _FLAG(connection, {"s": known["station"], "t": known["transaction_id"], "new_flags": flags})
    return {**known, "flags": flags}


def _changing(known: Record, merged: Record) -> Write | None:
    """The statement that writes what is different now, if anything is."""
    fields = tuple(field for field in _CHANGING if merged[field] != known[field])
    if not fields:
        return None
    values = {f"new_{field}": merged[field] for field in fields}
    return _change_of(fields), {"s": merged["station"], "t": merged["transaction_id"], **values}


def _repeated(connection: Connection, known: Record, same: bool) -> Record:
    if same or CONFLICT in orjson.loads(known["flags"]):
        return known
    return _flagged(connection, known, CONFLICT)
