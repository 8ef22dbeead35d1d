"""The store: reads, and writes that are on disk when they return."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from csms_reference.operations.measures import Plain
from csms_reference.sealing.columns import put_ring
from csms_reference.sealing.keys import ring_for
from csms_reference.sealing.ring import Ring
from csms_reference.store.database import fill, is_memory, make_engine, migrate, parse_url
from csms_reference.store.errors import StoreError
from csms_reference.store.patience import PATIENCE_S
from csms_reference.store.writer import BROKEN, Counter, Writer, why

T = TypeVar("T")

BEGIN = "BEGIN IMMEDIATE"
"""How a transaction that may write begins: SQLite then waits for its lock at once and not half-way."""


class Desk(Protocol):
    """Somebody who runs functions on a connection."""

    @property
    def backlog(self) -> int:
        """How many functions were submitted and have not ended."""

    async def submit(self, fn: Callable[[Connection], T], rows: int = 1) -> T:
        """Run ``fn``, which writes about so many rows, in a transaction; what it returns is durable."""

    def close(self) -> None:
        """Finish what is queued and let go of the connections."""


class Store:
    """A migrated database. ``write`` returns after commit; commits of many callers are grouped.

    ``inline`` stores run everything in the caller's thread without suspending, so that a run in virtual time is
    the same every time.
    """

    def __init__(self, engine: Engine, writer: Desk, reader: Desk, glancer: Desk, *, inline: bool) -> None:
        self.engine = engine
        self.inline = inline
        self._writer = writer
        self._reader = reader
        self._glancer = glancer

    @classmethod
    def open(
        cls,
        url: str = "sqlite://",
        *,
        inline: bool = False,
        patience_s: float = PATIENCE_S,
        keys_file: str | None = None,
    ) -> Store:
        """Open the database at ``url`` and migrate it. Raises StoreError.

        ``sqlite://`` (the default) is a database in memory, gone with the store, in which nothing is sealed. A database
        that makes us wait for longer than ``patience_s`` has failed; a lock of another process may last half as long.
        ``keys_file``: see ``sealing.keys.ring_for``.
        """
        parsed = parse_url(url)
        ring = None if is_memory(parsed) else _migrate(parsed, keys_file)
        engine = _engine(parsed, ring, BEGIN, patience_s)
        if is_memory(parsed):
            fill(engine)
        writer = Inline(engine) if inline else Writer(engine)
        if inline or is_memory(parsed):
            return cls(engine, writer, writer, writer, inline=inline)
        glancer = Counter(_engine(parsed, ring, "BEGIN", patience_s), "store-glance")
        return cls(engine, writer, Reader(_engine(parsed, ring, "BEGIN", patience_s)), glancer, inline=inline)

    @property
    def backlog(self) -> int:
        """How much work waits for the database: writes, and the glances of stations that come in."""
        if self._glancer is self._writer:
            return self._writer.backlog
        return self._writer.backlog + self._glancer.backlog

    @property
    def at_once(self) -> bool:
        """Whether writes and reads end without suspending, so that who needs the database alone waits for nobody."""
        return self.inline and self.backlog == 0

    def figures(self) -> dict[str, float]:
        """What a load run wants to know of the store: work that waits, writes and commits since the start."""
        writer = self._writer
        done, commits = (writer.done, writer.batches) if isinstance(writer, (Counter, Inline)) else (0, 0)
        return {"store_backlog": self.backlog, "store_writes": done, "store_commits": commits}

    def measures(self) -> dict[str, Plain]:
        """How long transactions took (s) and how many writes shared one; nothing of a store that is inline."""
        writer = self._writer
        if not isinstance(writer, Counter):
            return {}
        return {"commit": writer.commit_s.plain(), "batch": writer.batch_writes.plain()}

    async def write(self, fn: Callable[[Connection], T], *, rows: int = 1) -> T:
        """Run ``fn`` in a transaction and return its result once that is durable.

        ``fn`` may run twice, the first time undone: it changes nothing but the database, or does so anew. ``rows``:
        about how many it writes; who writes many lets others pass. What ``fn`` raises is raised here and undoes ``fn``
        alone. Raises StoreError when the database did not commit: then nothing of it was kept.
        """
        return await self._writer.submit(fn, rows)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` on what is committed. Raises StoreError when the database cannot be read."""
        return await self._reader.submit(fn)

    async def glance(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn``, a look at a few rows, on what is committed; glances of many callers are grouped.

        Cheaper than ``read`` by far, but the others wait for it. Raises StoreError when the database cannot be read.
        """
        return await self._glancer.submit(fn)

    def close(self) -> None:
        """Write what is queued and let go of the database."""
        self._writer.close()
        self._glancer.close()
        self._reader.close()


class Inline:
    """Runs functions at once, in the caller's thread."""

    def __init__(self, engine: Engine) -> None:
        self.backlog = 0
        self.done = 0
        self.batches = 0
        self._engine = engine
        self._connection = engine.connect()
        self._driver: Any = None
        if engine.dialect.name == "sqlite":
            # Each function has a transaction in the driver's own words, which cost a twentieth of SQLAlchemy's. Its
            # transaction stays open for good, or it would begin one of its own with a statement of Core.
            self._connection.begin()
            self._driver = self._connection.connection.dbapi_connection
            self._driver.rollback()
        self._lasting = is_memory(engine.url)
        """Whether one transaction lasts from the first function on, with a savepoint for each: nobody else could see a
        commit, and one costs the more, the more there is in memory (90 µs with 400,000 rows; a savepoint 5)."""

    async def submit(self, fn: Callable[[Connection], T], rows: int = 1) -> T:
        """Run ``fn`` now. Never suspends."""
        del rows
        try:
            value = self._in_core(fn) if self._driver is None else self._in_driver(fn)
        except (*BROKEN, sqlite3.OperationalError) as problem:
            raise StoreError(f"the database failed: {why(problem)}") from problem
        self.done += 1
        self.batches += 1
        return value

    def _in_driver(self, fn: Callable[[Connection], T]) -> T:
        driver, lasting = self._driver, self._lasting
        if lasting and not driver.in_transaction:
            driver.execute(BEGIN)
        driver.execute("SAVEPOINT one_write" if lasting else BEGIN)
        try:
            value = fn(self._connection)
            driver.execute("RELEASE one_write" if lasting else "COMMIT")
        except BaseException:
            if lasting and driver.in_transaction:  # SQLite itself rolls everything back when there is no memory left
                driver.execute("ROLLBACK TO one_write")
                driver.execute("RELEASE one_write")
            else:
                driver.rollback()
            raise
        return value

    def _in_core(self, fn: Callable[[Connection], T]) -> T:
        with self._connection.begin():
            return fn(self._connection)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
        self._engine.dispose()


class Reader:
    """Runs reading functions on connections of their own, beside the writer."""

    def __init__(self, engine: Engine) -> None:
        self.backlog = 0
        self._engine = engine
        self._pool = ThreadPoolExecutor(2, "store-read")
        self._failed: StoreError | None = None  # the last time that the database could not be reached

    async def submit(self, fn: Callable[[Connection], T], rows: int = 1) -> T:
        """Run ``fn`` in a thread."""
        del rows
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, fn, self._failed)

    def close(self) -> None:
        """Let go of threads and connections."""
        self._pool.shutdown()
        self._engine.dispose()

    def _run(self, fn: Callable[[Connection], T], failed_before: StoreError | None) -> T:
        if self._failed is not failed_before:  # or each of those who wait would wait for a silent database anew
            raise StoreError(str(self._failed))
        try:
            with self._engine.begin() as connection:
                return fn(connection)
        except SQLAlchemyError as problem:
            failure = StoreError(f"cannot read the database: {why(problem)}")
            if isinstance(problem, BROKEN) and getattr(problem.orig, "sqlstate", "") is None:  # no word of the server
                self._failed = failure
            raise failure from problem


def _migrate(url: URL, keys_file: str | None) -> Ring | None:
    """Bring a database up to date, which may take as long as it takes; the keys that it is sealed with."""
    engine = make_engine(url, begin=BEGIN, patience_s=None)
    try:
        return migrate(engine, keys=lambda in_use: ring_for(url, keys_file, in_use))
    finally:
        engine.dispose()


def _engine(url: URL, ring: Ring | None, begin: str, patience_s: float) -> Engine:
    engine = make_engine(url, begin, patience_s=patience_s)
    if ring is not None:
        put_ring(engine.dialect, ring)
    return engine
