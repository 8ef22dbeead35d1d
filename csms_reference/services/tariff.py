"""Tariffs: whom they are for, and what transactions cost by them (2.0.1 block I)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, case, delete, insert, or_, select, update

from csms_reference.services import authorization
from csms_reference.services.pricing import Bill, Leg, Period, Step, Terms, bill, legs, read_terms, said
from csms_reference.services.transactions import Record, TransactionEvent
from csms_reference.store.prepared import Prepared, insert_new, insert_or_change
from csms_reference.store.tables import transaction_events, transactions, variables
from csms_reference.store.tariff_tables import charges, tariff_assignments, tariffs

KINDS = ("token", "group", "station", "all")
"""Whom a tariff can be for; the first that fits counts."""


REGISTER_MOST_WH = 1e15
"""A register that shows more is broken: its energy is not charged."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A tariff. ``text``: what drivers are told, else it is made from the terms; ``dynamic``: what changes holds for
    transactions that run already, too (I06)."""

    id: str
    currency: str
    terms: Terms
    text: str | None = None
    dynamic: bool = False
    changed_ms: int = 0

    @property
    def words(self) -> str:
        """What drivers are told."""
        return self.text or said(self.terms, self.currency)


@dataclass(frozen=True, slots=True)
class Charged:
    """What a transaction costs at an event of it. ``news``: other terms than before, in words; ``due``: the station is
    to be told by a CALL of its own."""

    cost: Decimal | None
    news: str | None = None
    due: bool = False


# -- tariffs and whom they are for ----------------------------------------------------------------------------------


def _tariff(row: Mapping[str, Any]) -> Tariff:
    terms = read_terms(orjson.loads(row["terms"]))
    return Tariff(row["tariff"], row["currency"], terms, row["text"], bool(row["dynamic"]), row["changed_ms"])


def put(connection: Connection, tariff: Tariff) -> bool:
    """Register a tariff or change it; True if it is new."""
    values = {
        "currency": tariff.currency,
        "terms": orjson.dumps(tariff.terms.written).decode(),
        "text": tariff.text,
        "dynamic": tariff.dynamic,
        "changed_ms": tariff.changed_ms,
    }
    if connection.execute(update(tariffs).where(tariffs.c.tariff == tariff.id), values).rowcount:
        return False
    connection.execute(insert(tariffs), {"tariff": tariff.id, **values})
    return True


def find(connection: Connection, tariff_id: str) -> Tariff | None:
    """One tariff."""
    row = _FIND(connection, {"tariff": tariff_id}).mapping()
    return None if row is None else _tariff(row)


def page(connection: Connection, after: str, limit: int) -> list[Tariff]:
    """Tariffs in the order of their ids, those after ``after``."""
    rows = connection.execute(select(tariffs).where(tariffs.c.tariff > after).order_by(tariffs.c.tariff).limit(limit))
    return [_tariff(dict(row)) for row in rows.mappings()]


def remove(connection: Connection, tariff_id: str) -> bool:
    """Forget a tariff and whom it was for; False if there was none. What is charged by it already stays as it is."""
    connection.execute(delete(tariff_assignments).where(tariff_assignments.c.tariff == tariff_id))
    return connection.execute(delete(tariffs).where(tariffs.c.tariff == tariff_id)).rowcount > 0


def assign(connection: Connection, kind: str, who: str, tariff_id: str) -> bool:
    """Say whom a tariff is for; False if there is no such tariff."""
    if find(connection, tariff_id) is None:
        return False
    _ASSIGN(connection, {"kind": kind, "who": _key(kind, who), "named": _key(kind, who), "tariff": tariff_id})
    return True


def unassign(connection: Connection, kind: str, who: str) -> bool:
    """Take it back; False if there was none."""
    table = tariff_assignments
    chosen = delete(table).where(table.c.kind == kind).where(table.c.who == _key(kind, who))
    return connection.execute(chosen).rowcount > 0


def assignments(connection: Connection) -> list[Row[Any]]:
    """Who has which tariff."""
    column = tariff_assignments.c
    rows: Iterable[Row[Any]] = connection.execute(select(*(column.kind, column.named.label("who"), column.tariff)))
    return sorted(rows, key=lambda row: (row.kind, row.who))


def _key(kind: str, who: str) -> str:
    return "" if kind == "all" else authorization.key(who) if kind in ("token", "group") else who


def applicable(connection: Connection, station: str, id_token: str | None, group_id: str | None) -> Tariff | None:
    """The tariff for a token at a station: the token's own, else its group's, the station's, or everybody's."""
    values = {
        "token": authorization.key(id_token or ""),
        "group": authorization.key(group_id or ""),
        "station": station,
    }
    row = _APPLICABLE(connection, values).mapping()
    return None if row is None else _tariff(row)


def told_of(connection: Connection, station: str) -> bool:
    """I01.FR.02: whether a station can show tariffs, as far as its reports tell."""
    known = _SHOWS(connection, {"s": station}).scalars()
    return not known or any(value == "true" for value in known)


_FIND = Prepared(select(tariffs).where(tariffs.c.tariff == bindparam("tariff")))
_ASSIGN = Prepared(insert_or_change(tariff_assignments, "tariff", "named"), tariff_assignments.c.keys())
_WHO = {"token": bindparam("token"), "group": bindparam("group"), "station": bindparam("station"), "all": ""}
_A = tariff_assignments.c
_APPLICABLE = Prepared(
    select(tariffs)
    .join(tariff_assignments, _A.tariff == tariffs.c.tariff)
    .where(or_(*((_A.kind == kind) & (_A.who == who) for kind, who in _WHO.items())))
    .order_by(case({kind: rank for rank, kind in enumerate(KINDS)}, value=_A.kind))
    .limit(1)
)
_SHOWS = Prepared(
    select(variables.c.value)
    .where(variables.c.station == bindparam("s"))
    .where(or_(variables.c.component == "TariffCostCtrlr", variables.c.component == "DisplayMessageCtrlr"))
    .where(variables.c.variable == "Available")
    .where(variables.c.attribute == "Actual")
)

# -- what transactions cost -----------------------------------------------------------------------------------------

_COLUMNS = charges.c.keys()
_CHARGE = Prepared(insert_new(charges), _COLUMNS)
_MARK = Prepared(
    update(transactions)
    .where(transactions.c.station == bindparam("s"))
    .where(transactions.c.transaction_id == bindparam("t"))
    .values(tariff=bindparam("new_tariff"))
)
_OF = Prepared(
    select(charges).where(charges.c.station == bindparam("s")).where(charges.c.transaction_id == bindparam("t"))
)
_CHANGED = Prepared(
    update(charges)
    .where(charges.c.station == bindparam("s"))
    .where(charges.c.transaction_id == bindparam("t"))
    .values({name: bindparam(f"new_{name}") for name in ("terms", "terms_ms", "cost", "parts", "told_ms", "told_cost")})
)
_STEPS = Prepared(
    select(transaction_events.c.timestamp_ms, transaction_events.c.payload)
    .where(transaction_events.c.station == bindparam("s"))
    .where(transaction_events.c.transaction_id == bindparam("t"))
    .order_by(transaction_events.c.seq_no, transaction_events.c.id)
)


def charge(connection: Connection, event: TransactionEvent, record: Record, tariff: Tariff) -> Record:
    """From this event on, a transaction is charged by a tariff; one that is already stays with its own.

    It is charged from its start: what was before somebody was authorized is theirs.
    """
    if record["tariff"] is not None:
        return record
    where = {"station": event.station, "transaction_id": event.transaction_id}
    began_ms = record["started_ms"] or event.timestamp_ms or event.received_ms
    first = [began_ms, None, tariff.terms.written]
    values = {
        "tariff": tariff.id,
        "currency": tariff.currency,
        "terms": orjson.dumps([first]).decode(),
        "terms_ms": tariff.changed_ms,
        **dict.fromkeys(("cost", "told_ms", "told_cost")),
        "parts": "{}",
    }
    _CHARGE(connection, where | values)
    _MARK(connection, {"s": event.station, "t": event.transaction_id, "new_tariff": tariff.id})
    return {**record, "tariff": tariff.id}


def follow(
    connection: Connection, event: TransactionEvent, record: Record, *, told_every_ms: int | None = None
) -> Charged | None:
    """I02, I03, I06: what a transaction costs with an event in it; None where no tariff holds for it.

    ``told_every_ms``: the station is told by CALLs, at most so often and only of what has changed.
    """
    if record["tariff"] is None:
        return None
    row = _OF(connection, {"s": event.station, "t": event.transaction_id}).mapping()
    if row is None:
        return None
    periods, news = orjson.loads(row["terms"]), None
    terms_ms = row["terms_ms"]
    current = find(connection, row["tariff"])
    if current is not None and current.dynamic and current.changed_ms > terms_ms and event.kind == "Updated":
        terms_ms, news = current.changed_ms, current.words
        periods = _with(periods, event, record, current.terms)
    whole = _bill(connection, record, periods)
    cost = whole.total
    due = (
        told_every_ms is not None
        and event.kind == "Updated"
        and not event.offline
        and str(cost) != row["told_cost"]
        and (row["told_ms"] is None or event.received_ms - row["told_ms"] >= told_every_ms)
    )
    values = {
        "terms": orjson.dumps(periods).decode(),
        "terms_ms": terms_ms,
        "cost": str(cost),
        "parts": orjson.dumps({name: [str(net), str(vat)] for name, (net, vat) in whole.parts.items()}).decode(),
        "told_ms": event.received_ms if due else row["told_ms"],
        "told_cost": str(cost) if due else row["told_cost"],
    }
    where = {"s": event.station, "t": event.transaction_id}
    _CHANGED(connection, where | {f"new_{name}": value for name, value in values.items()})
    return Charged(cost, news, due)


def _with(periods: list[Any], event: TransactionEvent, record: Record, terms: Terms) -> list[Any]:
    """New terms from an event on; those that never held for any time give way."""
    at_ms = event.timestamp_ms or event.received_ms
    older = [period for period in periods if period[0] < at_ms]
    return [*older, [at_ms, None if not older else record["meter_stop_wh"], terms.written]]


def _register(shown_wh: float) -> Decimal:
    return Decimal(str(max(-REGISTER_MOST_WH, min(shown_wh, REGISTER_MOST_WH))))


def _bill(connection: Connection, record: Mapping[str, Any], periods: list[Any], until_ms: int | None = None) -> Bill:
    start_wh, stop_wh = record["meter_start_wh"], record["meter_stop_wh"]
    held = [
        Period(from_ms, _register((start_wh if from_wh is None else from_wh) or 0.0), read_terms(terms))
        for from_ms, from_wh, terms in periods
    ]
    known = start_wh is not None and stop_wh is not None and max(abs(start_wh), abs(stop_wh)) < REGISTER_MOST_WH
    register_wh = Decimal(str(stop_wh)) if known else None
    return bill(held, course(connection, record["station"], record["transaction_id"], until_ms), register_wh)


def course(connection: Connection, station: str, transaction_id: str, until_ms: int | None = None) -> list[Leg]:
    """The times of a transaction in each state, up to its last event. ``until_ms``: it runs, and lasts until then."""
    steps = _steps(_STEPS(connection, {"s": station, "t": transaction_id}).rows())
    if steps and until_ms is not None and until_ms > steps[-1].at_ms:
        steps.append(Step(until_ms, None))
    return legs(steps)


def _steps(rows: list[tuple[Any, ...]]) -> list[Step]:
    steps = []
    for at_ms, payload in rows:
        if at_ms is not None:
            info = orjson.loads(payload).get("transactionInfo", {})
            steps.append(Step(at_ms, info.get("chargingState")))
    return sorted(steps, key=lambda step: step.at_ms)


def of_transaction(connection: Connection, station: str, transaction_id: str) -> dict[str, Any] | None:
    """What a transaction costs so far; None where no tariff holds for it."""
    return _OF(connection, {"s": station, "t": transaction_id}).mapping()


def so_far(connection: Connection, record: Mapping[str, Any], now_ms: int) -> Decimal | None:
    """What a running transaction costs by now, also where its station has sent no event for a while (1.6: none at all);
    None where no tariff holds for it."""
    row = of_transaction(connection, record["station"], record["transaction_id"])
    if row is None:
        return None
    return _bill(connection, record, orjson.loads(row["terms"]), now_ms).total
