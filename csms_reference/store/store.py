"""The store: reads, and writes that are on disk when they return."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from csms_reference.store.database import is_memory, make_engine, migrate, parse_url
from csms_reference.store.errors import StoreError
from csms_reference.store.writer import BROKEN, Writer

T = TypeVar("T")


class Desk(Protocol):
    """Somebody who runs functions on a connection."""

    async def submit(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` in a transaction; what it returns is durable."""

    def close(self) -> None:
        """Finish what is queued and let go of the connections."""


class Store:
    """A migrated database. ``write`` returns after commit; commits of many callers are grouped.

    ``inline`` stores run everything in the caller's thread without suspending, so that a run in virtual time is
    the same every time.
    """

    def __init__(self, engine: Engine, writer: Desk, reader: Desk, *, inline: bool) -> None:
        self.engine = engine
        self.inline = inline
        self._writer = writer
        self._reader = reader

    @classmethod
    def open(cls, url: str = "sqlite://", *, inline: bool = False) -> Store:
        """Open the database at ``url`` and migrate it. Raises StoreError.

        ``sqlite://`` (the default) is a database in memory, gone with the store.
        """
        parsed = parse_url(url)
        engine = make_engine(parsed, begin="BEGIN IMMEDIATE")
        try:
            migrate(engine)
        except BaseException:
            engine.dispose()
            raise
        writer = Inline(engine) if inline else Writer(engine)
        return cls(
            engine, writer, writer if inline or is_memory(parsed) else Reader(make_engine(parsed)), inline=inline
        )

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` in a transaction and return its result once that is durable.

        What ``fn`` raises is raised here and undoes ``fn`` alone. Raises StoreError when the database did not commit:
        then nothing of it was kept.
        """
        return await self._writer.submit(fn)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` on what is committed. Raises StoreError when the database cannot be read."""
        return await self._reader.submit(fn)

    def close(self) -> None:
        """Write what is queued and let go of the database."""
        self._writer.close()
        self._reader.close()


class Inline:
    """Runs functions at once, in the caller's thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection = engine.connect()

    async def submit(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` now. Never suspends."""
        try:
            with self._connection.begin():
                return fn(self._connection)
        except BROKEN as problem:
            raise StoreError(f"the database failed: {brief(problem)}") from problem

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
        self._engine.dispose()


class Reader:
    """Runs reading functions on connections of their own, beside the writer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(2, "store-read")

    async def submit(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, fn)

    def close(self) -> None:
        """Let go of threads and connections."""
        self._pool.shutdown()
        self._engine.dispose()

    def _run(self, fn: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return fn(connection)
        except SQLAlchemyError as problem:
            raise StoreError(f"cannot read the database: {brief(problem)}") from problem


def brief(problem: SQLAlchemyError) -> str:
    """The driver's own words, without statement and parameters."""
    return str(problem.orig) if isinstance(problem, DBAPIError) else str(problem).partition("\n")[0]
