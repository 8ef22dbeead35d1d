"""What stations say of their variables and monitors, of events, and of customers (2.0.1 blocks B and N)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, bindparam, delete, func, select, update

from csms_reference.events.secrets import is_password
from csms_reference.services.retention import ALL, Kept, due, trimming
from csms_reference.store.prepared import Prepared, insert_new, insert_or_change
from csms_reference.store.tables import NAMED, customer_information, events, monitors, variables

VARIABLES_MOST = 20_000
"""Attributes of variables kept of each station: the oldest of more give way. No station has that many."""


@dataclass(frozen=True, slots=True)
class Named:
    """A variable by its names; what is not there is empty or 0."""

    component: str
    component_instance: str
    evse: int
    connector: int
    variable: str
    variable_instance: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """One value of a variable and what characterizes it (ReportDataType)."""

    named: Named
    attribute: str
    value: str | None = None
    mutability: str | None = None
    persistent: bool | None = None
    constant: bool | None = None
    data_type: str | None = None
    unit: str | None = None
    min_limit: float | None = None
    max_limit: float | None = None
    values_list: str | None = None
    monitored: bool | None = None


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor on a variable (VariableMonitoringType)."""

    named: Named
    id: int
    type: str
    value: float
    severity: int
    transaction: bool


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a variable (EventDataType). ``said_at``: its time stamp as it came."""

    named: Named
    event_id: int
    said_at: str
    timestamp_ms: int | None
    trigger: str
    notification_type: str
    value: str
    cleared: bool = False
    cause: int | None = None
    monitor: int | None = None
    transaction_id: str | None = None
    tech_code: str | None = None
    tech_info: str | None = None
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One part of what a station holds about a customer (NotifyCustomerInformation)."""

    request_id: int
    seq_no: int
    more: bool
    data: str
    generated_ms: int | None


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.c if column.name != "id" or table is monitors]


_DESCRIBED = tuple(name for name in _columns(variables) if name not in ("station", "attribute", *NAMED))
_OF_MONITOR = tuple(name for name in _columns(monitors) if name not in ("station", "id"))
_REPORT = Prepared(insert_or_change(variables, *_DESCRIBED, by=("station", *NAMED, "attribute")), _columns(variables))
_READING = Prepared(
    insert_or_change(variables, "value", "reported_ms", by=("station", *NAMED, "attribute")), _columns(variables)
)
_READING_KEYS = Prepared(
    insert_or_change(variables, "value", "mutability", "reported_ms", by=("station", *NAMED, "attribute")),
    _columns(variables),
)
_CHANGE = Prepared(
    update(variables)
    .where(
        *(variables.c[name] == bindparam(f"the_{name}") for name in ("station", *NAMED, "attribute")),
        variables.c.value.is_not(None),
        func.coalesce(variables.c.mutability, "") != "WriteOnly",
    )
    .values(value=bindparam("new_value"), reported_ms=bindparam("now_ms"))
)
_MONITOR = Prepared(insert_or_change(monitors, *_OF_MONITOR), _columns(monitors))
_EVENT = Prepared(insert_new(events), _columns(events))
_CUSTOMER = Prepared(insert_new(customer_information), _columns(customer_information))
_TRIM_VARIABLES = trimming(variables, "station")
_TRIM_EVENTS = trimming(events, "station")
_TRIM_CUSTOMERS = trimming(customer_information, "station")


def _row(said: Any, station: str, **more: Any) -> dict[str, Any]:
    row = {"station": station, **asdict(said), **more}
    return {**row.pop("named"), **row} if "named" in row else row


def reported(connection: Connection, station: str, request_id: int, said: Sequence[Attribute], now_ms: int) -> None:
    """B07.FR.10, B08: note what a part of a report says; the last report of a variable counts."""
    if not said:
        return
    bare = [replace(item, value=None) if is_password(item.named.variable) else item for item in said]
    _REPORT(connection, [_row(item, station, request_id=request_id, reported_ms=now_ms) for item in bare])
    _trim(connection, station, now_ms, said[0].named.component)


NO_REPORT = 0
"""The request of what no report has told."""


def read(connection: Connection, station: str, said: Sequence[Attribute], now_ms: int) -> None:
    """B06, 1.6 §5.8: note values that were read; what is known of their variables from a report stays."""
    if not (kept := _without_passwords(said)):
        return
    statement = _READING if kept[0].mutability is None else _READING_KEYS
    statement(connection, [_row(item, station, request_id=NO_REPORT, reported_ms=now_ms) for item in kept])
    _trim(connection, station, now_ms, said[0].named.variable)


