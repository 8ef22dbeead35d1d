"""One database, several processes: opened at once, written by turns, and PostgreSQL as well as SQLite."""

import asyncio
import json
import sqlite3
import sys

import pytest

from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.services import registration, status, transactions
from csms_reference.services.metering import Reading, first_time
from csms_reference.services.registration import Make, Registration
from csms_reference.services.retention import Kept
from csms_reference.services.status import ConnectorStatus
from csms_reference.services.transactions import TransactionEvent
from csms_reference.settings import Settings
from csms_reference.store import Store, StoreError
from csms_reference.store.certificate_tables import certificates
from csms_reference.store.tables import connectors, status_history, transaction_events
from protocol.x509 import fingerprint
from tests.csms_reference.conftest import NOW


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/csms.sqlite"
    return request.getfixturevalue("postgres")


@pytest.fixture
def store(url):
    opened = Store.open(url)
    yield opened
    opened.close()


OPEN_AND_WRITE = """
import asyncio, json, sys
from csms_reference.services import registration
from csms_reference.store import Store
async def main():
    store = Store.open(sys.argv[1])
    found = [await store.write(lambda c, n=n: registration.take_in(c, f"CP-{n}", registration.Registration.ACCEPTED, 1))
             for n in range(20)]
    store.close()
    print(json.dumps(len([one for one in found if one])))
asyncio.run(main())
"""


async def test_processes_may_open_and_write_a_new_database_at_once(url):
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", OPEN_AND_WRITE, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    ends = [await process.communicate() for process in started]
    assert [json.loads(out or "null") for out, _ in ends] == [20] * 3, ends
    store = Store.open(url)
    assert len(await store.read(lambda c: registration.page(c, "", 99))) == 20
    store.close()


async def test_a_change_by_another_process_counts_at_once(url, store):
    await store.write(lambda c: registration.take_in(c, "CP", Registration.ACCEPTED, 1))
    assert (await store.glance(lambda c: registration.known(c, "CP"))).standing is Registration.ACCEPTED
    other = Store.open(url)
    await other.write(lambda c: registration.change(c, "CP", registration="Rejected"))
    other.close()
    assert (await store.glance(lambda c: registration.known(c, "CP"))).standing is Registration.REJECTED


async def test_a_station_is_taken_in_once(store):
    for _ in range(2):
        found = await store.write(lambda c: registration.take_in(c, "CP", Registration.PENDING, 1))
        assert found.standing is Registration.PENDING
    await store.write(lambda c: registration.change(c, "CP", password_hash="x"))
    found = await store.write(lambda c: registration.take_in(c, "CP", Registration.ACCEPTED, 2))
    assert (found.standing, found.password_hash) == (Registration.PENDING, "x")
    told = await store.write(lambda c: registration.booted(c, "CP", "2.0.1", Make("Acme", "One"), 5))
    assert told is Registration.PENDING
    assert await store.write(lambda c: registration.booted(c, "other", "2.0.1", Make("A", "B"), 5)) == "Rejected"


def event(seq_no, kind="Updated", **more):
    said = {"station": "CP", "version": "2.0.1", "transaction_id": "T", "payload": "{}", "received_ms": 9}
    reading = Reading(seq_no, 100.0 * seq_no)
    return TransactionEvent(**said, seq_no=seq_no, kind=kind, timestamp_ms=seq_no, readings=(reading,), **more)


async def test_events_are_kept_once_and_add_up(store):
    for item in (event(1), event(0, "Started", id_token="TAG"), event(1), event(2, "Ended", offline=True)):
        await store.write(lambda c, item=item: transactions.record(c, item))
    assert len(await store.read(lambda c: list(c.execute(transaction_events.select())))) == 3
    found = await store.read(lambda c: transactions.find(c, "CP", "T"))
    assert (found["state"], found["energy_wh"], bool(found["complete"])) == ("Ended", 200.0, True)
    assert (bool(found["offline"]), found["id_token"]) == (True, "TAG")


async def test_a_failing_write_is_undone_alone(store):
    def half(connection):
        registration.take_in(connection, "half", Registration.ACCEPTED, 1)
        raise ValueError("no")

    whole = store.write(lambda c: registration.take_in(c, "whole", Registration.ACCEPTED, 1))
    ends = await asyncio.gather(store.write(half), whole, return_exceptions=True)
    assert isinstance(ends[0], ValueError)
    assert [row.station for row in await store.read(lambda c: registration.page(c, "", 9))] == ["whole"]


async def test_tables_are_trimmed_and_repeats_known(store):
    kept = Kept(history=5, notices=5, connectors=1)
    await store.write(lambda c: registration.take_in(c, "CP", Registration.ACCEPTED, 1))

    def report(connection):
        for number in range(300):
            news = ConnectorStatus(1 + number % 2, 1, "Available", number)
            status.changed(connection, "CP", news, number, kept)
            status.notice(connection, "CP", "K", str(number), timestamp_ms=1, received_ms=number, kept=kept)
        return first_time(connection, "CP", "again", 1), first_time(connection, "CP", "again", 1)

    assert await store.write(report) == (True, False)
    assert 5 <= len(await store.read(lambda c: list(c.execute(status_history.select())))) < 150
    assert [row.evse for row in await store.read(lambda c: list(c.execute(connectors.select())))] == [1]


async def test_a_lock_that_another_keeps_is_named(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite", patience_s=0.1)
    other = sqlite3.connect(tmp_path / "csms.sqlite", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(StoreError, match="locked, another process kept it for too long"):
        await store.write(lambda c: registration.take_in(c, "CP", Registration.ACCEPTED, 1))
    assert await store.glance(lambda c: registration.known(c, "CP")) is None  # readers do not wait for writers
    other.close()
    store.close()


async def test_the_backlog_is_what_has_not_ended(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite")
    assert store.backlog == 0
    waiting = [asyncio.ensure_future(store.write(lambda _: None)) for _ in range(3)]
    await asyncio.sleep(0)
    before = store.figures()["store_writes"] + store.backlog
    await asyncio.gather(*waiting)
    assert (before, store.backlog, store.figures()["store_writes"]) == (3, 0, 3)
    store.close()


async def test_authorities_are_made_once_however_many_need_them_at_once(url, store):
    """Two workers that start on an empty database have one root, and issue under the same authority."""
    stores = [store, *(Store.open(url) for _ in range(3))]
    hierarchy = Hierarchy.of(Settings())

    def chain(connection):
        root = hierarchy.root(connection, "cso", NOW)
        return fingerprint(root), *(fingerprint(each) for each in hierarchy.chain(connection, "cso", NOW))

    found = await asyncio.gather(*(each.write(chain) for each in stores for _ in range(3)))
    assert len(set(found)) == 1
    kept = await store.read(lambda connection: list(connection.execute(certificates.select())))
    assert sorted(row.fingerprint for row in kept) == sorted(found[0])
    for opened in stores[1:]:
        opened.close()
