"""Has everything in a database sealed under its newest key, so that older ones can be dropped.

It goes through the tables in batches, each a transaction of its own, while a CSMS may be at work. Values say by
themselves under which key they are: after an end half-way it goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from csms_reference.sealing import opening, rewriting
from csms_reference.sealing.columns import Blind, Packed, Sealed
from csms_reference.sealing.keys import ring_for
from csms_reference.sealing.rewriting import Row, Rows
from csms_reference.sealing.ring import HEAD_BYTES, KEY_BYTES, Ring, head_of
from csms_reference.store.database import is_memory, make_engine, migrate, parse_url
from csms_reference.store.errors import StoreError
from csms_reference.store.sealing_tables import sealing_keys
from csms_reference.store.store import BEGIN
from csms_reference.store.tables import metadata

PASSES_MOST = 10
"""So often it comes back to rows that others were writing at that time."""


class Rekeyed(NamedTuple):
    """``rows`` were written anew; values are under the keys ``in_use``, those ``droppable`` are needed no more."""

    rows: int
    in_use: tuple[int, ...]
    droppable: tuple[int, ...]


def rekey(
    url: str, keys_file: str | None = None, *, hashes: bool = False, went: Callable[[int], object] = id
) -> Rekeyed:
    """Seal everything under the newest key; ``went`` hears of the rows of each batch. Raises StoreError.

    With ``hashes`` what is looked up is hashed anew as well, in one transaction, while no CSMS may run.
    """
    parsed = parse_url(url)
    if is_memory(parsed):
        raise StoreError("nothing is sealed in memory")
    engine = make_engine(parsed, begin=BEGIN, patience_s=None)
    try:
        ring = migrate(engine, keys=partial(ring_for, parsed, keys_file))
        assert ring is not None
        if hashes:
            _alone(engine)
            with engine.begin() as connection:
                rehash(connection, ring)
        written = 0
        for _ in range(PASSES_MOST):
            if not (some := sum(_renewed(engine, ring, sealed, went) for sealed in _sealed_columns())):
                break
            written += some
        with engine.begin() as connection:
            in_use = _noted(connection, ring)
        return Rekeyed(written, in_use, tuple(number for number in ring.numbers if number not in in_use))
    except sa.exc.DBAPIError as problem:
        raise StoreError(f"the database failed: {problem.orig}") from problem
    finally:
        engine.dispose()


def rehash(connection: sa.Connection, ring: Ring) -> None:
    """Hash what is looked up with one key more. What a hash is of need not be known: the new one is of the old one."""
    found = opening.index(connection)
    ring.index = (*found, opening.add_index(connection, len(found) + 1, ring.random(KEY_BYTES)))
    for table in metadata.sorted_tables:
        if columns := [column.name for column in table.c if isinstance(column.type, Blind)]:
            rows = Rows(table.name, [column.name for column in table.primary_key], columns)
            wanted = sa.or_(*(sa.column(name).not_like(f"{len(ring.index)}=%") for name in columns))
            rewriting.rewrite(connection, rows, partial(_hashed, ring, columns), wanted)


class _Columns(NamedTuple):
    """The sealed columns of a table, and of which kind each is."""

    rows: Rows
    kinds: Mapping[str, Sealed]

    def under(self, number: int) -> list[sa.ColumnElement[bool]]:
        """Of each column, whether it is sealed under this key."""
        return [_under(sa.column(name), kind, number) for name, kind in self.kinds.items()]


def _sealed_columns() -> list[_Columns]:
    found = []
    for table in metadata.sorted_tables:
        kinds = {column.name: column.type for column in table.c if isinstance(column.type, Sealed)}
        if kinds:
            key = [column.name for column in table.primary_key]
            found.append(_Columns(Rows(table.name, key, list(kinds)), kinds))
    return found


def _under(column: sa.ColumnClause[Any], kind: Sealed, number: int) -> sa.ColumnElement[bool]:
    if isinstance(kind, Packed):
        return sa.func.substr(column, 1, HEAD_BYTES) == sa.literal(head_of(number), sa.LargeBinary)
    return column.like(f"{number}.%")


def _renewed(engine: sa.Engine, ring: Ring, sealed: _Columns, went: Callable[[int], object]) -> int:
    """One pass through a table; how many rows were written."""
    rows, after, written = sealed.rows, None, 0
    wanted = sa.or_(*(sa.not_(under) for under in sealed.under(ring.newest)))
    while True:
        with engine.begin() as connection:
            found = rewriting.batch(connection, rows, after, wanted)
            rewriting.change(connection, rows, [(row, _sealed(ring, sealed.kinds, row)) for row in found])
        if not found:
            return written
        written += len(found)
        after = [found[-1][name] for name in rows.key]
        went(len(found))


def _sealed(ring: Ring, kinds: Mapping[str, Sealed], row: Row) -> Mapping[str, Any]:
    return {
        name: kind.closed(ring, kind.opened(ring, row[name])) for name, kind in kinds.items() if row[name] is not None
    }


def _hashed(ring: Ring, columns: Sequence[str], row: Row) -> Mapping[str, Any]:
    return {name: ring.blind_again(row[name]) for name in columns if row[name] is not None}


def _noted(connection: sa.Connection, ring: Ring) -> tuple[int, ...]:
    """The numbers of the keys that are still in use; the others are forgotten."""
    numbers = sorted(opening.in_use(connection))
    kept = tuple(number for number in numbers if number == ring.newest or _holds(connection, number))
    connection.execute(sa.delete(sealing_keys).where(sealing_keys.c.number.not_in(kept)))
    return kept


def _holds(connection: sa.Connection, number: int) -> bool:
    for sealed in _sealed_columns():
        under = sa.or_(*sealed.under(number))
        if connection.execute(sa.select(sa.literal(1)).select_from(sealed.rows.table).where(under).limit(1)).first():
            return True
    return False


def _alone(engine: sa.Engine) -> None:
    """Only who has an SQLite file alone can leave its write-ahead log. Of a server nobody can tell so easily."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode=DELETE")
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    except engine.dialect.loaded_dbapi.Error as problem:
        raise StoreError("the database is in use: stop the CSMS before hashes are renewed") from problem
    finally:
        connection.close()
