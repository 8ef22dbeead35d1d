"""Accounts are entered from the command line, and their secrets shown once."""

import asyncio

import pytest
from typer.testing import CliRunner

from chargebench.cli import app
from chargebench.errors import Unusable
from csms_reference.access.accounts import digest, find
from csms_reference.access.revocation import revoked
from csms_reference.access.scopes import EVERY_SCOPE
from csms_reference.store import Store
from csms_reference.store.access_tables import clients, users
from protocol.security import verify


@pytest.fixture
def enter(tmp_path):
    """Runs ``chargebench csms`` with a database of the test's own; what it says, word by word."""

    def run(*words):
        done = CliRunner().invoke(app, ["csms", *words, "--database", str(tmp_path / "csms.sqlite")])
        if isinstance(done.exception, Unusable):
            raise done.exception
        assert done.exit_code == 0, done.output
        return dict(line.split(": ") for line in done.stdout.splitlines())

    return run


def row(tmp_path, kind, name):
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite")
    try:
        return asyncio.run(store.read(lambda database: find(database, kind, name)))
    finally:
        store.close()


def test_a_client_is_entered(enter, tmp_path):
    enter("owner", "add", "north", "--full-name", "Northern")
    told = enter("client", "add", "billing", "--scope", "stations:read", "--owner", "north")
    found = row(tmp_path, clients, "billing")
    assert (found.secret_hash, found.scopes, found.owner) == (digest(told["client_secret"]), "stations:read", "north")
    app_ = enter("client", "add", "app", "--public", "--scope", "all", "--redirect-uri", "com.example.app:/back")
    assert app_ == {"client_id": "app"}
    assert set((row(tmp_path, clients, "app")).scopes.split()) == set(EVERY_SCOPE)


def test_a_user_is_entered(enter, tmp_path):
    told = enter("user", "add", "ada", "--scope", "all", "--email", "ada@example.org")
    found = row(tmp_path, users, "ada")
    assert verify(told["password"], found.password_hash)
    assert (found.email, set(found.scopes.split())) == ("ada@example.org", set(EVERY_SCOPE))


def marks(tmp_path):
    """The marks that are revoked."""
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite")
    try:
        return set(asyncio.run(store.read(revoked)))
    finally:
        store.close()


def test_a_secret_and_a_password_are_replaced(enter, tmp_path):
    enter("client", "add", "billing", "--scope", "stations:read")
    enter("user", "add", "ada", "--scope", "all")
    before, her = row(tmp_path, clients, "billing"), row(tmp_path, users, "ada")
    told = enter("client", "secret", "billing", "--overlap", "60")
    after = row(tmp_path, clients, "billing")
    assert (after.secret_hash, after.former_hash) == (digest(told["client_secret"]), before.secret_hash)
    assert marks(tmp_path) == set()
    told = enter("client", "secret", "billing")
    found = row(tmp_path, clients, "billing")
    assert (found.secret_hash, found.former_hash) == (digest(told["client_secret"]), None)
    assert verify(enter("user", "password", "ada")["password"], row(tmp_path, users, "ada").password_hash)
    assert marks(tmp_path) == {before.mark, her.mark}


def test_accounts_are_removed_with_what_they_had(enter, tmp_path):
    enter("client", "add", "billing", "--scope", "stations:read")
    enter("user", "add", "ada", "--scope", "all")
    had = {row(tmp_path, clients, "billing").mark, row(tmp_path, users, "ada").mark}
    assert (enter("client", "remove", "billing"), enter("user", "remove", "ada")) == (
        {"removed": "billing"}, {"removed": "ada"},
    )  # fmt: skip
    assert (row(tmp_path, clients, "billing"), row(tmp_path, users, "ada"), marks(tmp_path)) == (None, None, had)


def test_another_key_signs(enter, tmp_path):
    first = enter("signing-key", "rotate")["kid"]
    second = enter("signing-key", "rotate", "--grace", "600")["kid"]
    assert (first != second, marks(tmp_path)) == (True, {first})


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("client add a:b --scope all", "NAME"),
        ("client add a --scope everything", "--scope"),
        ("client add a --scope all --owner nobody", "no owner"),
        ("client add a --scope all --public", "--redirect-uri"),
        ("client add a --scope all --redirect-uri http://app.example/", "neither https"),
        ("user add Ada --scope all", "NAME"),
        ("owner add twice", "already"),
        ("client secret nobody", "no client 'nobody'"),
        ("client secret public", "no secret"),
        ("client remove nobody", "no client"),
        ("user password nobody", "no user"),
        ("user remove nobody", "no user"),
    ],
)
def test_what_cannot_be_entered_is_refused_with_a_reason(enter, words, why):
    enter("owner", "add", "twice")
    enter("client", "add", "public", "--public", "--scope", "all", "--redirect-uri", "com.example.app:/back")
    with pytest.raises(Unusable, match=why):
        enter(*words.split())
