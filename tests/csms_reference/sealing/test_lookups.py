"""What is looked up, narrowed and paged by tokens, where the database has only their hashes."""

import pytest

from csms_reference.services import orders, transactions
from csms_reference.store import Store
from tests.csms_reference.clients import client_of, content

TOKENS = {f"Tag-{number}" for number in range(7)}


@pytest.fixture
def store(tmp_path):
    opened = Store.open(f"sqlite:///{tmp_path}/csms.sqlite")
    yield opened
    opened.close()


@pytest.fixture
async def client(bench, store):
    it = bench(store)
    async with client_of(it.front) as opened:
        opened.it = it
        yield opened


async def test_pages_of_tokens_hold_each_of_them_once_in_the_same_order(client):
    for id_token in TOKENS:
        assert (await client.put(f"/tokens/{id_token}", json={"id_token": id_token})).status_code in {200, 201}
    whole = [token["id_token"] for token in content(await client.get("/tokens"))]
    assert (set(whole), len(whole)) == (TOKENS, len(TOKENS))
    seen, after = [], ""
    while page := content(await client.get("/tokens", params={"after": after, "limit": 2})):
        seen += [token["id_token"] for token in page]
        after = seen[-1].swapcase()
    assert seen == whole


async def test_transactions_are_narrowed_by_a_token_in_any_case(client):
    station = await client.it.station("CP", "1.6")
    at = "2026-03-01T08:00:00Z"
    for connector, id_token in ((1, "TAG-1"), (2, "Tag-2")):
        await client.it.token(id_token)
        start = {"connectorId": connector, "idTag": id_token, "meterStart": 0, "timestamp": at}
        first = await station.ask("StartTransaction", start)
        assert await station.ask("StartTransaction", start) == first  # known again by its hash
    found = content(await client.get("/transactions", params={"token": "tag-2"}))
    assert [row["id_token"] for row in found] == ["Tag-2"]
    assert len(content(await client.get("/transactions"))) == 2


async def test_a_remote_start_of_16_is_found_by_its_token(store):
    def ordered(connection):
        orders.remote_start(connection, "CP", remote_start_id=None, evse=1, id_token="TAG", asked_ms=1)
        for id_token, transaction_id in (("OTHER", "6"), ("tag", "7")):
            orders.began(connection, "CP", evse=1, id_token=id_token, transaction_id=transaction_id, since_ms=0)
        return [(row.id_token, row.transaction_id) for row in orders.starts_of(connection, "CP", 0, 9)]

    assert await store.write(ordered) == [("TAG", "7")]


async def test_a_transaction_that_is_told_of_in_several_events_keeps_its_token(store):
    def event(seq_no, id_token):
        return transactions.TransactionEvent(
            station="CP", version="2.0.1", transaction_id="T", seq_no=seq_no, kind="Updated", received_ms=1,
            timestamp_ms=1, payload="{}", id_token=id_token,
        )  # fmt: skip

    def told(connection):
        for seq_no, id_token in ((2, "LATER"), (3, None), (1, "FIRST")):
            transactions.record(connection, event(seq_no, id_token))
        found = transactions.find(connection, "CP", "T")
        transactions.record(connection, event(0, None))
        assert transactions.find(connection, "CP", "T")["token_key"] == found["token_key"]
        return found["id_token"], found["token_key"] == connection.dialect.chargebench_ring.blind("token", "first")

    assert await store.write(told) == ("FIRST", True)
