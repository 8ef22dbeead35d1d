"""The store: migration, foreign databases, group commit, and a database that fails."""

import asyncio
import sqlite3
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select, text

from csms_reference.store import Store, StoreError
from csms_reference.store.database import VERSION_TABLE, alembic_config, make_engine, migrate, parse_url, revisions
from csms_reference.store.tables import metadata, stations
from csms_reference.store.tariff_tables import tariffs


def row(key):
    return {"tariff": key, "currency": "EUR", "terms": "{}", "dynamic": False, "changed_ms": 1}


def keys(connection: Connection) -> list[str]:
    return list(connection.scalars(select(tariffs.c.tariff).order_by(tariffs.c.tariff)))


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/csms.sqlite"


@pytest.fixture(params=["file", "memory", "inline"])
def store(request, url):
    opened = {
        "file": lambda: Store.open(url),
        "memory": Store.open,
        "inline": lambda: Store.open(inline=True),
    }[request.param]()
    yield opened
    opened.close()


def put(key):
    return lambda connection: connection.execute(insert(tariffs).values(row(key))).rowcount


@pytest.mark.in_memory
async def test_writes_are_read_back(store):
    assert await store.write(put("a")) == 1
    assert await store.read(keys) == ["a"]


async def test_a_failing_write_is_undone_and_hurts_no_other(store):
    def half(connection):
        put("half")(connection)
        raise ValueError("no")

    done = await asyncio.gather(
        store.write(put("a")), store.write(half), store.write(put("a")), store.write(put("b")), return_exceptions=True
    )
    assert [type(outcome).__name__ for outcome in done] == ["int", "ValueError", "IntegrityError", "int"]
    assert await store.read(keys) == ["a", "b"]


@pytest.mark.in_memory
async def test_an_inline_store_never_suspends():
    store = Store.open(inline=True)
    writing = store.write(put("a"))
    with pytest.raises(StopIteration) as end:
        writing.send(None)
    assert end.value.value == 1
    store.close()


async def test_an_inline_store_survives_a_lock_and_a_statement_that_fails(url, tmp_path):
    store = Store.open(url, inline=True, patience_s=0.02)
    other = sqlite3.connect(tmp_path / "csms.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked, another process kept it"):
        await store.write(put("a"))
    other.execute("ROLLBACK")
    with pytest.raises(StoreError, match="no such table"):
        await store.write(lambda connection: (put("b")(connection), connection.execute(text("SELECT 1 FROM nowhere"))))
    await store.write(put("c"))
    assert other.execute("select tariff from tariffs").fetchall() == [("c",)]
    other.close()
    store.close()


@pytest.mark.parametrize("inline", [True, False])
async def test_a_write_is_in_the_file_when_it_returns(url, tmp_path, inline):
    store = Store.open(url, inline=inline)
    await store.write(put("a"))
    other = sqlite3.connect(tmp_path / "csms.sqlite")
    assert other.execute("select tariff from tariffs").fetchall() == [("a",)]
    assert other.execute("pragma journal_mode").fetchone() == ("wal",)
    other.close()
    assert await store.write(lambda c: c.exec_driver_sql("pragma synchronous").scalar()) == 2
    store.close()


def old_database(url):
    engine = make_engine(parse_url(url))
    migrate(engine, to="0001")
    with engine.begin() as connection:
        connection.execute(
            text("insert into stations (station, registration, created_ms) values ('CP', 'Accepted', 1)")
        )
    engine.dispose()


async def test_an_older_database_is_migrated_and_keeps_its_rows(url):
    old_database(url)
    store = Store.open(url)
    row = await store.read(lambda c: c.execute(select(stations)).one())
    assert (row.station, row.local_list_version) == ("CP", None)
    store.close()


def test_a_newer_database_is_refused_untouched(url, tmp_path):
    Store.open(url).close()
    other = sqlite3.connect(tmp_path / "csms.sqlite")
    other.execute(f"update {VERSION_TABLE} set version_num = '9999'")
    other.commit()
    before = list(other.iterdump())
    with pytest.raises(StoreError, match=r"newer version.*9999"):
        Store.open(url)
    assert list(other.iterdump()) == before
    other.close()


def test_a_foreign_database_is_refused_untouched(url, tmp_path):
    other = sqlite3.connect(tmp_path / "csms.sqlite")
    other.execute("create table invoices (id integer)")
    other.commit()
    with pytest.raises(StoreError, match=r"another program.*invoices"):
        Store.open(url)
    assert other.execute("select name from sqlite_master").fetchall() == [("invoices",)]
    other.close()


@pytest.mark.parametrize("bad", ["no url", "sqlite:////nowhere/at/all.sqlite", "marsdb://x/y"])
def test_an_unusable_url_gives_one_clear_error(bad):
    with pytest.raises(StoreError):
        Store.open(bad)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "csms.sqlite").write_bytes(b"this is a text file, not a database\n" * 99)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(f"sqlite:///{tmp_path}/csms.sqlite")


def test_the_migrations_build_exactly_the_tables_of_the_code(url):
    Store.open(url).close()
    engine = make_engine(parse_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


@pytest.mark.in_memory
async def test_a_store_in_memory_is_what_the_migrations_make_and_its_own(url):
    migrated, one, other = Store.open(url, inline=True), Store.open(inline=True), Store.open(inline=True)
    await one.write(put("a"))
    assert await one.read(keys) == ["a"]
    assert await other.read(keys) == []
    assert await other.read(written) == await migrated.read(written)
    for store in (migrated, one, other):
        store.close()


def written(connection: Connection) -> list[list[str]]:
    """The whole database as SQL, without the keys that it was sealed with: in memory nothing is.

    The lines of each statement are sorted: Alembic has no order of constraints for a table that it makes anew.
    """
    keys = ('INSERT INTO "sealing_keys"', 'INSERT INTO "index_keys"')
    dump = [line for line in connection.connection.driver_connection.iterdump() if not line.startswith(keys)]
    return [sorted(line.strip(" ,\t") for line in statement.splitlines()) for statement in dump]


def test_revisions_are_those_of_the_migrations_oldest_first():
    scripts = ScriptDirectory.from_config(alembic_config())
    assert list(revisions()) == [script.revision for script in scripts.walk_revisions()][::-1]


def test_a_database_of_this_version_is_opened_without_alembic(url, monkeypatch):
    Store.open(url).close()
    monkeypatch.setitem(sys.modules, "alembic", None)  # an import of it raises ImportError
    Store.open(url).close()
    with pytest.raises(ImportError):
        Store.open(f"{url}.new")
