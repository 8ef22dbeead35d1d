"""What two processes do to the same transaction at the same time, on PostgreSQL: SQLite lets one write at a time."""

import asyncio
import threading
from functools import partial

import pytest
from sqlalchemy import func, insert, select, text, update

from csms_reference.services import abandonment, expiry, registration, transactions
from csms_reference.services.abandonment import Patience
from csms_reference.services.registration import Registration
from csms_reference.services.transactions import TransactionEvent
from csms_reference.store import Store
from csms_reference.store.session_tables import charging_sessions
from csms_reference.store.tables import stations, transaction_events

HOUR_MS = 3_600_000
NOW_MS = 1000 * HOUR_MS
LONG_AGO_MS = NOW_MS - 800 * HOUR_MS


def event(seq_no, kind, at_ms, **more):
    said = {"timestamp_ms": at_ms, "received_ms": at_ms, "payload": "{}", **more}
    return TransactionEvent(station="CP-1", version="2.0.1", transaction_id="T", seq_no=seq_no, kind=kind, **said)


def begin(connection):
    return transactions.record(connection, event(0, "Started", LONG_AGO_MS, evse=1))


def late(connection):
    return transactions.record(connection, event(1, "Updated", NOW_MS, charging_state="Charging"))


def sweep(connection):
    return abandonment.page(connection, NOW_MS, Patience(HOUR_MS, 720 * HOUR_MS), 0, 100)


def expire(connection):
    return expiry.ended(connection, NOW_MS - 100 * HOUR_MS, 0)


def forget(connection):
    return expiry.events(connection, NOW_MS - 100 * HOUR_MS, 0)


@pytest.fixture
def nodes(postgres):
    """The stores of two processes."""
    made = Store.open(postgres), Store.open(postgres)
    yield made
    for store in made:
        store.close()


async def kept(store):
    """The transaction's state, when it was heard of last, and its events."""

    def look(connection):
        record = transactions.find(connection, "CP-1", "T")
        number = connection.scalar(select(func.count()).select_from(transaction_events))
        return record and record["state"], record and record["last_ms"], number

    return await store.read(look)


async def test_a_transaction_of_which_something_comes_is_not_abandoned(nodes):
    one, other = nodes
    await one.write(begin)
    with one.engine.begin() as coming:
        late(coming)
        assert await other.write(sweep) == ([], 0)
    assert await kept(one) == ("Active", NOW_MS, 2)
    assert await other.write(sweep) == ([], 0)


@pytest.mark.parametrize("delete", [expire, forget])
async def test_a_transaction_of_which_something_comes_is_not_deleted(nodes, delete):
    one, other = nodes
    await one.write(begin)
    await one.write(lambda connection: transactions.abandon(connection, "CP-1", "T", "Silent"))
    with one.engine.begin() as coming:
        late(coming)
        assert (await other.write(delete))[0] == 0
    assert await kept(one) == ("Active", NOW_MS, 2)


async def waits_behind(store, connection, task):
    """``task`` waits for what a connection has locked."""
    pid = connection.scalar(text("select pg_backend_pid()"))
    while not await store.read(lambda other: other.scalar(WAITING_BEHIND, {"pid": pid})):
        assert not task.done()


WAITING_BEHIND = text("select count(*) from pg_stat_activity where :pid = any(pg_blocking_pids(pid))")
BLOCKED = text("select cardinality(pg_blocking_pids(:pid))")


async def test_what_comes_of_a_transaction_that_is_being_deleted_is_kept(nodes):
    one, other = nodes
    await one.write(begin)
    await one.write(lambda connection: transactions.abandon(connection, "CP-1", "T", "Silent"))
    with one.engine.begin() as going:
        assert expire(going)[0] == 2
        coming = asyncio.ensure_future(other.write(late))
        await waits_behind(one, going, coming)
    assert (await coming).new
    assert await kept(one) == ("Active", NOW_MS, 1)


async def test_a_session_whose_transaction_comes_meanwhile_is_not_deleted(nodes):
    one, other = nodes
    made = {
        "place": 0,
        "station": "CP-1",
        "begun": "App",
        "client": "x",
        "id_token": "T",
        "token_key": "t",
        "digest": "x",
    }
    times = {"one_time": False, "capped": False, "asked_ms": 0, "deadline_ms": LONG_AGO_MS}
    await one.write(lambda connection: connection.execute(insert(charging_sessions), {**made, **times}))
    with one.engine.begin() as coming:
        coming.execute(update(charging_sessions).values(transaction_id="T"))
        deleting = asyncio.ensure_future(other.write(lambda connection: expiry.unbegun(connection, NOW_MS, 0)))
        await waits_behind(one, coming, deleting)
    assert (await deleting)[0] == 0
    assert (
        await one.read(lambda connection: connection.scalar(select(func.count()).select_from(charging_sessions))) == 1
    )


def lock(connection, station):
    connection.execute(update(stations).where(stations.c.station == station).values(vendor="seen"))


async def test_batches_that_meet_in_a_deadlock_are_both_written(nodes, caplog):
    """As when one process ties sessions to transactions in another order than another notes that they were sent."""
    one, other = nodes
    for station in ("CP-1", "CP-2"):
        await one.write(partial(registration.add, station=station, registration=Registration.ACCEPTED, now_ms=0))
    runs, begun, met = [], threading.Event(), threading.Event()

    def first_one_then_two(connection):
        runs.append(1)
        lock(connection, "CP-1")
        begun.set()
        if len(runs) == 1:
            assert met.wait(10)
        lock(connection, "CP-2")
        return "both"

    caplog.set_level("INFO")
    bystander = partial(registration.change, station="CP-1", model="kept")
    with other.engine.begin() as waiting:
        waiting.execute(text("set local deadlock_timeout = '1min'"))  # so that it is not the one that gives up
        lock(waiting, "CP-2")
        writing = [asyncio.ensure_future(one.write(each)) for each in (first_one_then_two, bystander)]
        await asyncio.to_thread(begun.wait, 10)
        pid = waiting.scalar(text("select pg_backend_pid()"))
        blocked = asyncio.create_task(asyncio.to_thread(lock, waiting, "CP-1"))
        while not await one.read(lambda connection: connection.scalar(BLOCKED, {"pid": pid})):
            assert not blocked.done()
        met.set()
        await blocked
    assert await asyncio.gather(*writing) == ["both", True]
    assert len(runs) == 2
    assert "in a deadlock, and is written again" in caplog.text
    row = await one.read(lambda connection: registration.find(connection, "CP-1"))
    assert (row.vendor, row.model) == ("seen", "kept")
