"""A database of an older version, with everything in clear, is sealed when it is opened; and back."""

import pytest
from alembic import command
from sqlalchemy import select, text

from csms_reference.sealing import conversion, rewriting
from csms_reference.sealing.columns import Packed, Sealed
from csms_reference.services import authorization, certificates, locallist, tariff, transactions
from csms_reference.services.authorization import Terms, Token, TokenPolicy
from csms_reference.store import Store
from csms_reference.store.database import alembic_config, make_engine, migrate, parse_url
from csms_reference.store.tables import metadata, transaction_events

OLD = """
insert into tokens (token_key, id_token, status, group_id) values ('tag-ä', 'TAG-ä', 'Accepted', 'FLEET');
insert into tokens (token_key, id_token, status) values ('other', 'Other', 'Blocked');
insert into token_terms (token_key, message) values ('tag-ä', 'Hello');
insert into local_lists (station, version, sent_ms) values ('CP', 3, 1);
insert into local_list_entries (station, token_key, entry)
  values ('CP', 'tag-ä', '{"id_token": "TAG-ä", "type": "ISO14443"}');
insert into tariffs (tariff, currency, terms, dynamic, changed_ms) values ('basic', 'EUR', '{"free_min": 0}', false, 1);
insert into tariff_assignments (kind, who, tariff) values ('group', 'fleet', 'basic');
insert into tariff_assignments (kind, who, tariff) values ('all', '', 'basic');
insert into transactions (station, transaction_id, version, digest, state, id_token, stop_token, offline, has_start,
  has_end, complete, seen, gaps, flags, ranks, received_ms)
  values ('CP', '7', '1.6', 'abc', 'Active', 'Tag-ä', null, false, true, false, false, '[]', '[]', '[]', '{}', 1);
insert into transaction_events (station, transaction_id, seq_no, event_type, received_ms, payload)
  values ('CP', '7', 0, 'Started', 1, '1.{"idTag": "Tag-ä"}');
insert into remote_starts (station, evse, id_token, asked_ms) values ('CP', 1, 'TAG-ä', 1);
insert into variables (station, component, component_instance, evse, connector, variable, variable_instance, attribute,
  value, request_id, reported_ms) values ('CP', 'A', '', 0, 0, 'V', '', 'Actual', '1.5', 1, 1);
insert into inbox (station, digest, received_ms) values ('CP', 'abc', 1);
insert into vendor_messages (vendor_id, message_id, status, data) values ('acme', '', 'Accepted', null);
insert into contracts (emaid, pcid, created_ms) values ('DE-8AC-C12E46L89', 'PCID', 1);
insert into certificates (authority, serial, kind, subject, common_name, fingerprint, certificate, not_before_ms,
  not_after_ms, issued_ms) values ('mo', '1', 'contract', 'CN=DE-8AC', 'DE-8AC', 'f', 'PEM of DE-8AC', 1, 1, 1);
insert into authorities (name, certificate, private_key, created_ms) values ('mo', 'x', 'BEGIN PRIVATE', 1);
"""
LONG = text(
    "insert into notices (station, kind, received_ms, payload) values ('CP', 'DataTransfer', :number, :payload)"
)
SELECTED = {
    table: f"select * from {table} order by 1, 2"
    for table in ("tokens", "token_terms", "local_list_entries", "tariff_assignments", "transactions",
                  "transaction_events", "remote_starts", "variables", "vendor_messages", "authorities",
                  "contracts", "certificates")
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    sqlite = request.param == "sqlite"
    return f"sqlite:///{tmp_path}/csms.sqlite" if sqlite else request.getfixturevalue("postgres")


def rows(connection):
    return {table: [dict(row) for row in connection.execute(text(how)).mappings()] for table, how in SELECTED.items()}


@pytest.fixture
def old(url):
    """Its rows, as they were."""
    engine = make_engine(parse_url(url))
    migrate(engine, to="0004")
    with engine.begin() as connection:
        if url.startswith("sqlite"):
            connection.execute(text("pragma secure_delete=off"))  # as it is built by most, but not by Debian
        for statement in OLD.split(";\n")[:-1]:
            connection.execute(text(statement.replace(":", r"\:")))
        long = {"payload": "TAG-" * 3000}
        connection.execute(LONG, [long | {"number": number} for number in range(100)])
        connection.execute(text("delete from notices"))  # which leaves them in the pages of a file
        found = rows(connection)
    engine.dispose()
    return found


async def test_it_is_sealed_and_works_as_before(url, old, monkeypatch, tmp_path):
    monkeypatch.setattr(rewriting, "BATCH", 1)
    store = Store.open(url, inline=True)
    with store.engine.begin() as connection:
        raw = str(rows(connection)).lower()
        assert [
            word for word in ("tag-", "fleet", "begin private", "'1.5'", "'other'", "'abc'", "de-8ac") if word in raw
        ] == []
        assert authorization.find(connection, "TAG-ä").message == "Hello"
        assert authorization.page(connection, "", 10)[0].group_id in {"FLEET", None}
        verdict = authorization.judge(
            connection, "tag-ä", None, now_ms=1, policy=TokenPolicy(refuse_concurrent=True), starting="8"
        )
        assert verdict.standing == "ConcurrentTx"
        assert locallist.sent(connection, "CP").entries == {"tag-ä": {"id_token": "TAG-ä", "type": "ISO14443"}}
        assert tariff.applicable(connection, "CP", "x", "FLEET").id == "basic"
        assert [(row.kind, row.who) for row in tariff.assignments(connection)] == [("all", ""), ("group", "fleet")]
        assert transactions.find(connection, "CP", "7")["id_token"] == "Tag-ä"
        assert connection.scalars(select(transaction_events.c.payload)).all() == ['1.{"idTag": "Tag-ä"}']
        assert certificates.contract_of(connection, "PCID") == "DE-8AC-C12E46L89"
        assert certificates.find(connection, 1).certificate == "PEM of DE-8AC"
        authorization.put(connection, Token("TAG-ä", terms=Terms()))
    store.close()
    if url.startswith("sqlite"):
        whole = b"".join(path.read_bytes() for path in tmp_path.glob("csms.sqlite*"))
        assert b"TAG-" not in whole.upper().replace("TAG-Ä".encode(), b"TAG-")
        assert b"BEGIN PRIVATE" not in whole


def test_the_way_back_leads_to_what_was_there(url, old):
    store = Store.open(url, inline=True)
    with store.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
        found = rows(connection)
    (transaction,) = found["transactions"]
    assert transaction.pop("digest") != old["transactions"][0].pop("digest")  # nobody knows what it is a hash of
    assert found == old
    store.close()


NEW = {"commands", "users", "signing_keys", "index_keys", "charging_sessions", "campaigns", "visits"}


def test_every_sealed_column_of_an_older_table_is_converted():
    sealed = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.c
        if isinstance(column.type, Sealed) and table.name not in NEW
    }
    assert sealed <= {(each.table, name) for each in conversion.SECRETS for name in (*each.sealed, *each.packed)}


def test_the_columns_of_bytes_are_those_that_are_packed():
    packed = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.c
        if isinstance(column.type, Packed)
    }
    assert packed == {(each.table, name) for each in conversion.SECRETS for name in each.packed}
