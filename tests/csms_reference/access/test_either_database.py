"""Accounts, tokens and sessions on both databases."""

import json

from csms_reference.access import accounts
from csms_reference.store.access_tables import clients, users
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
