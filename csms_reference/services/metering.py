"""Meter readings: how they are understood, and where they are kept."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from typing import NamedTuple, TypedDict, Unpack

from sqlalchemy import Connection, bindparam, delete, select, tuple_

from csms_reference.store.prepared import Prepared, Rows, Write, insert_new, together
from csms_reference.store.tables import inbox, meter_values

ENERGY = "Energy.Active.Import.Register"
KILO = {"kWh": "Wh", "kW": "W", "kvar": "var", "kvarh": "varh", "kVA": "VA"}
"""Units that are stored as their base unit."""

REPEATED_WITHIN_MS = 30 * 86_400_000
"""How long a message is known again: longer than a station's queue lasts that was offline."""

FORGOTTEN_AT_ONCE = 64
"""Old messages forgotten with every sixteenth new one: so many that they become fewer, so few that none waits."""


class Reading(NamedTuple):
    """One sampled value, in the names of its columns. ``text`` holds what came where that is no finite number."""

    timestamp_ms: int | None
    value: float | None
    measurand: str = ENERGY
    context: str = "Sample.Periodic"
    unit: str | None = None
    phase: str | None = None
    location: str | None = None
    text: str | None = None


class Where(TypedDict):
    """What readings that came together have in common."""

    transaction_id: str | None
    evse: int | None
    connector: int | None
    received_ms: int


def number(raw: float | str, unit: str | None, power_of_ten: int = 0) -> tuple[float | None, str | None, str | None]:
    """A raw value as (value in base unit, base unit, raw text if it is no finite number)."""
    try:
        value = float(raw) * 10.0**power_of_ten
    except (ValueError, OverflowError):
        return None, unit, str(raw)
    if unit in KILO:
        value, unit = value * 1000.0, KILO[unit]
    return (value, unit, None) if math.isfinite(value) else (None, unit, str(raw))


def keeping(station: str, readings: Iterable[Reading], **where: Unpack[Where]) -> Write:
    """What stores readings."""
    all_have = station, where["transaction_id"], where["evse"], where["connector"], where["received_ms"]
    return _KEEP, [all_have + reading for reading in readings]


def keep(connection: Connection, station: str, readings: Iterable[Reading], **where: Unpack[Where]) -> None:
    """Store readings."""
    together(connection, keeping(station, readings, **where))


def first_time(connection: Connection, station: str, content: str, received_ms: int) -> bool:
    """Whether this station says ``content`` for the first time; a message that was sent again is not stored again."""
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    if _SEE(connection, {"station": station, "digest": digest, "received_ms": received_ms}).rowcount <= 0:
        return False
    if digest[0] == "0":  # every sixteenth forgets for all of them
        _FORGET(connection, {"before": received_ms - REPEATED_WITHIN_MS})
    return True


_KEEP = Rows(meter_values, ("station", "transaction_id", "evse", "connector", "received_ms", *Reading._fields))
_OLD = (
    select(inbox.c.station, inbox.c.digest)
    .where(inbox.c.received_ms < bindparam("before"))
    .order_by(inbox.c.received_ms)
    .limit(FORGOTTEN_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_FORGET = Prepared(delete(inbox).where(tuple_(inbox.c.station, inbox.c.digest).in_(_OLD)))
_SEE = Prepared(insert_new(inbox), inbox.c.keys())
