"""What was charged in all: sessions, energy, cost and time by month, station or user."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Numeric, String, and_, case, cast, func, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from csms_reference.access.driving import may_see
from csms_reference.access.principal import Principal
from csms_reference.services.history import Wanted, narrowing
from csms_reference.store.session_tables import charging_sessions
from csms_reference.store.tables import transactions
from csms_reference.store.tariff_tables import charges


class By(StrEnum):
    """What sessions are put together by. A month is that of the beginning, in UTC."""

    MONTH = "month"
    STATION = "station"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Total:
    """``key``: a month (``2026-03``), a station or a user. ``cost`` by currency, with VAT; ``lasts_ms``: of those that
    are over."""

    key: str
    sessions: int
    energy_wh: float
    lasts_ms: int
    cost: dict[str, Decimal]


class _Month(FunctionElement[str]):
    """``2026-03`` of an instant in ms; None of none."""

    type = String()
    inherit_cache = True


@compiles(_Month, "sqlite")
def _month_of_sqlite(element: _Month, compiler: SQLCompiler, **more: Any) -> str:
    return f"strftime('%Y-%m', {compiler.process(element.clauses, **more)} / 1000, 'unixepoch')"


@compiles(_Month, "postgresql")
def _month_of_postgresql(element: _Month, compiler: SQLCompiler, **more: Any) -> str:
    seconds = f"{compiler.process(element.clauses, **more)} / 1000"
    return f"to_char(to_timestamp({seconds}) AT TIME ZONE 'UTC', 'YYYY-MM')"


_T, _C = transactions.c, charges.c
_KEYS: dict[By, ColumnElement[Any]] = {By.MONTH: _Month(_T.started_ms), By.STATION: _T.station, By.USER: _T.holder}
_CENTS = cast(func.round(cast(_C.cost, Numeric) * 100), BigInteger)
"""Whole cents, so that sums are exact in every database."""

_LASTS = case((_T.stopped_ms >= _T.started_ms, _T.stopped_ms - _T.started_ms), else_=0)


def page(connection: Connection, who: Principal, by: By, wanted: Wanted, *, after: str, limit: int) -> list[Total]:
    """Totals of what somebody may see, in the order of their keys, those after ``after``. Sessions of which no
    transaction came count for nothing."""
    key = _KEYS[by]
    fitting = (_seen_by(who), *narrowing(wanted), key.is_not(None), key > after)
    sums = (func.count(), func.coalesce(func.sum(_T.energy_wh), 0.0), func.coalesce(func.sum(_LASTS), 0))
    chosen = select(key, *sums).select_from(transactions).where(*fitting).group_by(key).order_by(key).limit(limit)
    rows = connection.execute(chosen).all()
    if not rows:
        return []
    costs: dict[str, dict[str, Decimal]] = defaultdict(dict)
    charged = transactions.join(charges, and_(_C.station == _T.station, _C.transaction_id == _T.transaction_id))
    paid = select(key, _C.currency, func.sum(_CENTS)).select_from(charged).where(*fitting, key <= rows[-1][0])
    for name, currency, cents in connection.execute(paid.where(_C.cost.is_not(None)).group_by(key, _C.currency)):
        costs[name][currency] = Decimal(int(cents)).scaleb(-2)
    return [Total(name, count, float(wh), int(lasts_ms), costs[name]) for name, count, wh, lasts_ms in rows]


def _seen_by(who: Principal) -> ColumnElement[bool]:
    """Narrows transactions. A program that does nothing but begin sessions sees those that came of them."""
    if who.drives and who.username is None:
        asked = charging_sessions.c
        theirs = select(asked.station, asked.transaction_id).where(asked.client == who.subject)
        return tuple_(_T.station, _T.transaction_id).in_(theirs.where(asked.transaction_id.is_not(None)))
    return may_see(who, asked=False)
