"""Statements on the path of every message: compiled to SQL once and handed to the driver as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ClauseElement

from csms_reference.sealing.columns import Blind, Sealed, ring_of
from csms_reference.sealing.ring import Ring

SECRET = (Sealed, Blind)
NAMED = re.compile(r"%\((\w+)\)s")


class Part(NamedTuple):
    """A statement, and its values in order."""

    sql: str
    values: Sequence[Any]


class Result:
    """What the driver gave back. Nothing converts it but what is sealed: truth may come back as 0 or 1."""

    __slots__ = ("_cursor", "_ring", "_text")

    def __init__(self, cursor: Any, text: _Text, ring: Ring | None) -> None:
        self._cursor = cursor
        self._text = text
        self._ring = ring

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return int(self._cursor.rowcount)

    def scalar(self) -> Any:
        """The first column of the first row; None without a row."""
        row = self.row()
        return None if row is None else row[0]

    def scalars(self) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self.rows()]

    def row(self) -> tuple[Any, ...] | None:
        """The first row; None without one."""
        row = self._cursor.fetchone()
        return None if row is None else self._opened(row)

    def rows(self) -> list[tuple[Any, ...]]:
        """Every row."""
        return [self._opened(row) for row in self._cursor.fetchall()]

    def mapping(self) -> dict[str, Any] | None:
        """The first row by the names of its columns."""
        row = self._cursor.fetchone()
        if row is None:
            return None
        found = dict(zip(self._text.columns, row, strict=True))
        if (ring := self._ring) is not None:
            for name, kind in self._text.open_named:
                if found[name] is not None:
                    found[name] = kind.opened(ring, found[name])
        return found

    def _opened(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        ring = self._ring
        if ring is None or not self._text.open:
            return row
        found = list(row)
        for place, kind in self._text.open:
            if found[place] is not None:
                found[place] = kind.opened(ring, found[place])
        return tuple(found)


class _Text:
    """A statement in the SQL of one dialect. ``names`` is None where the driver takes values by name; ``close`` are the
    values that are sealed or hashed, ``open`` the columns of the result that are."""

    def __init__(self, statement: ClauseElement, columns: list[str] | None, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        names: list[str] | None = compiled.positiontup
        self._in_order = None if names is None else _picker(names)
        self.fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        places = enumerate(names) if names is not None else ((name, name) for name in compiled.binds)
        kinds = {name: bind.type for name, bind in compiled.binds.items() if isinstance(bind.type, SECRET)}
        self.close: list[tuple[Any, Any]] = [(place, kinds[name]) for place, name in places if name in kinds]
        results = compiled._result_columns  # noqa: SLF001 -- what SQLAlchemy's own results go by
        self.columns = tuple(column.keyname for column in results)
        self.open = [(place, each.type) for place, each in enumerate(results) if isinstance(each.type, SECRET)]
        self.open_named = [(self.columns[place], kind) for place, kind in self.open]

    @cached_property
    def nameless(self) -> tuple[str, Callable[[Mapping[str, Any]], Sequence[Any]]]:
        """The SQL with values in order instead of named ones, and what puts them in order."""
        return NAMED.sub("%s", self.sql), _picker(NAMED.findall(self.sql))

    def arguments(self, values: Mapping[str, Any], ring: Ring | None) -> Any:
        """The values as the driver wants them. Raises KeyError for a missing one."""
        whole = {**self.fixed, **values} if self.fixed else values
        if ring is None or not self.close:
            return whole if self._in_order is None else self._in_order(whole)
        found: Any = dict(whole) if self._in_order is None else list(self._in_order(whole))
        for place, kind in self.close:
            if (value := found[place]) is not None:
                found[place] = kind.closed(ring, value)
        return found


class _told_as_core:  # noqa: N801 -- a context manager; contextlib's costs 2 µs more
    """Raise the driver's errors as SQLAlchemy's Core does."""

    __slots__ = ("_dialect", "_sql")

    def __init__(self, dialect: Dialect, sql: str) -> None:
        self._dialect = dialect
        self._sql = sql

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        errors = self._dialect.loaded_dbapi.Error
        if isinstance(problem, errors):
            raise DBAPIError.instance(self._sql, None, problem, errors, dialect=self._dialect) from problem


def _picker(names: list[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """Puts values in this order."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


