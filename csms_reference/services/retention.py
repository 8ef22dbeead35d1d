"""How much is kept of what has no end: old lines of a station give way to new ones."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from sqlalchemy import Table, and_, bindparam, delete, select

from csms_reference.store.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept of each station: old lines give way to new ones, new connectors to known ones. 0: all."""

    history: int = 0
    notices: int = 0
    connectors: int = 0
    orphans: int = 0


ALL = Kept()
TRIMMED_EVERY = 32
"""Of so many lines, one brings its station's table back to size: it may hold a little more in between."""


def trimming(table: Table, *same: str) -> Prepared:
    """DELETE of what is older than the last ``n`` lines of ``the_station`` (and of the other columns that are same)."""
    whose = and_(*(table.c[name] == bindparam(f"the_{name}") for name in same))
    oldest_kept = select(table.c.id).where(whose).order_by(table.c.id.desc()).offset(bindparam("n")).limit(1)
    return Prepared(delete(table).where(whose).where(table.c.id <= oldest_kept.scalar_subquery()))


def crowding(table: Table, by: str) -> Prepared:
    """DELETE of all of ``the_station`` but about ``n`` lines, those with the latest instants ``by``: for tables whose
    keys a station chooses."""
    mine = table.c.station == bindparam("the_station")
    latest = select(table.c[by]).where(mine).order_by(table.c[by].desc()).offset(bindparam("n")).limit(1)
    return Prepared(delete(table).where(mine).where(table.c[by] < latest.scalar_subquery()))


def due(station: str, received_ms: int, what: str) -> bool:
    """Chosen by content, not by counting: no process has to remember, and a run is the same every time."""
    return zlib.crc32(f"{station} {received_ms} {what}".encode("utf-8", "replace")) % TRIMMED_EVERY == 0
