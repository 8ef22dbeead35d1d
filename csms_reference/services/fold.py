"""What the events of one transaction say together, in whatever order they arrive.

A record is a fold over its events with operations that neither order nor repetition changes: every field remembers
the rank of the event it came from, and either the lowest or the highest rank wins (E01.FR.07, TC_E_53).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any

import orjson

from csms_reference.services import authorization, metering
from csms_reference.services.metering import Reading

Record = dict[str, Any]
KINDS = ("Started", "Updated", "Ended")

BACKWARDS = "meter ran backwards"
EARLY_END = "ended before it started"
OUT_OF_RANGE = "meter readings out of range"
NO_TIME = "unreadable timestamp"
CONFLICT = "conflicting event"
OVERLAP = "overlaps another transaction"
LOST = "its end is lost"

_DERIVED = {BACKWARDS, OUT_OF_RANGE, EARLY_END}
"""Flags that follow from the fields alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionEvent:
    """One event of a transaction, of whatever OCPP version. ``payload`` is the message as text; ``holder``: the user
    whose ``id_token`` is."""

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
    holder: str | None = None
    stop_token: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    charging_state: str | None = None
    stop_reason: str | None = None
    digest: str | None = None
    flags: frozenset[str] = frozenset()
    readings: tuple[Reading, ...] = ()


_EARLIEST = ("evse", "connector", "remote_start_id", "reservation_id")
_LATEST = ("charging_state", "stop_reason", "stop_token")


class Fold:
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
        self.record["ranks"] = text(self._ranks)
        self.record["energy_wh"], implausible = _energy(self.record["meter_start_wh"], self.record["meter_stop_wh"])
        started_ms, stopped_ms = self.record["started_ms"], self.record["stopped_ms"]
        if None not in (started_ms, stopped_ms) and stopped_ms < started_ms:
            implausible.add(EARLY_END)
        known = set(orjson.loads(self.record["flags"])) - _DERIVED
        if self.record["has_end"]:
            known.discard(LOST)  # it has come after all
        self.record["flags"] = text(sorted(known | flags | implausible))
        return self.record


def merge(record: Record | None, event: TransactionEvent) -> Record:
    """The record with one more event in it. Pure: any order of the same events gives the same record."""
    fold = Fold(record if record is not None else _blank(event))
    rank = [event.seq_no, KINDS.index(event.kind)]
    for field in _EARLIEST:
        fold.earliest(field, getattr(event, field), rank)
    for field in _LATEST:
        fold.latest(field, getattr(event, field), rank)
    if fold.earliest("id_token", event.id_token, rank):
        fold.record["token_type"], fold.record["holder"] = event.token_type, event.holder
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
        "holder": None,
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
    merged["seen"], merged["gaps"] = text(seen), text(gaps)
    merged["complete"] = merged["has_start"] and merged["has_end"] and not gaps


def _energy(start_wh: float | None, stop_wh: float | None) -> tuple[float | None, set[str]]:
    """The energy between two readings, None where it is unknown or implausible, and the flags that say why."""
    if start_wh is None or stop_wh is None:
        return None, set()
    energy_wh = stop_wh - start_wh
    if not isfinite(energy_wh):
        return None, {OUT_OF_RANGE}
    return (energy_wh, set()) if energy_wh >= 0 else (None, {BACKWARDS})


def text(value: Any) -> str:
    """A column of JSON: the same text for the same value."""
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
