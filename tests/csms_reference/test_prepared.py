"""Prepared statements do what Core does."""

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from csms_reference.store import Store
from csms_reference.store.prepared import Prepared
from csms_reference.store.tables import tokens

ADD = Prepared(insert(tokens), ("token_key", "id_token", "status"))
FIND = Prepared(
    select(tokens.c.id_token).where(tokens.c.token_key == bindparam("k")).where(tokens.c.status == "Accepted").limit(1)
)
CHANGE = Prepared(update(tokens).where(tokens.c.token_key == bindparam("k")).values(status=bindparam("new")))


@pytest.fixture
def connection():
    store = Store.open(inline=True)
    with store.engine.begin() as opened:
        yield opened
    store.close()


def test_one_row_many_rows_and_fixed_values(connection):
    ADD(connection, {"token_key": "a", "id_token": "A", "status": "Accepted"})
    ADD(connection, [{"token_key": key, "id_token": key, "status": "Blocked"} for key in "bc"])
    assert FIND(connection, {"k": "a"}).scalar() == "A"
    assert FIND(connection, {"k": "b"}).scalar() is None
    assert CHANGE(connection, {"k": "b", "new": "Accepted"}).rowcount == 1
    assert FIND(connection, {"k": "b"}).mapping() == {"id_token": "b"}


def test_a_missing_value_is_an_error(connection):
    with pytest.raises((KeyError, ProgrammingError)):
        ADD(connection, {"token_key": "a", "id_token": "A"})


def test_the_drivers_errors_are_those_of_core(connection):
    row = {"token_key": "a", "id_token": "A", "status": "Accepted"}
    ADD(connection, row)
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        ADD(connection, row)
