"""Secrets and keys are replaced at once, or with an overlap."""

from datetime import timedelta

import pytest

from csms_reference.access import revocation
from tests.csms_reference.access.oauth import Program, bearer
from tests.csms_reference.access.test_accounts import SOME, office
from tests.csms_reference.clients import client_of, problem

__all__ = ["office"]


@pytest.fixture(autouse=True)
def looks_always(monkeypatch):
    monkeypatch.setattr(revocation, "AGAIN_S", 0.0)


async def entered(http, headers, **more):
    given = {"client": "billing", "scopes": ["stations:read"], **more}
    return (await http.post("/clients", headers=headers, json=given)).json()


async def comes_in(http, token):
    return (await http.get("/", headers=bearer(token))).status_code == 200


@pytest.mark.parametrize("overlap_s", [0, 60])
async def test_a_client_s_secret_is_replaced(office, overlap_s):
    it, http, headers = office
    made = await entered(http, headers())
    old = Program(http, "billing", made["secret"])
    token = (await old.own()).json()["access_token"]
    target = made["_templates"]["secret"]["target"]
    told = await http.post(f"http://csms{target}", headers=headers(), json={"overlap_s": overlap_s})
    new = Program(http, "billing", told.json()["secret"])
    assert (told.status_code, new.secret != old.secret) == (200, True)
    assert (await new.own()).status_code == 200
    overlaps = overlap_s > 0
    assert (await old.own()).status_code == (200 if overlaps else 401)
    assert await comes_in(http, token) is overlaps
    it.time += timedelta(seconds=overlap_s)
    assert (await old.own()).status_code == 401
    assert (await new.own()).status_code == 200


async def test_a_secret_that_leaked_ends_the_one_before_it_too(office):
    _, http, headers = office
    secrets = [(await entered(http, headers()))["secret"]]
    for overlap_s in (600, 0):
        told = await http.post("/clients/billing/secret", headers=headers(), json={"overlap_s": overlap_s})
        secrets.append(told.json()["secret"])
    assert [(await Program(http, "billing", secret).own()).status_code for secret in secrets] == [401, 401, 200]


async def test_who_may_not_replace_a_secret(office):
    _, http, headers = office
    await entered(http, headers(), scopes=["tokens:write"])
    await entered(http, headers(), client="app", public=True, redirect_uris=["https://app.example/back"])
    some = headers(" ".join(SOME))
    problem(await http.post("/clients/billing/secret", headers=some, json={}), 403, "tokens:write")
    problem(await http.post("/clients/billing/secret", headers=headers(owner="north"), json={}), 404, "billing")
    problem(await http.post("/clients/app/secret", headers=headers(), json={}), 409, "public")
    assert "secret" not in (await http.get("/clients/app", headers=headers())).json()["_templates"]
    for overlap_s in (-1, 2**31, 1.5, "x"):
        answer = await http.post("/clients/billing/secret", headers=headers(), json={"overlap_s": overlap_s})
        assert answer.status_code == 422, overlap_s


async def test_keys_are_replaced_and_what_they_signed_ends(office):
    it, http, headers = office
    (before,) = (await http.get("/signing-keys", headers=headers())).json()["_embedded"]["item"]
    made = await entered(http, headers())
    program = Program(http, "billing", made["secret"])
    token = (await program.own()).json()["access_token"]
    listed = (await http.get("/signing-keys", headers=headers())).json()
    told = await http.post(listed["_templates"]["default"]["target"].removeprefix("/v1"), headers=headers(), json={})
    assert (told.status_code, told.json()["kid"] == before["kid"], before["ends"]) == (201, False, None)
    assert not await comes_in(http, token)
    it.time += timedelta(seconds=1)
    fresh = bearer((await program.own()).json()["access_token"])
    assert (await http.get("/", headers=fresh)).status_code == 200
    assert "private" not in told.text


async def test_keys_go_on_for_a_while_if_that_is_wanted(office):
    it, http, headers = office
    old = (await http.get("/signing-keys", headers=headers())).json()["_embedded"]["item"][0]["kid"]
    assert (await http.post("/signing-keys", headers=headers(), json={"grace_s": 60})).status_code == 201
    shown = (await http.get(f"/signing-keys/{old}", headers=headers())).json()
    assert shown["ends"] == "2026-03-01T08:01:00.000Z"
    assert len((await http.get("/signing-keys", headers=headers())).json()["_embedded"]["item"]) == 2
    it.time += timedelta(seconds=60)
    assert (await http.get("/signing-keys", headers=headers())).status_code == 401  # those who ask have the old one


async def test_keys_are_for_operators(office):
    _, http, headers = office
    for method, path in (("GET", "/signing-keys"), ("POST", "/signing-keys"), ("GET", "/signing-keys/x")):
        problem(await http.request(method, path, headers=headers(owner="north"), json={}), 403, "operators")
    problem(await http.get("/signing-keys/x", headers=headers()), 404, "'x'")


async def test_a_csms_that_issues_no_tokens_has_no_keys_to_replace(bench):
    async with client_of(bench().front) as http:
        listed = (await http.get("/signing-keys")).json()
        assert (listed["_embedded"]["item"], "_templates" in listed) == ([], False)
        problem(await http.post("/signing-keys", json={}), 409, "issues no access tokens")
