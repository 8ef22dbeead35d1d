"""A session is its cookie: it ends, and pages of others cannot use it."""

import pytest
from starlette.responses import Response

from csms_reference.access import accounts
from csms_reference.access.login import NotIn
from csms_reference.access.scopes import Scope
from csms_reference.access.session import LASTS_MS, name_of, set_cookie
from csms_reference.settings import Settings
from csms_reference.store.access_tables import users
from protocol.security import hash_password
from tests.csms_reference.access.conftest import small

PASSWORD = "correct horse battery"
OWN = {"Origin": "http://csms"}


async def enrol(bench, username="ada", scopes=(Scope.STATIONS_READ, Scope.STATIONS_WRITE), owner=None):
    columns = {
        "password_hash": hash_password(PASSWORD, salt=bytes(16)),
        "scopes": accounts.written(scopes),
        "owner": owner,
        "active": True,
        "created_ms": 0,
    }
    await bench.store.write(lambda database: accounts.add(database, users, username, **columns))


@pytest.fixture
async def console(bench):
    """A bench whose API takes a key, a client of it, and its sessions."""
    it = bench(api_key="hush")
    await enrol(it)
    async with small(it.front) as client:
        yield it, client, client._transport.app.state.access.sessions


def carry(client, cookie):
    client.cookies.set(name_of(client._transport.app.state.access.settings), cookie)


async def test_whoever_logs_in_is_who_they_are(console):
    _, client, sessions = console
    carry(client, await sessions.begin("Ada", PASSWORD, "10.0.0.1"))
    assert (await client.get("/")).json()["subject"] == "user:ada"
    refused = await client.get("/tokens")
    assert (refused.status_code, refused.json()["detail"]) == (403, "needs the scope tokens:read")


async def test_the_key_is_a_login_without_a_name(console):
    _, client, sessions = console
    carry(client, await sessions.begin("", "hush", "10.0.0.1"))
    assert (await client.get("/")).json()["subject"] == "operator"
    with pytest.raises(NotIn):
        await sessions.begin("", "hushed", "10.0.0.1")


@pytest.mark.parametrize("ending", ["logged out", "too old", "deactivated", "new password", "removed", "forged"])
async def test_a_session_is_over(console, ending):
    it, client, sessions = console
    cookie = await sessions.begin("ada", PASSWORD, "10.0.0.1")
    carry(client, cookie)
    assert (await client.get("/")).status_code == 200
    change = {"deactivated": {"active": False}, "new password": {"password_hash": hash_password("x", salt=bytes(16))}}
    if ending == "logged out":
        await sessions.end(cookie)
    elif ending == "too old":
        it.forward(LASTS_MS / 1000)
    elif ending == "removed":
        await it.store.write(lambda database: accounts.remove(database, users, "ada", 0))
    elif ending == "forged":
        carry(client, cookie + "x")
    else:
        await it.store.write(lambda database: accounts.change(database, users, "ada", 0, **change[ending]))
    assert (await client.get("/")).status_code == 401


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (OWN, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_pages_of_others_change_nothing_with_a_session(console, headers, code):
    _, client, sessions = console
    carry(client, await sessions.begin("ada", PASSWORD, "10.0.0.1"))
    assert (await client.post("/stations", json={"id": "CP-1"}, headers=headers)).status_code == code


async def test_who_guesses_is_locked_out_with_the_right_password_too(console):
    it, _, sessions = console
    for _ in range(it.settings.failed_logins_burst):
        with pytest.raises(NotIn) as wrong:
            await sessions.begin("ada", "wrong", "10.0.0.1")
        assert wrong.value.wait_s is None
    with pytest.raises(NotIn) as locked:
        await sessions.begin("ada", PASSWORD, "10.0.0.1")
    assert locked.value.wait_s > 0
    assert await sessions.begin("ada", PASSWORD, "10.0.0.2")  # whoever owns the account comes from somewhere else
    it.forward(locked.value.wait_s)
    assert await sessions.begin("ada", PASSWORD, "10.0.0.1")


async def test_a_name_is_locked_however_many_addresses_guess(console):
    _, _, sessions = console
    for number in range(100):
        with pytest.raises(NotIn):
            await sessions.begin("ada", "wrong", f"10.0.1.{number}")
    with pytest.raises(NotIn) as locked:
        await sessions.begin("ada", PASSWORD, "10.0.0.2")
    assert locked.value.wait_s > 0


async def test_nobody_logs_in_as_who_is_unknown_or_inactive(console):
    it, _, sessions = console
    await it.store.write(lambda database: accounts.change(database, users, "ada", 0, active=False))
    for username in ("ada", "bob"):
        with pytest.raises(NotIn):
            await sessions.begin(username, PASSWORD, "10.0.0.1")


def test_the_cookie_is_for_the_browser_alone():
    plain, safe = Response(), Response()
    set_cookie(plain, "it", Settings())
    set_cookie(safe, "it", Settings(api_key="k", api_url="https://csms.example"))
    for response, name in ((plain, "session-9080="), (safe, "__Host-session=")):
        told = response.headers["set-cookie"]
        assert told.startswith(name)
        assert all(word in told for word in ("HttpOnly", "SameSite=strict", "Path=/"))
        assert ("Secure" in told) is name.startswith("__Host-")


async def test_a_header_counts_before_a_session(console):
    _, client, sessions = console
    carry(client, await sessions.begin("Ada", PASSWORD, "10.0.0.1"))
    told = await client.get("/", headers={"Authorization": "Bearer hush"})
    assert told.json()["subject"] == "operator"
    assert (await client.get("/", headers={"Authorization": "Bearer hushed"})).status_code == 401


async def test_a_login_ends_no_other_session_and_forgets_those_that_are_over(console):
    it, _, sessions = console
    first = await sessions.begin("ada", PASSWORD, "10.0.0.1")
    second = await sessions.begin("ada", PASSWORD, "10.0.0.1")
    assert [(await sessions.principal(each)).subject for each in (first, second)] == ["user:ada"] * 2
    it.forward(LASTS_MS / 1000)
    await sessions.begin("ada", PASSWORD, "10.0.0.1")
    assert len(await it.rows(users.metadata.tables["sessions"])) == 1


def test_the_cookie_lasts_as_long_as_the_session():
    response = Response()
    set_cookie(response, "it", Settings())
    assert f"; Max-Age={LASTS_MS / 1000:.0f};" in response.headers["set-cookie"]
