"""Reading a table in the order of its ids as it grows, over restarts and from one node to the next.

Ids are given out before they are committed, so that a lower one may appear after a higher one. Who must miss nothing
is shown the youngest rows again with every look, and knows them by their ids. Who need not is shown rows once, and
late.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, insert, select, update

from csms_reference.alerts.docket import Docket
from csms_reference.store.alert_tables import cursors

SETTLED_MS = 60_000
"""A row that was received so long ago stands in its place: whatever has a lower id is committed, or has failed."""

LATE_MS = 10_000
"""So old are rows that are shown once: few of those with lower ids are still to come."""

BEGINNING_ROWS = 1000
"""Who follows a table for the first time begins with what was received just now among so many rows."""


@dataclass(frozen=True, slots=True)
class Follower:
    """Who reads ``table``: by ``chosen``, whose columns ``id`` and ``received_ms`` have to be among, ``most`` rows at
    once. ``once``: each row is shown once."""

    name: str
    table: Table
    chosen: Select[Any]
    most: int
    once: bool = False

    async def parts(self, docket: Docket) -> AsyncIterator[Sequence[Row[Any]]]:
        """What is there to be looked at, a part at a time; when all was looked at, how far that is is kept."""
        now_ms = docket.now_ms
        begun = await docket.read(self._position)
        if begun is None:
            begun = await docket.read(lambda database: self._beginning(database, now_ms))
            await self.go_to(docket, begun)
        before_ms = now_ms - LATE_MS if self.once else None
        last, settled = begun, begun
        while rows := await docket.read(partial(self._part, last=last, before_ms=before_ms)):
            if settled == last:
                settled = self._settled(rows, settled, now_ms)
            last = rows[-1].id
            yield rows
            if len(rows) < self.most:
                break
        if settled != begun:
            await self.go_to(docket, settled)

    async def go_to(self, docket: Docket, position: int) -> None:
        """Go on there the next time."""
        await docket.front.store.write(lambda database: _keep(database, self.name, position))

    def _position(self, connection: Connection) -> int | None:
        """How far it has come; None: it is new."""
        return connection.execute(select(cursors.c.position).where(cursors.c.name == self.name)).scalar()

    def _beginning(self, connection: Connection, now_ms: int) -> int:
        """Before what was received in the last minute."""
        received = func.coalesce(self.table.c.received_ms, 0)
        latest = select(self.table.c.id, received).order_by(self.table.c.id.desc()).limit(BEGINNING_ROWS)
        rows = list(connection.execute(latest))
        young = [number for number, received_ms in rows if received_ms > now_ms - SETTLED_MS]
        return min(young) - 1 if young else max((number for number, _ in rows), default=0)

    def _part(self, connection: Connection, last: int, before_ms: int | None) -> Sequence[Row[Any]]:
        chosen = self.chosen.where(self.table.c.id > last).order_by(self.table.c.id).limit(self.most)
        rows = connection.execute(chosen).all()
        if before_ms is None:
            return rows
        young = next((place for place, row in enumerate(rows) if (row.received_ms or 0) > before_ms), len(rows))
        return rows[:young]

    def _settled(self, rows: Sequence[Row[Any]], settled: int, now_ms: int) -> int:
        if self.once:
            return int(rows[-1].id)
        for row in rows:
            if row.received_ms > now_ms - SETTLED_MS:
                break
            settled = row.id
        return settled


def _keep(connection: Connection, name: str, to: int) -> None:
    if not connection.execute(update(cursors).where(cursors.c.name == name).values(position=to)).rowcount:
        connection.execute(insert(cursors), {"name": name, "position": to})
