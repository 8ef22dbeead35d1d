"""Rows that are written anew, a batch at a time, in the order of their keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

Row = Mapping[str, Any]
BATCH = 1000


class Rows(NamedTuple):
    """The columns of a table that matter, with those that tell its rows apart, as the database has them."""

    name: str
    key: Sequence[str]
    columns: Sequence[str]

    @property
    def table(self) -> sa.TableClause:
        """For statements of which nothing is sealed or opened on its way."""
        return sa.table(self.name, *(sa.column(name) for name in dict.fromkeys((*self.key, *self.columns))))


def batch(
    connection: sa.Connection, rows: Rows, after: Sequence[Any] | None, wanted: sa.ColumnElement[bool] | None = None
) -> list[Row]:
    """The next rows behind the key ``after`` (None: the first), of those that are ``wanted`` and nobody is writing."""
    table = rows.table
    key = [table.c[name] for name in rows.key]
    chosen = sa.select(table).order_by(*key).limit(BATCH).with_for_update(skip_locked=True)
    if wanted is not None:
        chosen = chosen.where(wanted)
    if after is not None:
        chosen = chosen.where(sa.tuple_(*key) > sa.tuple_(*after) if len(key) > 1 else key[0] > after[0])
    return [dict(row) for row in connection.execute(chosen).mappings()]


def change(connection: sa.Connection, rows: Rows, changes: Iterable[tuple[Row, Row]]) -> None:
    """Write what each row is to have now."""
    table = rows.table
    where = [table.c[name] == sa.bindparam(f"was_{name}") for name in rows.key]
    for row, new in changes:
        if new:
            was = {f"was_{name}": row[name] for name in rows.key}
            connection.execute(sa.update(table).where(*where).values(dict(new)), was)


def rewrite(
    connection: sa.Connection,
    rows: Rows,
    renew: Callable[[Row], Row],
    wanted: sa.ColumnElement[bool] | None = None,
) -> None:
    """Give all rows what ``renew`` makes of them. Where it changes keys, ``wanted`` is what a row no longer is then."""
    after: Sequence[Any] | None = None
    while found := batch(connection, rows, after, wanted):
        change(connection, rows, [(row, renew(row)) for row in found])
        after = [found[-1][name] for name in rows.key]