def changed(connection: Connection, station: str, said: Sequence[Attribute], now_ms: int) -> None:
    """B05, 1.6 §5.3: note the new values of those that are known, and may be."""
    for item in _without_passwords(said):
        named = {f"the_{name}": value for name, value in asdict(item.named).items()}
        where = {"the_station": station, "the_attribute": item.attribute, **named}
        _CHANGE(connection, {**where, "new_value": item.value, "now_ms": now_ms})


def _without_passwords(said: Sequence[Attribute]) -> list[Attribute]:
    """No station should tell of its password (1.6-J §6.2.2); where one does, it is not kept."""
    return [item for item in said if not is_password(item.named.variable)]


def _trim(connection: Connection, station: str, now_ms: int, what: str) -> None:
    if due(station, now_ms, what):
        _TRIM_VARIABLES(connection, {"the_station": station, "n": VARIABLES_MOST})


def value_of(connection: Connection, station: str, component: str, variable: str, instance: str = "") -> str | None:
    """The actual value of a variable of the station as a whole, as it was told last; None where it was not."""
    mine = variables.c.station == station, variables.c.component == component, variables.c.attribute == "Actual"
    named = variables.c.variable == variable, variables.c.variable_instance == instance, variables.c.evse == 0
    found = connection.execute(select(variables.c.value).where(*mine, *named)).first()
    return None if found is None else found.value


def keys_of(connection: Connection, station: str, *names: str) -> dict[str, str | None]:
    """Those of these keys of 1.6 that a station has told of, with their values: None where it said that it has none."""
    lowered = {name.lower(): name for name in names}
    mine = variables.c.station == station, variables.c.component == "", variables.c.attribute == "Actual"
    chosen = select(variables.c.variable, variables.c.value).where(*mine, func.lower(variables.c.variable).in_(lowered))
    return {lowered[row.variable.lower()]: row.value for row in connection.execute(chosen)}


def monitored(connection: Connection, station: str, said: Sequence[Monitor], now_ms: int) -> None:
    """N02, N04: note the monitors that a station says it has."""
    if said:
        _MONITOR(connection, [_row(item, station, reported_ms=now_ms) for item in said])


def forget_monitors(
    connection: Connection, station: str, *, ids: Iterable[int] | None = None, before_ms: int | None = None
) -> None:
    """Forget monitors by their ids, or those not heard of since an instant; all without either."""
    chosen = delete(monitors).where(monitors.c.station == station)
    if ids is not None:
        chosen = chosen.where(monitors.c.id.in_(list(ids)))
    if before_ms is not None:
        chosen = chosen.where(monitors.c.reported_ms < before_ms)
    connection.execute(chosen)


def happened(connection: Connection, station: str, said: Sequence[Event], now_ms: int, kept: Kept = ALL) -> None:
    """N07, N08: keep events, each once, however often the station repeats it."""
    _EVENT(connection, [_row(item, station, received_ms=now_ms) for item in said])
    if kept.notices and due(station, now_ms, said[0].said_at):
        _TRIM_EVENTS(connection, {"the_station": station, "n": kept.notices})


def told_of_customer(connection: Connection, station: str, said: Told, now_ms: int, kept: Kept = ALL) -> None:
    """N09.FR.05: keep a part of what a station holds about a customer, once."""
    _CUSTOMER(connection, _row(said, station, received_ms=now_ms))
    if kept.notices and due(station, now_ms, said.data):
        _TRIM_CUSTOMERS(connection, {"the_station": station, "n": kept.notices})


# -- reading --------------------------------------------------------------------------------------------------------


def page(connection: Connection, table: Table, station: str, after: int, limit: int, **where: Any) -> list[Row[Any]]:
    """Rows of a station in the order of their ids, those after ``after``; ``where``: columns that must be equal."""
    same = [table.c[name] == value for name, value in where.items() if value is not None]
    chosen = select(table).where(and_(table.c.station == station, table.c.id > after, *same))
    return list(connection.execute(chosen.order_by(table.c.id).limit(limit)))


def of_customers(connection: Connection, station: str) -> dict[int, list[Row[Any]]]:
    """What a station told of customers, by request: the parts that came, in their order."""
    table = customer_information
    chosen = select(table).where(table.c.station == station).order_by(table.c.request_id, table.c.seq_no)
    rows = connection.execute(chosen)
    return {request_id: list(parts) for request_id, parts in groupby(rows, lambda row: int(row.request_id))}
