"""Opens a database: engine, pragmas, and the migration to the schema of this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from csms_reference.sealing.columns import put_ring
from csms_reference.sealing.opening import in_use, settle
from csms_reference.sealing.ring import Ring
from csms_reference.store.errors import StoreError
from csms_reference.store.patience import PATIENCE_S, connecting, limit_silence, lock_wait_s
from csms_reference.store.turnstile import Turnstile

if TYPE_CHECKING:
    from alembic.config import Config

# ruff: noqa: PLC0415 -- Alembic takes a sixth of a second and 10 MB, which workers and restarts do without
VERSION_TABLE = "chargebench_version"
SEALED_SINCE = "0005"
"""The first revision in which what is secret is sealed."""

MIGRATION_LOCK = 0x0CB9  # any number that nobody else locks in our database


def parse_url(url: str) -> URL:
    """The database URL; PostgreSQL without a driver means psycopg. Raises StoreError when it is none."""
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise StoreError(f"{url!r} is no database URL, expected e.g. sqlite:///csms.sqlite") from problem
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed


def is_memory(url: URL) -> bool:
    """Whether the database lives in this process alone."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def make_engine(url: URL, begin: str = "BEGIN", *, patience_s: float | None = PATIENCE_S) -> Engine:
    """An engine whose transactions start with ``begin`` (SQLite only; others start them as ever).

    It raises OperationalError when the database makes it wait for longer than ``patience_s``; None: it waits.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, begin, lock_wait_s(patience_s or PATIENCE_S))
    try:
        if patience_s is None or url.get_driver_name() != "psycopg":
            return create_engine(url, pool_pre_ping=True)
        options = url.query.get("options")
        asked = connecting(options if isinstance(options, str) else None, patience_s)
        engine = create_engine(url, pool_pre_ping=True, connect_args=asked)
        limit_silence(engine, patience_s)
        return engine
    except (NoSuchModuleError, ImportError) as problem:
        hint = ", install chargebench[postgresql]" if url.get_backend_name() == "postgresql" else ""
        raise StoreError(f"{url.get_backend_name()}: the database driver is not installed{hint}") from problem


def _sqlite_engine(url: URL, begin: str, lock_s: float) -> Engine:
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": lock_s}}
    if is_memory(url):
        options["poolclass"] = StaticPool
    engine = create_engine(url, **options)
    is_file = not is_memory(url) and not str(url.database).startswith("file:")
    turnstile = Turnstile(str(url.database), lock_s) if is_file and begin != "BEGIN" else None
    _own_transactions(engine, begin, turnstile, durable=not is_memory(url))
    return engine


def _own_transactions(engine: Engine, begin: str, turnstile: Turnstile | None, *, durable: bool) -> None:
    """The sqlite3 module's implicit transactions break SAVEPOINT and DDL, so we say BEGIN ourselves."""

    @event.listens_for(engine, "connect")
    def connected(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        if durable:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if turnstile is None:
            driver.execute(begin)
        else:
            turnstile.begin(driver, begin)

    if turnstile is not None:
        event.listen(engine, "engine_disposed", lambda _engine: turnstile.close())


def _migrations() -> Path:
    return Path(str(resources.files("csms_reference.store"))) / "migrations"


@cache
def revisions() -> tuple[str, ...]:
    """The revisions known here, oldest first: the numbers of the migrations' files."""
    return tuple(sorted(path.name.partition("_")[0] for path in (_migrations() / "versions").glob("[0-9]*.py")))


def newest() -> str:
    """The revision that this version works with."""
    return revisions()[-1]


def alembic_config() -> Config:
    """Alembic's settings for the migrations that are part of this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    return config


def migrate(engine: Engine, *, to: str = "head", keys: Callable[[frozenset[int]], Ring] | None = None) -> Ring | None:
    """Bring the database to revision ``to``, in one transaction; the ring that it is sealed with.

    ``keys`` finds one that has those of the given numbers; without it nothing is sealed.
    Raises StoreError for a database of a newer version, of another program, or none at all, and for missing keys.
    """
    try:
        with engine.begin() as connection:
            _alone(connection)
            found = _refuse_foreign(connection)
            ring = None if keys is None else keys(in_use(connection))
            if ring is not None:
                put_ring(engine.dialect, ring)
            if found != newest():
                _upgrade(connection, to)
            if ring is not None:
                settle(connection, ring)
        if ring is not None and found is not None and found < SEALED_SINCE:
            _wipe(engine)
    except DBAPIError as problem:
        raise StoreError(f"cannot open {engine.url!s}: {problem.orig}") from problem
    return ring


def _upgrade(connection: Connection, to: str) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _wipe(engine: Engine) -> None:
    """Leave nothing in the free pages of an SQLite file of what was there in clear. On a server that is the operator's
    matter (VACUUM FULL)."""
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        _sqlite(connection).execute("VACUUM")
        _sqlite(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def fill(engine: Engine) -> None:
    """Bring a new database in memory to the newest revision, as a copy of one that was migrated.

    A copy takes less than 1 ms and the migrations 70, which every run in virtual time would wait for.
    """
    connection = engine.raw_connection()
    _migrated().backup(_sqlite(connection))
    connection.close()


@cache
def _migrated() -> sqlite3.Connection:
    """The empty database in memory from which the others are copied. It is there as long as the process."""
    engine = make_engine(make_url("sqlite://"))
    migrate(engine)
    return _sqlite(engine.raw_connection())


def _sqlite(connection: PoolProxiedConnection) -> sqlite3.Connection:
    driver = connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _alone(connection: Connection) -> None:
    """Have other processes that open the same database wait. SQLite's writing transactions do that by themselves."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


def _refuse_foreign(connection: Connection) -> str | None:
    """Nothing is changed in a database that is not ours or that we are too old for; the revision of one that is."""
    names = set(inspect(connection).get_table_names())
    where = connection.engine.url.render_as_string(hide_password=True)
    if VERSION_TABLE not in names:
        if names:
            raise StoreError(f"{where} belongs to another program (it has tables such as {min(names)!r})")
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 -- a constant
    if found is not None and found not in revisions():
        raise StoreError(f"{where} was written by a newer version (schema {found}, newest known here {newest()})")
    return found
