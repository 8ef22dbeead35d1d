"""Group commit: many writers, one fsync, and no acknowledgement for what is not on disk."""

import asyncio
import contextlib
import sqlite3
import threading

import pytest
from sqlalchemy import Connection, create_engine, event, insert, select, text
from sqlalchemy.exc import ProgrammingError

from csms_reference.store import Store, StoreError
from csms_reference.store.tariff_tables import tariffs
from csms_reference.store.writer import DOUBTS, LINGER_S, Writer

PLAIN = {"currency": "EUR", "terms": "{}", "dynamic": False, "changed_ms": 1}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/csms.sqlite"


def put(key):
    return lambda connection: connection.execute(insert(tariffs).values(tariff=key, **PLAIN)).rowcount


def keys(connection: Connection) -> list[str]:
    return list(connection.scalars(select(tariffs.c.tariff).order_by(tariffs.c.tariff)))


async def test_many_writers_share_a_commit(url):
    store = Store.open(url)
    commits = []
    event.listen(store.engine, "commit", lambda _: commits.append(1))
    gate = threading.Event()
    first = asyncio.ensure_future(store.write(lambda _: gate.wait(5)))
    rest = [asyncio.ensure_future(store.write(put(f"t{number:03}"))) for number in range(100)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *rest)
    assert len(commits) <= 3
    assert len(await store.read(keys)) == 100
    store.close()


async def test_a_small_batch_waits_for_company():
    begun, enough = threading.Event(), threading.Event()

    def linger(seconds: float) -> None:
        assert seconds == LINGER_S
        begun.set()
        assert enough.wait(5)

    writer = Writer(create_engine("sqlite://"), linger)
    first = asyncio.ensure_future(writer.submit(lambda _: "first"))
    await asyncio.to_thread(begun.wait, 5)
    rest = [asyncio.ensure_future(writer.submit(lambda _: "later")) for _ in range(5)]
    await asyncio.sleep(0)
    enough.set()
    assert await asyncio.gather(first, *rest) == ["first", *["later"] * 5]
    assert (writer.done, writer.batches) == (6, 1)
    writer.close()


async def test_who_writes_alone_hardly_ever_waits():
    waits = []
    writer = Writer(create_engine("sqlite://"), waits.append)
    for _ in range(2 * (DOUBTS + 1)):
        await writer.submit(lambda _: None)
    assert waits == [LINGER_S] * 2
    writer.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, url):
    return url if request.param == "sqlite" else request.getfixturevalue("postgres")


async def test_a_failing_function_is_undone_alone(either):
    """Between two that are kept, and before and after others that fail: what is said between them is not the same."""
    store = Store.open(either)
    gate = threading.Event()
    first = asyncio.ensure_future(store.write(lambda _: gate.wait(5)))

    def fail(key):
        def write(connection):
            put(key)(connection)
            raise ValueError(key)

        return write

    writes = [put("a"), fail("b"), fail("c"), put("d"), put("a"), put("e"), fail("f")]
    rest = [asyncio.ensure_future(store.write(each)) for each in writes]
    await asyncio.sleep(0)
    gate.set()
    ends = [type(end).__name__ for end in await asyncio.gather(*rest, return_exceptions=True)]
    assert await first
    assert ends == ["int", "ValueError", "ValueError", "int", "IntegrityError", "int", "ValueError"]
    assert await store.read(keys) == ["a", "d", "e"]
    assert store.figures()["store_commits"] <= 3  # else they were not together
    store.close()


async def test_an_error_that_the_last_one_keeps_to_itself_fails_all(postgres):
    """PostgreSQL answers a COMMIT then with a ROLLBACK, and no error."""
    store = Store.open(postgres)
    gate = threading.Event()

    def swallow(connection):
        with contextlib.suppress(ProgrammingError):
            connection.execute(text("select nothing from nowhere"))

    writes = [lambda _: gate.wait(5), put("a"), swallow]
    all_of_them = [asyncio.ensure_future(store.write(each)) for each in writes]
    await asyncio.sleep(0)
    gate.set()
    ends = await asyncio.gather(*all_of_them, return_exceptions=True)
    assert [type(end) for end in ends[1:]] == [StoreError] * 2
    assert await store.read(keys) == []
    store.close()


async def test_closing_writes_what_is_queued(url):
    store = Store.open(url)
    writing = [asyncio.ensure_future(store.write(put(key))) for key in "abc"]
    await asyncio.sleep(0)
    store.close()
    await asyncio.gather(*writing)
    again = Store.open(url)
    assert await again.read(keys) == ["a", "b", "c"]
    again.close()
    with pytest.raises(StoreError, match="closed"):
        await store.write(put("d"))


async def test_a_locked_database_gives_no_ack_and_recovers(url, tmp_path):
    store = Store.open(url, patience_s=0.1)
    other = sqlite3.connect(tmp_path / "csms.sqlite", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(StoreError, match="locked"):
        await store.write(put("a"))
    other.execute("rollback")
    other.close()
    await store.write(put("b"))
    assert await store.read(keys) == ["b"]
    store.close()


async def test_a_full_database_gives_no_ack_and_recovers(url):
    store = Store.open(url)
    pages = await store.write(lambda c: c.exec_driver_sql("pragma page_count").scalar())
    await store.write(lambda c: c.exec_driver_sql(f"pragma max_page_count={pages}").scalar())

    def much(connection):
        for number in range(200):
            connection.execute(insert(tariffs).values(tariff=f"{number:060}", **{**PLAIN, "terms": "x" * 500}))

    with pytest.raises(StoreError, match="full"):
        await store.write(much)
    assert await store.read(keys) == []
    await store.write(lambda c: c.exec_driver_sql("pragma max_page_count=100000").scalar())
    await store.write(put("a"))
    assert await store.read(keys) == ["a"]
    store.close()


async def test_a_caller_that_gave_up_does_not_disturb_the_others(url):
    store = Store.open(url)
    gate = threading.Event()
    blocking = asyncio.ensure_future(store.write(lambda _: gate.wait(5)))
    gone, staying = (asyncio.ensure_future(store.write(put(key))) for key in "ab")
    await asyncio.sleep(0)
    gone.cancel()
    gate.set()
    assert await staying == 1
    assert await blocking
    assert await store.read(keys) == ["a", "b"]
    store.close()
