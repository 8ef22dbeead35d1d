"""How something that stations were asked for goes: a table of requests, and one of the statuses that they tell of them.

Stations name a request by its number, or by none at all where a version has no numbers; of several the newest is meant
that the station has agreed to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from csms_reference.services.addresses import bare
from csms_reference.services.retention import ALL, Kept, due, trimming

TAKEN = ("Accepted", "AcceptedCanceled")
"""Answers of a station that does what it was asked for."""


class Progress:
    """Two tables: ``requests`` with station, request_id, location, answer, status, asked_ms and status_ms, ``statuses``
    with station, request_id, status and received_ms. ``ends``: statuses after which nothing more follows."""

    def __init__(self, requests: Table, statuses: Table, ends: frozenset[str]) -> None:
        self._requests, self._statuses = requests, statuses
        self.ends = ends
        self._trim_requests = trimming(requests, "station")
        self._trim_statuses = trimming(statuses, "station")

    def asked(
        self, connection: Connection, station: str, what: Mapping[str, Any], asked_ms: int, kept: Kept = ALL
    ) -> int:
        """Note what a station was asked for and what it answered; returns its number. What the station has said of it
        already counts."""
        values = {"station": station, **what, "location": bare(what["location"]), "asked_ms": asked_ms}
        (number,) = connection.execute(insert(self._requests), values).inserted_primary_key or (0,)
        table = self._statuses
        same = (table.c.station == station, _same(table, what["request_id"]), table.c.received_ms >= asked_ms)
        said = connection.execute(select(table).where(*same).order_by(table.c.id.desc()).limit(1)).first()
        if said is not None:  # it was quicker than we are
            change = update(self._requests).where(self._requests.c.id == number)
            connection.execute(change.values(status=said.status, status_ms=said.received_ms))
        if kept.notices and due(station, asked_ms, str(number)):
            self._trim_requests(connection, {"the_station": station, "n": kept.notices})
        return int(number)

    def reported(
        self,
        connection: Connection,
        station: str,
        request_id: int | None,
        status: str,
        *,
        now_ms: int,
        kept: Kept = ALL,
        **more: Any,
    ) -> None:
        """Note how it goes, and ``more`` columns of the request; Idle says that there is nothing that goes on."""
        values = {"station": station, "request_id": request_id, "status": status, "received_ms": now_ms}
        connection.execute(insert(self._statuses), values)
        if status != "Idle":
            table = self._requests
            same = (table.c.station == station, _same(table, request_id), table.c.answer.in_(TAKEN))
            newest = select(table.c.id).where(*same).order_by(table.c.id.desc()).limit(1).scalar_subquery()
            change = update(table).where(table.c.id == newest)
            connection.execute(change.values(status=status, status_ms=now_ms, **more))
        if kept.notices and due(station, now_ms, status):
            self._trim_statuses(connection, {"the_station": station, "n": kept.notices})

    def cancelled(self, connection: Connection, station: str, by: int, now_ms: int) -> None:
        """A station has given up what it did before, for the request of the number ``by``."""
        table = self._requests
        earlier = (table.c.station == station, table.c.id < by, table.c.answer.in_(TAKEN))
        newest = select(table.c.id).where(*earlier).order_by(table.c.id.desc()).limit(1).scalar_subquery()
        open_ = table.c.status.is_(None) | table.c.status.not_in(self.ends)
        change = update(table).where(table.c.id == newest, open_)
        connection.execute(change.values(status="AcceptedCanceled", status_ms=now_ms))

    def over(self, row: Row[Any]) -> bool:
        """Whether nothing more is to come of a request."""
        return row.answer not in TAKEN or row.status in self.ends

    def find(self, connection: Connection, station: str, number: int) -> Row[Any] | None:
        """One request of a station, by its id."""
        table = self._requests
        return connection.execute(
            select(table).where(table.c.station == station, table.c.id == number)
        ).one_or_none()  # fmt: skip

    def page(
        self, connection: Connection, station: str, after: int, limit: int
    ) -> list[tuple[Row[Any], list[Row[Any]]]]:
        """A station's requests in their order, each with what came under its number since it was asked."""
        table = self._requests
        chosen = select(table).where(table.c.station == station, table.c.id > after).order_by(table.c.id).limit(limit)
        return [(row, self._history(connection, row)) for row in connection.execute(chosen)]

    def _history(self, connection: Connection, row: Row[Any]) -> list[Row[Any]]:
        table, later = self._statuses, self._requests
        next_one = (later.c.station == row.station, _same(later, row.request_id), later.c.id > row.id)
        until = connection.execute(select(later.c.asked_ms).where(*next_one).order_by(later.c.id).limit(1)).scalar()
        same = [table.c.station == row.station, _same(table, row.request_id), table.c.received_ms >= row.asked_ms]
        if until is not None:
            same.append(table.c.received_ms < until)
        return list(connection.execute(select(table).where(*same).order_by(table.c.id)))


def _same(table: Table, request_id: int | None) -> Any:
    column = table.c.request_id
    return column.is_(None) if request_id is None else column == request_id
