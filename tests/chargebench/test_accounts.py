"""Accounts are entered from the command line, and their secrets shown once."""

import asyncio

import pytest
from typer.testing import CliRunner

from chargebench.cli import app
from chargebench.errors import Unusable
from csms_reference.access.accounts import digest, find
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
    ],
)
def test_what_cannot_be_entered_is_refused_with_a_reason(enter, words, why):
    enter("owner", "add", "twice")
    with pytest.raises(Unusable, match=why):
        enter(*words.split())
