"""Pages of what becomes more: the newest first, turned by the last key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select

from csms_reference.console.desk import Asked

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Newest:
    """Rows, the newest first. ``earlier`` and ``later`` lead to the page before and after, None: there is none."""

    rows: list[Row[Any]]
    earlier: dict[str, Any] | None
    later: dict[str, Any] | None


async def newest(asked: Asked, chosen: Select[Any], key: ColumnElement[int], narrowed: dict[str, Any]) -> Newest:
    """The page of ``chosen`` that is asked for (``before``, ``after``), by its column ``id``. Raises StoreError."""
    before, after = asked.number("before"), asked.number("after")
    if after is not None:
        chosen = chosen.where(key > after).order_by(key)
    else:
        chosen = chosen.where(key < before) if before is not None else chosen
        chosen = chosen.order_by(key.desc())
    found = await asked.read(lambda database: list(database.execute(chosen.limit(SHOWN + 1))))
    more = len(found) > SHOWN
    rows = found[:SHOWN][::-1] if after is not None else found[:SHOWN]
    newer = rows and (more if after is not None else before is not None)
    older = rows and (more or after is not None)
    return Newest(
        rows,
        {**narrowed, "after": rows[0].id} if newer else None,
        {**narrowed, "before": rows[-1].id} if older else None,
    )
