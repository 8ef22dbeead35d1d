"""A database opens with its own keys and no others, and is left alone otherwise."""

import sqlite3
from base64 import b64encode

import pytest
from sqlalchemy import text

from csms_reference.sealing.keys import VARIABLE, write
from csms_reference.services import authorization
from csms_reference.services.authorization import Standing, Token, TokenPolicy
from csms_reference.store import Store, StoreError
from csms_reference.store.errors import SealError


@pytest.fixture
def sealed(tmp_path, no_environment):
    """A database with a token in it, beside its keys."""
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite", inline=True)
    with store.engine.begin() as connection:
        authorization.put(connection, Token("TAG"))
    store.close()
    return tmp_path / "csms.sqlite"


def dump(path):
    other = sqlite3.connect(path)
    lines = list(other.iterdump())
    other.close()
    return lines


def opened(path, **more):
    store = Store.open(f"sqlite:///{path}", inline=True, **more)
    try:
        with store.engine.connect() as connection:
            found = authorization.find(connection, "tag")
            return None if found is None else found.id_token
    finally:
        store.close()


def test_it_opens_again_and_finds_what_it_has_hashed(sealed):
    assert opened(sealed) == "TAG"


def test_another_key_of_the_same_number_is_refused_and_nothing_lost(sealed, tmp_path):
    before = dump(sealed)
    write(tmp_path / "other", {1: b"1" * 32})
    with pytest.raises(StoreError, match="key 1 is not the one under which this database was sealed"):
        opened(sealed, keys_file=str(tmp_path / "other"))
    assert dump(sealed) == before
    assert opened(sealed) == "TAG"


def test_without_its_keys_it_is_refused_and_none_are_made(sealed):
    before, keys = dump(sealed), sealed.with_name("csms.sqlite.keys")
    keys.rename(sealed.with_name("away"))
    with pytest.raises(StoreError, match="sealed under key 1, and there is no"):
        opened(sealed)
    assert dump(sealed) == before
    assert not keys.exists()
    sealed.with_name("away").rename(keys)
    assert opened(sealed) == "TAG"


def test_a_newer_key_alone_is_refused(sealed, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"2:{b64encode(b'2' * 32).decode()}")
    with pytest.raises(StoreError, match="sealed under key 1, not in"):
        opened(sealed)


def test_a_token_that_was_put_into_the_row_of_another_does_not_pass_for_it(sealed):
    store = Store.open(f"sqlite:///{sealed}", inline=True)
    with store.engine.begin() as connection:
        authorization.put(connection, Token("BLOCKED", Standing.BLOCKED))
        assert judged(connection, "BLOCKED") is Standing.BLOCKED
        connection.execute(text("update tokens set id_token = (select id_token from tokens where status = 'Accepted')"))
        assert judged(connection, "TAG") is Standing.ACCEPTED
        with pytest.raises(SealError, match="row of another"):
            judged(connection, "BLOCKED")
    store.close()


def judged(connection, id_token):
    return authorization.judge(connection, id_token, None, now_ms=1, policy=TokenPolicy()).standing
