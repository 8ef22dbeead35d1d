"""Where keys come from, and what is wrong with some."""

from base64 import b64encode

import pytest
from sqlalchemy import make_url

from csms_reference.sealing.keys import VARIABLE, add_key, parse, read, ring_for, write
from csms_reference.store.errors import StoreError

SERVER = make_url("postgresql+psycopg://127.0.0.1/test")
ONE = f"1:{b64encode(b'1' * 32).decode()}"
TWO = f"2:{b64encode(b'2' * 32).decode()}"


def names(folder):
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def url(tmp_path):
    return make_url(f"sqlite:///{tmp_path}/csms.sqlite")


def test_a_first_key_is_made_beside_an_sqlite_file_for_its_owner_alone(url, tmp_path, no_environment):
    made = ring_for(url, None, ())
    path = tmp_path / "csms.sqlite.keys"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(read(path)) == [1]
    assert made.numbers == (1,)
    assert ring_for(url, None, (1,)).open("a.b", made.seal("a.b", "x")) == "x"
    assert names(tmp_path) == ["csms.sqlite.keys"]


def test_two_processes_that_start_at_once_have_one_key(url, tmp_path, no_environment, monkeypatch):
    path = tmp_path / "csms.sqlite.keys"
    write(path, {1: b"1" * 32}, new=True)
    write(path, {1: b"2" * 32}, new=True)
    assert read(path) == {1: b"1" * 32}
    assert names(tmp_path) == ["csms.sqlite.keys"]


def test_no_key_is_made_where_something_is_sealed_already(url, tmp_path, no_environment):
    with pytest.raises(StoreError, match=r"sealed under key 1, 3, and there is no .*csms\.sqlite\.keys"):
        ring_for(url, None, (3, 1))
    assert names(tmp_path) == []


def test_a_server_needs_to_be_told(no_environment):
    with pytest.raises(StoreError, match=f"set keys_file, or {VARIABLE}"):
        ring_for(SERVER, None, ())


def test_the_setting_comes_before_the_environment_and_that_before_the_file(url, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"{ONE}  {TWO}")
    write(tmp_path / "csms.sqlite.keys", {9: b"9" * 32})
    write(tmp_path / "mine", {4: b"4" * 32})
    assert ring_for(url, str(tmp_path / "mine"), ()).numbers == (4,)
    assert ring_for(SERVER, None, ()).numbers == (1, 2)
    monkeypatch.delenv(VARIABLE)
    assert ring_for(url, None, ()).numbers == (9,)


def test_a_missing_key_is_named(url, monkeypatch):
    monkeypatch.setenv(VARIABLE, TWO)
    with pytest.raises(StoreError, match=f"sealed under key 1, not in {VARIABLE}: nothing was changed"):
        ring_for(url, None, (1, 2))


def test_keys_that_others_may_read_are_refused(tmp_path):
    write(tmp_path / "keys", {1: b"1" * 32})
    (tmp_path / "keys").chmod(0o640)
    with pytest.raises(StoreError, match="chmod 600"):
        read(tmp_path / "keys")


def test_a_key_is_added_and_the_others_stay(tmp_path):
    write(tmp_path / "keys", {1: b"1" * 32})
    assert add_key(tmp_path / "keys") == 2
    found = read(tmp_path / "keys")
    assert (list(found), found[1]) == ([1, 2], b"1" * 32)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["keys"]


@pytest.mark.parametrize("text", ["", "1", "1:", "1:AAAA", f"0:{ONE[2:]}", f"x{ONE}", f"{ONE}=", f"{ONE} {TWO[2:]}"])
def test_what_is_no_key_is_refused_without_being_repeated(text):
    with pytest.raises(StoreError, match="where") as refused:
        parse(text, "where")
    assert ONE[2:] not in str(refused.value)


def test_one_number_has_one_key():
    assert parse(f"{ONE}\n{ONE}", "where") == {1: b"1" * 32}
    with pytest.raises(StoreError, match="two keys have the number 1"):
        parse(f"{ONE} 1:{TWO[2:]}", "where")


def test_a_folder_that_takes_no_file_is_one_line(tmp_path):
    with pytest.raises(StoreError, match="cannot write"):
        write(tmp_path / "none" / "keys", {1: b"1" * 32}, new=True)
