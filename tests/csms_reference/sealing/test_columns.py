"""Sealed and hashed columns: by way of Core and of prepared statements, and which there are."""

import pytest
from sqlalchemy import bindparam, delete, insert, make_url, select, text, update

from csms_reference.sealing.columns import Blind, Sealed, put_ring
from csms_reference.store.database import fill, make_engine
from csms_reference.store.errors import SealError
from csms_reference.store.prepared import Prepared, insert_new, insert_or_change
from csms_reference.store.tables import metadata, tokens

ROW = {"token_key": "tag", "id_token": "TAG", "status": "Accepted", "group_id": None}
RAW = text("select token_key, id_token, group_id, status from tokens")


@pytest.fixture
def connection(ring):
    """A database that is in memory, but sealed all the same."""
    engine = make_engine(make_url("sqlite://"))
    fill(engine)
    put_ring(engine.dialect, ring(1))
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def in_clear(connection):
    return [word for row in connection.execute(RAW) for word in row if word in {"tag", "TAG", "FLEET"}]


NEW = {"i": "TAG", "g": "FLEET", "k": "tag"}
BOUND = update(tokens).where(tokens.c.token_key == bindparam("k"))
CHANGES = {
    "values of a core statement": lambda c: c.execute(
        update(tokens).where(tokens.c.token_key == "tag").values(id_token="TAG", group_id="FLEET")
    ),
    "named values": lambda c: Prepared(BOUND.values(id_token=bindparam("i"), group_id=bindparam("g")))(c, NEW),
    "many": lambda c: Prepared(BOUND.values(id_token=bindparam("i"), group_id=bindparam("g")))(c, [NEW]),
    "a fixed value": lambda c: Prepared(BOUND.values(id_token=bindparam("i"), group_id="FLEET"))(c, NEW),
    "a conflict": lambda c: Prepared(insert_or_change(tokens, "group_id"), list(ROW))(c, {**ROW, "group_id": "FLEET"}),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("added", [
    lambda c: c.execute(insert(tokens), ROW),
    lambda c: c.execute(insert(tokens).values(**ROW)),
    lambda c: Prepared(insert(tokens), list(ROW))(c, ROW),
    lambda c: Prepared(insert_new(tokens), list(ROW))(c, [ROW]),
])  # fmt: skip
def test_what_is_written_is_not_in_clear_and_is_read_as_it_was(connection, added, changed):
    added(connection)
    changed(connection)
    assert in_clear(connection) == []
    found = select(tokens.c.id_token, tokens.c.group_id, tokens.c.status)
    by_core = connection.execute(found.where(tokens.c.token_key == "tag")).one()
    prepared = Prepared(found.where(tokens.c.token_key == bindparam("k")))
    assert by_core == ("TAG", "FLEET", "Accepted")
    assert prepared(connection, {"k": "tag"}).row() == by_core
    assert prepared(connection, {"k": "tag"}).rows() == [by_core]
    assert prepared(connection, {"k": "tag"}).scalar() == "TAG"
    assert prepared(connection, {"k": "tag"}).scalars() == ["TAG"]
    assert prepared(connection, {"k": "tag"}).mapping() == by_core._asdict()
    assert prepared(connection, {"k": "other"}).mapping() is None


def test_a_hash_that_was_read_stands_for_what_it_is_of(connection):
    connection.execute(insert(tokens), ROW)
    key = connection.scalar(select(tokens.c.token_key))
    assert connection.execute(delete(tokens).where(tokens.c.token_key == key)).rowcount == 1
    Prepared(insert(tokens), list(ROW))(connection, ROW | {"token_key": key})
    assert connection.scalar(select(tokens.c.token_key).where(tokens.c.token_key == "tag")) == key


def test_the_same_text_is_sealed_differently_each_time_and_hashed_alike(connection):
    Prepared(insert(tokens), list(ROW))(connection, [ROW | {"token_key": key} for key in ("a", "b")])
    rows = connection.execute(RAW).all()
    assert len({row.id_token for row in rows}) == 2
    assert not connection.execute(select(tokens).where(tokens.c.token_key == "A")).all()


@pytest.mark.parametrize("misuse", [
    lambda: select(tokens).where(tokens.c.id_token == "TAG"),
    lambda: select(tokens).where(tokens.c.id_token.in_(["TAG"])),
    lambda: select(tokens).where(tokens.c.id_token.like("T%")),
    lambda: select(tokens).order_by(tokens.c.id_token.desc()),
])  # fmt: skip
def test_a_sealed_column_cannot_be_compared_by_mistake(misuse):
    with pytest.raises(TypeError, match="sealed"):
        misuse()


def test_whether_a_sealed_column_is_empty_can_be_asked(connection):
    connection.execute(insert(tokens), ROW)
    assert connection.scalar(select(tokens.c.status).where(tokens.c.group_id.is_(None))) == "Accepted"
    assert connection.scalar(select(tokens.c.status).where(tokens.c.id_token.is_(None))) is None


@pytest.mark.parametrize("tampering", [
    "update tokens set id_token = group_id",
    "update tokens set id_token = substr(id_token, 1, length(id_token) - 4)",
    "update tokens set id_token = substr(id_token, 1, 20)",
    "update tokens set id_token = '1.'",
    "update tokens set id_token = 'TAG'",
    "update tokens set id_token = replace(id_token, substr(id_token, 30, 4), 'AAAA')",
    "update tokens set id_token = '2' || substr(id_token, 2)",
    "update tokens set id_token = (select payload from notices)",
])  # fmt: skip
def test_what_was_changed_cut_off_or_moved_is_refused(connection, tampering):
    connection.execute(insert(tokens), ROW | {"group_id": "FLEET"})
    connection.execute(insert(metadata.tables["notices"]).values(station="CP", kind="k", received_ms=1, payload="TAG"))
    connection.execute(text(tampering))
    for read in (
        lambda: connection.execute(select(tokens)).all(),
        lambda: Prepared(select(tokens))(connection, {}).rows(),
    ):
        with pytest.raises(SealError, match=r"tokens\.id_token"):
            read()


def test_every_sealed_column_is_bound_to_its_own_place():
    found = {
        f"{table.name}.{column.name}": column.type.place
        for table in metadata.tables.values()
        for column in table.c
        if isinstance(column.type, Sealed)
    }
    assert len(found) > 20
    assert {name: place for name, place in found.items() if name != place} == {}


PERSONAL = (
    "id_token",
    "token_key",
    "stop_token",
    "group_id",
    "payload",
    "email",
    "private_key",
    "digest",
    "emaid",
    "common_name",
    "subject",
)
OPEN = {
    "charging_profiles.payload": "no profile names a token",
    "display_messages.payload": "what everybody may read on the display",
    "signing_requests.digest": "of a CSR, which is no secret",
}


def test_no_column_of_such_a_name_is_in_clear_but_those_named_here():
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.c
        if column.name in PERSONAL and not isinstance(column.type, Sealed | Blind)
    }
    assert found == set(OPEN)
