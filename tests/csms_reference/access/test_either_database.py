"""Accounts, tokens and sessions on both databases."""

import json

import pytest
from sqlalchemy import select

from csms_reference.access import accounts, issued
from csms_reference.store.access_tables import clients, refresh_tokens, users
from tests.csms_reference.access.conftest import small
from tests.csms_reference.access.oauth import BASE, CALLBACK, PASSWORD, Program, bearer, enrol_client, enrol_user
from tests.csms_reference.conftest import Bench


async def test_tokens_and_sessions(either):
    it = Bench(either, auth="oauth")
    await enrol_user(it.store, owner="north")
    await enrol_client(it.store)
    await enrol_client(it.store, "app", secret=None, redirect_uris=json.dumps([CALLBACK]))
    async with small(it.front) as http:
        app = Program(http, "app", None)
        assert (await Program(http).own()).status_code == 200
        first = (await app.exchange(await app.code())).json()
        second = (await app.refresh(first["refresh_token"])).json()
        told = (await http.get("/", headers=bearer(second["access_token"]))).json()
        assert (told["subject"], told["owner"]) == ("user:ada", "north")
        assert (await app.refresh(first["refresh_token"])).status_code == 400
        assert (await app.refresh(second["refresh_token"])).status_code == 400
        assert len((await http.get(f"{BASE}/oauth/jwks")).json()["keys"]) == 1
        sessions = http._transport.app.state.access.sessions
        cookie = await sessions.begin("ada", PASSWORD, "10.0.0.1")
        assert (await sessions.principal(cookie)).owner == "north"
        for kind, name in ((users, "ada"), (clients, "app")):
            page = await it.store.read(lambda database, kind=kind: accounts.page(database, kind, "", 10))
            assert name in [row[0] for row in page]
            assert await it.store.write(lambda database, kind=kind, name=name: accounts.remove(database, kind, name, 0))
        assert await sessions.principal(cookie) is None


def keep_refresh(database, username, client):
    """A refresh token of a person at an app; what it is called."""
    name = f"{username} at {client}"
    told = {"family": name, "client": client, "username": username, "scopes": ""}
    issued.keep(database, refresh_tokens, name, 0, **told)
    return name


async def test_what_is_done_to_an_account_is_done_to_that_alone(either):
    for username in ("ada", "bob"):
        await enrol_user(either, username)
    for client in ("app", "other"):
        await enrol_client(either, client)

    def scopes(database, kind):
        return {row[0]: row.scopes for row in accounts.page(database, kind, "", 10)}

    for kind, name, neighbour in ((users, "ada", "bob"), (clients, "app", "other")):
        before = await either.read(lambda database, kind=kind: scopes(database, kind))
        assert await either.write(
            lambda database, kind=kind, name=name: accounts.change(database, kind, name, 1, scopes="tokens:read")
        )
        after = await either.read(lambda database, kind=kind: scopes(database, kind))
        assert after == {name: "tokens:read", neighbour: before[neighbour]}
        assert await either.write(lambda database, kind=kind, name=name: accounts.remove(database, kind, name, 1))
        assert list(await either.read(lambda database, kind=kind: scopes(database, kind))) == [neighbour]


@pytest.mark.parametrize(("kind", "name", "column"), [(users, "ada", "password_hash"), (clients, "app", "secret_hash")])
async def test_a_new_secret_ends_the_tokens_of_its_account_alone(either, kind, name, column):
    await enrol_user(either)
    await enrol_client(either, "app")

    def begin(database):
        names = [keep_refresh(database, username, client) for username in ("ada", "bob") for client in ("app", "other")]
        accounts.change(database, kind, name, 1, **{column: "another"})
        return {each for each in names if issued.known(database, refresh_tokens, each, 1)}

    kept = await either.write(begin)
    assert kept == {
        f"{user} at {app}" for user in ("ada", "bob") for app in ("app", "other") if name not in (user, app)
    }


async def test_what_nobody_can_use_any_more_is_forgotten(either):
    def issue(database):
        keep_refresh(database, "ada", "app")
        later = issued.REFRESH_LASTS_MS - 1
        told = {"family": "f", "client": "app", "username": "bob", "scopes": ""}
        issued.keep(database, refresh_tokens, "second", later, **told)
        kept = [database.scalars(select(refresh_tokens.c.username).order_by(refresh_tokens.c.username)).all()]
        issued.keep(database, refresh_tokens, "third", later + 1, **{**told, "username": "cy"})
        return [*kept, database.scalars(select(refresh_tokens.c.username).order_by(refresh_tokens.c.username)).all()]

    assert await either.write(issue) == [["ada", "bob"], ["bob", "cy"]]