class Prepared:
    """A statement with named values, executed inside a transaction of a Core connection.

    It costs a few microseconds where ``Connection.execute`` costs 20 to 100. ``columns``: what an INSERT fills.
    A mapping holds one statement for each dialect, by its name.
    """

    def __init__(
        self, statement: ClauseElement | Mapping[str, ClauseElement], columns: Iterable[str] | None = None
    ) -> None:
        self._statement = statement
        self._columns = None if columns is None else list(columns)
        self._texts: dict[str, _Text] = {}

    def __call__(self, connection: Connection, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Result:
        """Execute with these values; with a list of them once for each. Raises DBAPIError as Core does."""
        dialect = connection.dialect
        text = self._texts.get(dialect.name) or self._compiled(dialect)
        ring = ring_of(dialect) if text.close or text.open else None
        cursor = connection.connection.cursor()
        with _told_as_core(dialect, text.sql):
            if isinstance(values, Mapping):
                cursor.execute(text.sql, text.arguments(values, ring))
            else:
                cursor.executemany(text.sql, [text.arguments(value, ring) for value in values])
        return Result(cursor, text, ring)

    def parts(self, connection: Connection, values: Mapping[str, Any]) -> list[Part]:
        """What ``together`` joins of it."""
        dialect = connection.dialect
        text = self._texts.get(dialect.name) or self._compiled(dialect)
        sql, in_order = text.nameless
        return [Part(sql, in_order(text.arguments(values, ring_of(dialect) if text.close else None)))]

    def _compiled(self, dialect: Dialect) -> _Text:
        of_all = self._statement
        statement = of_all[dialect.name] if isinstance(of_all, Mapping) else of_all
        text = self._texts[dialect.name] = _Text(statement, self._columns, dialect)
        return text


AT_ONCE = (32, 8, 4, 2, 1)
"""Rows that one INSERT takes: few different statements, which drivers keep ready."""


class Rows:
    """INSERT of many rows, with many in one statement: half the time of a statement for each, and a twentieth of the
    moments in which another thread takes over. Columns that are sealed are not for it. Raises TypeError for one."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        if any(isinstance(table.c[name].type, SECRET) for name in columns):
            raise TypeError("a sealed column")
        self._table = table
        self._columns = columns
        self._texts: dict[tuple[str, int], str] = {}

    def __call__(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Insert these, each with the values of all columns in order. Raises DBAPIError as Core does."""
        cursor = connection.connection.cursor()
        for sql, values in self.parts(connection, rows):
            with _told_as_core(connection.dialect, sql):
                cursor.execute(sql, values)

    def parts(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> list[Part]:
        """The statements that this takes."""
        dialect, at, found = connection.dialect, 0, []
        for size in AT_ONCE:
            while len(rows) - at >= size:
                sql = self._texts.get((dialect.name, size)) or self._written(dialect, size)
                found.append(Part(sql, tuple(chain.from_iterable(rows[at : at + size]))))
                at += size
        return found

    def _written(self, dialect: Dialect, size: int) -> str:
        name = dialect.identifier_preparer
        columns = ", ".join(name.format_column(self._table.c[column]) for column in self._columns)
        mark = "?" if dialect.paramstyle == "qmark" else "%s"
        row = f"({', '.join([mark] * len(self._columns))})"
        into = f"INSERT INTO {name.format_table(self._table)} ({columns})"
        text = f"{into} VALUES {', '.join([row] * size)}"
        self._texts[dialect.name, size] = text
        return text


Write = tuple[Prepared | Rows, Any]
"""A statement and what it is executed with."""


def together(connection: Connection, *writes: Write) -> None:
    """Execute these with their values: writes to different tables, of which none needs what another wrote.

    Where the way to the database is what costs most, they are one statement. Raises DBAPIError as Core does.
    """
    if connection.dialect.name != "postgresql":
        for write, values in writes:
            write(connection, values)
        return
    each = [write.parts(connection, values) for write, values in writes]
    firsts = [parts[0] for parts in each if parts]
    if not firsts:
        return
    one = Part(_joined(tuple(part.sql for part in firsts)), tuple(chain.from_iterable(part.values for part in firsts)))
    cursor = connection.connection.cursor()
    for sql, values in (one, *chain.from_iterable(parts[1:] for parts in each)):
        with _told_as_core(connection.dialect, sql):
            cursor.execute(sql, values)


@lru_cache(1024)
def _joined(texts: tuple[str, ...]) -> str:
    """Writes as one statement of PostgreSQL, which executes them in any order."""
    *others, last = texts
    ahead = ", ".join(f"write_{number} AS ({sql})" for number, sql in enumerate(others))
    return f"WITH {ahead} {last}" if ahead else last


def insert_new(table: Table) -> dict[str, ClauseElement]:
    """INSERT that leaves a row alone which is there already, for each dialect."""
    return {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
    }


def insert_or_change(table: Table, *changing: str, by: Iterable[str] = ()) -> dict[str, ClauseElement]:
    """INSERT that changes these columns of a row which is there already, for each dialect.

    ``by``: the unique columns that say which row it is; without them its primary key.
    """
    key = [table.c[name] for name in by] or list(table.primary_key)
    found: dict[str, ClauseElement] = {}
    for name, insert in (("sqlite", sqlite.insert(table)), ("postgresql", postgresql.insert(table))):
        new = {column: insert.excluded[column] for column in changing}
        found[name] = insert.on_conflict_do_update(index_elements=key, set_=new)
    return found
