"""A new key takes over: in batches, beside a CSMS at work, and again after a kill."""

import sqlite3
import subprocess
import sys
from base64 import b64encode

import pytest
from sqlalchemy import insert, select, text

from chargebench.cli import app
from csms_reference.sealing import rekey as module
from csms_reference.sealing import rewriting
from csms_reference.sealing.keys import VARIABLE, add_key, parse, write
from csms_reference.sealing.rekey import rekey
from csms_reference.services import authorization, metering
from csms_reference.services.authorization import Token
from csms_reference.store import Store, StoreError
from csms_reference.store.tables import notices

TOKENS = 25


@pytest.fixture
def keys(tmp_path):
    """A file with one key."""
    write(tmp_path / "keys", {1: b"1" * 32})
    return str(tmp_path / "keys")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    sqlite = request.param == "sqlite"
    return f"sqlite:///{tmp_path}/csms.sqlite" if sqlite else request.getfixturevalue("postgres")


@pytest.fixture
def sqlite(tmp_path):
    return f"sqlite:///{tmp_path}/csms.sqlite"


def fill(url, keys):
    store = Store.open(url, keys_file=keys, inline=True)
    with store.engine.begin() as connection:
        for number in range(TOKENS):
            authorization.put(connection, Token(f"TAG-{number}", group_id="G" if number % 2 else None))
        metering.first_time(connection, "CP", "content", 1)
        connection.execute(insert(notices).values(station="CP", kind="K", received_ms=1, payload="TAG-ä"))
    return store


def found(store):
    with store.engine.begin() as connection:
        assert connection.scalars(select(notices.c.payload)).all() == ["TAG-ä"]
        return [authorization.find(connection, f"tag-{number}").id_token for number in range(TOKENS)]


EVERYTHING = [f"TAG-{number}" for number in range(TOKENS)]


def under(store):
    with store.engine.begin() as connection:
        return {row[0][:2] for row in connection.execute(text("select id_token from tokens"))}


def packed_under(store):
    with store.engine.begin() as connection:
        return {bytes(row[0])[:4] for row in connection.execute(text("select payload from notices"))}


def test_everything_is_sealed_under_the_newest_key_and_the_old_one_can_go(url, keys, tmp_path, monkeypatch):
    monkeypatch.setattr(rewriting, "BATCH", 10)
    fill(url, keys).close()
    assert add_key(tmp_path / "keys") == 2
    serving = Store.open(url, keys_file=keys, inline=True)
    batches = []
    done = rekey(url, keys, went=batches.append)
    assert (done.in_use, done.droppable) == ((2,), (1,))
    assert batches[:1] == [1]  # the key of hashes
    assert batches[1:] == [1, 10, 10, 5]
    assert (under(serving), packed_under(serving), found(serving)) == ({"2."}, {b"\0\0\0\2"}, EVERYTHING)
    serving.close()
    write(tmp_path / "keys", {2: parse((tmp_path / "keys").read_text(), "")[2]})
    store = Store.open(url, keys_file=keys, inline=True)
    assert found(store) == EVERYTHING
    store.close()
    assert rekey(url, keys) == (0, (2,), ())


KILLED = """
import os, signal, sys
from csms_reference.sealing import rewriting
from csms_reference.sealing.rekey import rekey
rewriting.BATCH = 10
rekey(sys.argv[1], sys.argv[2], went=lambda rows: rows == 10 and os.kill(os.getpid(), signal.SIGKILL))
"""


def test_after_a_kill_half_way_nothing_is_lost_and_it_goes_on(url, keys, tmp_path):
    fill(url, keys).close()
    add_key(tmp_path / "keys")
    assert subprocess.run([sys.executable, "-c", KILLED, url, keys], check=False).returncode == -9
    store = Store.open(url, keys_file=keys, inline=True)
    assert (under(store), found(store)) == ({"1.", "2."}, EVERYTHING)
    store.close()
    with pytest.raises(StoreError, match="sealed under key 1"):
        Store.open(url, keys_file=without(1, tmp_path))
    done = rekey(url, keys)
    assert (done.rows, done.in_use, done.droppable) == (TOKENS - 10, (2,), (1,))
    Store.open(url, keys_file=without(1, tmp_path)).close()


def without(number, tmp_path):
    known = parse((tmp_path / "keys").read_text(), "")
    write(tmp_path / "fewer", {each: key for each, key in known.items() if each != number})
    return str(tmp_path / "fewer")


def test_what_an_old_process_still_writes_keeps_its_key_in_use(sqlite, keys, tmp_path, monkeypatch):
    old = fill(sqlite, keys)
    add_key(tmp_path / "keys")
    renewed = module._renewed

    def meanwhile(engine, ring, sealed, went):
        written = renewed(engine, ring, sealed, went)
        if sealed.rows.name == "tokens":
            with old.engine.begin() as connection:
                authorization.put(connection, Token("TAG-0"))
        return written

    monkeypatch.setattr(module, "_renewed", meanwhile)
    done = rekey(sqlite, keys)
    assert (done.in_use, done.droppable) == ((1, 2), ())
    old.close()
    monkeypatch.undo()
    assert rekey(sqlite, keys) == (1, (2,), (1,))


def test_hashes_are_renewed_and_still_found(url, keys):
    fill(url, keys).close()
    for _ in range(2):
        rekey(url, keys, hashes=True)
    store = Store.open(url, keys_file=keys, inline=True)
    with store.engine.begin() as connection:
        assert {row[0][:2] for row in connection.execute(text("select token_key from tokens"))} == {"3="}
        assert metering.first_time(connection, "CP", "content", 1) is False
        assert metering.first_time(connection, "CP", "other", 1) is True
    assert found(store) == EVERYTHING
    store.close()


def test_hashes_are_not_renewed_under_a_csms_at_work(sqlite, keys):
    store = fill(sqlite, keys)
    with pytest.raises(StoreError, match="stop the CSMS"):
        rekey(sqlite, keys, hashes=True)
    assert found(store) == EVERYTHING
    store.close()


def test_a_tampered_value_stops_it_and_is_named(sqlite, keys, tmp_path):
    fill(sqlite, keys).close()
    with sqlite3.connect(tmp_path / "csms.sqlite") as other:
        other.execute("update tokens set group_id = id_token where group_id is not null")
    other.close()
    add_key(tmp_path / "keys")
    with pytest.raises(StoreError, match=r"tokens\.group_id"):
        rekey(sqlite, keys)


def test_memory_has_nothing_sealed():
    with pytest.raises(StoreError, match="memory"):
        rekey("sqlite://")


def test_by_the_command_line(sqlite, keys, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(VARIABLE)
    fill(sqlite, keys).close()
    (tmp_path / "csms.yaml").write_text(f"database: {sqlite}\nkeys_file: {keys}\n")
    app(["csms", "rekey", "--settings", str(tmp_path / "csms.yaml"), "--new-key"], standalone_mode=False)
    assert capsys.readouterr().out.splitlines() == [
        "key 2 was added",
        f"rows written anew: {TOKENS + 2}; keys in use: 2; droppable: 1",
    ]
    assert b64encode(b"1" * 32).decode() in (tmp_path / "keys").read_text()


def test_a_database_that_fails_is_told(sqlite, keys, tmp_path):
    fill(sqlite, keys).close()
    add_key(tmp_path / "keys")
    with sqlite3.connect(tmp_path / "csms.sqlite") as other:
        other.execute(
            "create trigger broken before update on tokens begin select raise(abort, 'the disk is full'); end"
        )
    other.close()
    with pytest.raises(StoreError, match="the database failed: the disk is full"):
        rekey(sqlite, keys)
