"""Whoever asks learns who they are; people choose their passwords themselves."""

import pytest

from csms_reference.access import revocation
from csms_reference.access.login import NotIn
from csms_reference.store.access_tables import refresh_tokens
from tests.csms_reference.access.conftest import CALLBACK
from tests.csms_reference.access.oauth import PASSWORD, Program, bearer, enrol_client, enrol_user
from tests.csms_reference.access.test_accounts import office
from tests.csms_reference.clients import client_of, problem

__all__ = ["office"]
ANOTHER = "incorrect horse battery"


@pytest.fixture
async def ada(office, monkeypatch):
    """Somebody who has logged in with an app: the bench, a client of the API, what they got."""
    monkeypatch.setattr(revocation, "AGAIN_S", 0.0)
    it, http, _ = office
    await enrol_user(it.store)
    await enrol_client(it.store, "app", secret=None, redirect_uris=f'["{CALLBACK}"]')
    app = Program(http, "app", None)
    told = (await app.exchange(await app.code())).json()
    return it, http, told, app


async def test_whoever_asks_is_told_who_they_are(office):
    _, http, headers = office
    told = (await http.get("/account", headers=headers("stations:read tokens:read", owner="north"))).json()
    assert {name: told[name] for name in ("subject", "scopes", "owner")} == {
        "subject": "billing", "scopes": ["stations:read", "tokens:read"], "owner": "north",
    }  # fmt: skip
    assert "_templates" not in told
    refused = await http.post("/account/password", headers=headers(), json={"current": PASSWORD, "password": ANOTHER})
    problem(refused, 403, "only a person")


async def test_a_person_chooses_another_password_and_everything_before_ends(ada):
    it, http, told, app = ada
    sessions = http._transport.app.state.access.sessions
    cookie = await sessions.begin("ada", PASSWORD, "10.0.0.1")
    form = (await http.get("/account", headers=bearer(told["access_token"]))).json()["_templates"]["password"]
    assert [each["name"] for each in form["properties"]] == ["current", "password"]
    given = {"current": PASSWORD, "password": ANOTHER}
    changed = await http.post(form["target"].removeprefix("/v1"), headers=bearer(told["access_token"]), json=given)
    assert (changed.status_code, changed.content) == (204, b"")
    assert (await http.get("/account", headers=bearer(told["access_token"]))).status_code == 401
    assert await sessions.principal(cookie) is None
    assert (await it.rows(refresh_tokens), (await app.refresh(told["refresh_token"])).status_code) == ([], 400)
    with pytest.raises(NotIn):
        await sessions.begin("ada", PASSWORD, "10.0.0.1")
    assert await sessions.begin("ada", ANOTHER, "10.0.0.1")


async def test_who_does_not_know_the_password_changes_nothing(ada):
    it, http, told, _ = ada
    headers, before = bearer(told["access_token"]), await it.rows(refresh_tokens)
    for _ in range(it.settings.failed_logins_burst):
        answer = await http.post("/account/password", headers=headers, json={"current": "x", "password": ANOTHER})
        assert answer.status_code in {403, 429}
    locked = await http.post("/account/password", headers=headers, json={"current": PASSWORD, "password": ANOTHER})
    assert int(locked.headers["retry-after"]) > 0
    problem(locked, 429, "too many failed attempts")
    assert (await http.get("/account", headers=headers)).status_code == 200
    assert await it.rows(refresh_tokens) == before


async def test_a_password_that_is_too_short_is_refused(ada):
    _, http, told, _ = ada
    given = {"current": PASSWORD, "password": "x" * 14}
    assert (await http.post("/account/password", headers=bearer(told["access_token"]), json=given)).status_code == 422


async def test_the_operator_has_no_password(bench):
    async with client_of(bench().front) as http:
        assert (await http.get("/account")).json()["subject"] == "operator"
        problem(await http.post("/account/password", json={"current": "", "password": ANOTHER}), 403, "only a person")
