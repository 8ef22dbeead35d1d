"""People see who they are, and choose their passwords."""

import re

import pytest

from csms_reference.access import accounts
from csms_reference.access.scopes import Scope
from csms_reference.store.access_tables import users
from protocol.security import hash_password
from tests.csms_reference.console.conftest import HERE, OWN, Page, browser_of

OLD, NEW = "correct horse battery", "incorrect horse battery"


@pytest.fixture
async def browser(bench):
    """Ann's browser, signed in."""
    it = bench(api_key="hush")
    columns = {"password_hash": hash_password(OLD, salt=bytes(16)), "scopes": "stations:read", "owner": None}
    await it.store.write(lambda database: accounts.add(database, users, "ann", **columns, active=True, created_ms=0))
    async with browser_of(it.front) as client:
        yield client


async def sign_in(client, name, secret):
    return await client.post("/console/sign-in", data={"name": name, "secret": secret}, headers=OWN)


async def change(client, **fields):
    page = (await client.get("/console/account")).text
    token = re.search('name="token" value="([^"]*)"', page)[1]
    return await client.post("/console/account/password", data={"token": token, **fields}, headers=OWN)


async def test_a_person_changes_their_password_and_signs_in_again(browser):
    await sign_in(browser, "ann", OLD)
    page = Page((await browser.get("/console/account")).text)
    assert ("ann" in page.text, str(Scope.STATIONS_READ) in page.text, "At every station" in page.text) == (True,) * 3
    done = await change(browser, current=OLD, password=NEW, again=NEW)
    assert (done.status_code, done.headers["location"]) == (303, "/console/sign-in")
    assert (await browser.get("/console/")).headers["location"].startswith("/console/sign-in")
    assert (await sign_in(browser, "ann", OLD)).status_code == 401
    assert (await sign_in(browser, "ann", NEW)).status_code == 303


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"current": "wrong", "password": NEW, "again": NEW}, 403, "The current password is wrong."),
        ({"current": OLD, "password": NEW, "again": f"{NEW}s"}, 422, "not the same both times"),
        ({"current": OLD, "password": "short", "again": "short"}, 422, "at least 15 characters"),
        ({"current": OLD, "password": "x" * 256, "again": "x" * 256}, 422, "at most 255"),
    ],
)
async def test_what_is_no_change_changes_nothing(browser, fields, status, words):
    await sign_in(browser, "ann", OLD)
    answer = await change(browser, **fields)
    assert (answer.status_code, words in Page(answer.text).text) == (status, True)
    assert (await browser.get("/console/account")).status_code == 200
    assert (await sign_in(browser, "ann", OLD)).status_code == 303


async def test_who_came_with_the_key_has_no_password(browser):
    await sign_in(browser, "", "hush")
    page = Page((await browser.get("/console/account")).text)
    assert ("operator" in page.text, page.all("input", type="password")) == (True, [])
    assert (await change(browser, current="hush", password=NEW, again=NEW)).status_code == 403


async def test_nobody_else_s_page_changes_a_password(browser):
    await sign_in(browser, "ann", OLD)
    given = {"current": OLD, "password": NEW, "again": NEW}
    forged = await browser.post("/console/account/password", data=given, headers=OWN)
    foreign = await browser.post(
        f"{HERE}/console/account/password", data=given, headers={"Origin": "http://evil.example"}
    )
    assert (forged.status_code, foreign.status_code) == (403, 403)
