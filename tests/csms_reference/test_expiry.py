"""What is kept for some days only, and that nothing else goes."""

import pytest
from sqlalchemy import func, select, update

from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.services import alerts, expiry, metering, status, transactions
from csms_reference.services.metering import Reading
from csms_reference.store import Store
from csms_reference.store.tables import meter_values, notices, transaction_events
from csms_reference.store.tables import transactions as table
from tests.csms_reference.test_abandonment import event

ALL = (meter_values, transaction_events, table)


@pytest.fixture
def store():
    store = Store.open(inline=True)
    yield store
    store.close()


async def charged(store, name, at_ms, *, ends=True):
    """A transaction of three events, each with a reading, received from ``at_ms`` on."""
    kinds = ("Started", "Updated", "Ended" if ends else "Updated")

    def write(database):
        for seq_no, kind in enumerate(kinds):
            readings = (Reading(at_ms + seq_no, float(seq_no)),)
            one = event(seq_no, kind, at_ms + seq_no, transaction_id=name, readings=readings)
            transactions.record(database, one)

    await store.write(write)


async def expire(store, page, before_ms):
    """Every page; how many rows went with each."""
    gone, after = [], 0
    while True:
        count, after = await store.write(lambda database, after=after: page(database, before_ms, after))
        gone.append(count)
        if not after:
            return gone


async def left(store, *tables):
    return [await store.read(lambda c, one=one: c.scalar(select(func.count()).select_from(one))) for one in tables]


async def test_a_transaction_that_is_over_goes_with_all_that_is_its(either):
    await charged(either, "old", 0)
    await charged(either, "running", 0, ends=False)
    await charged(either, "young", 1000)
    assert await expire(either, expiry.ended, 500) == [7, 0]
    assert await left(either, *ALL) == [6, 6, 2]


async def test_alerts_go_when_they_have_been_over_for_long_enough(either, monkeypatch):
    monkeypatch.setattr(expiry, "ROWS", 1)
    found = [
        Condition(kind=Kind.SESSION, reason="X", severity=Severity.MINOR, since_ms=0, subject=str(number))
        for number in range(4)
    ]
    await either.write(lambda database: alerts.note(database, found, 0, 0))
    for number, at_ms in ((1, 10), (2, 20), (4, 10)):
        await either.write(lambda database, number=number, at_ms=at_ms: alerts.clear(database, [number], at_ms))
    assert await expire(either, expiry.cleared, 20) == [1, 1, 0]
    rest = await either.read(lambda database: alerts.page(database, 0, 9))
    assert [(row.id, row.state) for row in rest] == [(2, "Cleared"), (3, "Raised")]


async def test_events_of_a_transaction_go_together_and_not_before_it_is_over(store):
    await charged(store, "old", 0)
    await charged(store, "running", 0, ends=False)
    await charged(store, "just over", 0, ends=False)
    await store.write(
        lambda c: transactions.record(c, event(3, "Ended", 900, transaction_id="just over", timestamp_ms=3))
    )
    assert sum(await expire(store, expiry.events, 500)) == 3
    assert await left(store, *ALL) == [9, 7, 3]


async def test_a_message_that_is_repeated_after_it_was_deleted_is_known_still(store):
    await charged(store, "old", 0)
    await expire(store, expiry.events, 500)
    await charged(store, "old", 0)
    assert await left(store, *ALL) == [3, 0, 1]


async def test_readings_go_by_when_they_were_received(store):
    await store.write(
        lambda c: metering.keep(
            c, "CP", (Reading(10**12, 1.0), Reading(None, 2.0)), transaction_id=None, evse=1, connector=1, received_ms=5
        )
    )
    await charged(store, "young", 1000)
    assert sum(await expire(store, expiry.lines(meter_values), 500)) == 2
    assert await left(store, *ALL) == [3, 3, 1]


async def test_readings_of_older_versions_go_by_the_stations_time(store):
    await charged(store, "old", 0)
    await charged(store, "young", 1000)
    await store.write(lambda c: c.execute(update(meter_values).values(received_ms=None)))
    assert sum(await expire(store, expiry.lines(meter_values), 500)) == 3


async def test_much_goes_a_little_at_a_time(store, monkeypatch):
    monkeypatch.setattr(expiry, "ROWS", 10)

    def write(database):
        for number in range(35):
            status.notice(database, "CP", "K", str(number), timestamp_ms=None, received_ms=number)

    await store.write(write)
    assert await expire(store, expiry.lines(notices), 30) == [10, 10, 10, 0]
    assert await left(store, notices) == [5]
