"""Statements on the path of every message: compiled to SQL once and handed to the driver as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ClauseElement


class Result:
    """What the driver gave back. Nothing converts it: truth may come back as 0 or 1."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return int(self._cursor.rowcount)

    def scalar(self) -> Any:
        """The first column of the first row; None without a row."""
        row = self._cursor.fetchone()
        return None if row is None else row[0]

    def scalars(self) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self._cursor.fetchall()]

    def row(self) -> tuple[Any, ...] | None:
        """The first row; None without one."""
        row: tuple[Any, ...] | None = self._cursor.fetchone()
        return row

    def rows(self) -> list[tuple[Any, ...]]:
        """Every row."""
        return [tuple(row) for row in self._cursor.fetchall()]

    def mapping(self) -> dict[str, Any] | None:
        """The first row by the names of its columns."""
        row = self._cursor.fetchone()
        if row is None:
            return None
        return dict(zip([column[0] for column in self._cursor.description], row, strict=True))


class _Text:
    """A statement in the SQL of one dialect. ``names`` is None where the driver takes values by name."""

    __slots__ = ("fixed", "names", "sql")

    def __init__(self, statement: ClauseElement, columns: list[str] | None, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self.names: list[str] | None = compiled.positiontup
        self.fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}

    def arguments(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver wants them. Raises KeyError for a missing one."""
        whole = {**self.fixed, **values} if self.fixed else values
        return whole if self.names is None else [whole[name] for name in self.names]


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
        cursor = connection.connection.cursor()
        try:
            if isinstance(values, Mapping):
                cursor.execute(text.sql, text.arguments(values))
            else:
                cursor.executemany(text.sql, [text.arguments(value) for value in values])
        except dialect.loaded_dbapi.Error as problem:
            raise DBAPIError.instance(text.sql, None, problem, dialect.loaded_dbapi.Error, dialect=dialect) from problem
        return Result(cursor)

    def _compiled(self, dialect: Dialect) -> _Text:
        of_all = self._statement
        statement = of_all[dialect.name] if isinstance(of_all, Mapping) else of_all
        text = self._texts[dialect.name] = _Text(statement, self._columns, dialect)
        return text


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
