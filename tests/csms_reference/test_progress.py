"""Requests and the statuses that stations tell of them."""

import pytest
from sqlalchemy import select

from csms_reference.services import logs
from csms_reference.services.retention import Kept
from csms_reference.store import Store
from csms_reference.store.log_tables import log_requests, log_statuses

WHAT = {"kind": "DiagnosticsLog", "location": "http://x/", "answer": "Accepted"}
progress = logs.progress


@pytest.fixture
async def store():
    store = Store.open(inline=True)
    yield store
    store.close()


async def asked(store, number, at=10, answer="Accepted", station="CP-1"):
    what = WHAT | {"request_id": number, "answer": answer}
    return await store.write(lambda database: progress.asked(database, station, what, at))


async def said(store, number, status, at=20, station="CP-1"):
    await store.write(lambda database: progress.reported(database, station, number, status, now_ms=at))


async def pages(store, station="CP-1", after=0, limit=10):
    rows = await store.read(lambda database: progress.page(database, station, after, limit))
    return [(row.request_id, row.status, [each.status for each in history]) for row, history in rows]


@pytest.mark.parametrize("number", [7, None])
async def test_what_is_said_belongs_to_its_request(store, number):
    await asked(store, number)
    await asked(store, 8, station="CP-2")
    for status in ("Uploading", "Uploaded"):
        await said(store, number, status)
    assert await pages(store) == [(number, "Uploaded", ["Uploading", "Uploaded"])]
    assert await pages(store, "CP-2") == [(8, None, [])]


async def test_what_was_quicker_than_we_are_counts(store):
    await said(store, 7, "Uploading", at=5)  # of an earlier one
    await said(store, 7, "Uploading", at=12)
    await asked(store, 7, at=10)
    assert await pages(store) == [(7, "Uploading", ["Uploading"])]


async def test_the_newest_of_a_number_that_was_agreed_to_is_meant(store):
    await asked(store, 7)
    await asked(store, 7, at=100)
    await asked(store, 7, at=200, answer="Rejected")
    await said(store, 7, "Uploading", at=150)
    await said(store, 7, "Uploaded", at=160)
    assert await pages(store) == [(7, None, []), (7, "Uploaded", ["Uploading", "Uploaded"]), (7, None, [])]


async def test_idle_says_nothing_of_a_request(store):
    await asked(store, 7)
    await said(store, 7, "Uploading")
    await said(store, 7, "Idle")
    assert (await pages(store))[0][1] == "Uploading"


async def test_one_that_was_cancelled_is_over_unless_it_was_before(store):
    for status, ends in (("Uploaded", "Uploaded"), ("Uploading", "AcceptedCanceled")):
        number = await asked(store, 7)
        await said(store, 7, status)
        later = await asked(store, 8, answer="AcceptedCanceled")
        await store.write(lambda database, by=later: progress.cancelled(database, "CP-1", by, 30))
        row = await store.read(lambda database, number=number: progress.find(database, "CP-1", number))
        assert (row.status, progress.over(row)) == (ends, True)
    assert await store.read(lambda database: progress.find(database, "CP-2", 1)) is None


async def test_pages(store):
    for number in range(3):
        await asked(store, number)
    assert [number for number, *_ in await pages(store, limit=2)] == [0, 1]
    assert [number for number, *_ in await pages(store, after=2)] == [2]


async def test_old_lines_give_way(store):
    kept = Kept(notices=5)

    def write(database):
        for at in range(300):
            progress.asked(database, "CP-1", WHAT | {"request_id": at}, at, kept)
            progress.reported(database, "CP-1", at, "Uploaded", now_ms=at, kept=kept)

    await store.write(write)
    for table in (log_requests, log_statuses):
        rows = await store.read(lambda database, table=table: list(database.execute(select(table))))
        assert len(rows) < 150
