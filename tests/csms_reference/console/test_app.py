"""The console as a whole: who gets in, what is refused, and what browsers are told."""

import re

import pytest

from csms_reference.access import accounts
from csms_reference.store import StoreError
from csms_reference.store.access_tables import users
from protocol.security import hash_password
from tests.csms_reference.console.conftest import HERE, OWN, Console, browser_of
from tests.csms_reference.console.test_transactions import charge

KEY = "a-key-that-nobody-guesses"


@pytest.fixture
async def guarded(bench):
    it = bench(api_key=KEY)
    async with browser_of(it.front) as client:
        yield it, Console(client)


async def test_whoever_asks_for_nothing_comes_to_the_fleet(desk):
    _, console = desk
    answer = await console.client.get("/", follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/console/")


async def test_every_page_is_there_on_either_database(bench, either):
    it = bench(either)
    await charge(it, await it.station(), powers=(1, 2))
    narrowed = "text=c&link=on&state=charging&version=2.0.1"
    paths = ["/", f"/?{narrowed}", "/?after=A&link=off", "/?before=Z", "/transactions", "/tokens", "/tokens?text=tag"]
    paths += [
        "/transactions?station=CP-1&token=tag&state=Active&since=2026-03-01&until=2026-03-01",
        "/transactions?after=1",
    ]
    paths += [f"/stations/CP-1{rest}" for rest in ("", "/commands", "/messages", "/device?text=a", "/security")]
    async with browser_of(it.front) as client:
        for path in [*paths, "/transactions/CP-1/T-1"]:
            await Console(client).page(path)


async def test_nothing_inline_and_nothing_from_elsewhere_is_allowed(desk):
    _, console = desk
    for path, status in (("/console/", 200), ("/console/nowhere", 404), ("/console/static/console.css", 200)):
        answer = await console.client.get(path)
        assert answer.status_code == status
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert {policy[f"{kind}-src"] for kind in ("script", "style", "img", "connect")} == {"'self'"}
        assert (policy["frame-ancestors"], policy["form-action"], policy["base-uri"]) == ("'none'", "'self'", "'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_page_keeps_to_its_policy(desk):
    it, console = desk
    await it.station()
    for path in ("/", "/stations/CP-1", "/stations/CP-1/commands?command=reset", "/transactions", "/tokens"):
        text = (await console.client.get(f"/console{path}")).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! type=\"module\" src=\"/console/static/)", text)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)


async def test_an_open_console_answers_to_this_machine_s_names_alone(desk):
    _, console = desk
    for host, status in (("127.0.0.1:9080", 200), ("localhost", 200), ("[::1]:9080", 200), ("evil.example:9080", 421)):
        assert (await console.client.get("/console/", headers={"Host": host})).status_code == status


async def test_the_key_is_asked_for_once(guarded):
    _, console = guarded
    client = console.client
    answer = await client.get("/console/transactions?state=Active")
    assert answer.headers["location"] == "/console/sign-in?next=%2Fconsole%2Ftransactions%3Fstate%3DActive"
    sign_in = {"secret": "wrong", "next": "/console/transactions?state=Active"}
    wrong = await client.post("/console/sign-in", data=sign_in, headers=OWN)
    assert (wrong.status_code, "That is not right." in wrong.text, KEY in wrong.text) == (401, True, False)
    right = await client.post("/console/sign-in", data={**sign_in, "secret": KEY}, headers=OWN)
    assert (right.status_code, right.headers["location"]) == (303, "/console/transactions?state=Active")
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert KEY not in cookie
    assert (await console.page("/")).all("button", title="Signed in as operator")


async def test_whoever_signs_out_is_out(guarded):
    _, console = guarded
    await console.client.post("/console/sign-in", data={"secret": KEY}, headers=OWN)
    assert (await console.form("/sign-out")).headers["location"] == "/console/sign-in"
    assert (await console.client.get("/console/")).status_code == 303


async def test_people_sign_in_by_name_where_the_api_takes_tokens(bench):
    it = bench(auth="oauth")
    user = {
        "password_hash": hash_password("right", salt=bytes(16)),
        "scopes": "stations:read tokens:read",
        "owner": "Ann",
    }
    await it.store.write(
        lambda database: accounts.add(database, users, "ann", **user, active=True, created_ms=it.csms.now_ms())
    )
    await it.csms.register("CP-1", owner="Ann")
    await it.csms.register("CP-2", owner="Ben")
    async with browser_of(it.front) as client:
        for secret, status in (("wrong", 401), ("right", 303)):
            answer = await client.post("/console/sign-in", data={"name": "Ann", "secret": secret}, headers=OWN)
            assert answer.status_code == status
        page = await Console(client).page("/")
        assert "CP-1" in page.text
        assert "CP-2" not in page.text
        assert "/console/transactions" not in page.links()
        assert page.all("button", title="Signed in as user:ann")
        assert (await client.get("/console/transactions")).status_code == 403


async def test_who_guesses_keys_is_slowed_down(guarded):
    _, console = guarded
    answers = [await console.client.post("/console/sign-in", data={"secret": "x"}, headers=OWN) for _ in range(8)]
    assert {answers[0].status_code, answers[-1].status_code} == {401, 429}
    assert (await console.client.post("/console/sign-in", data={"secret": KEY}, headers=OWN)).status_code == 429


@pytest.mark.parametrize(
    "where",
    ["https://evil.example/console/", "//evil.example/console/", "/console/\\evil", "/v1/", "javascript:alert(1)", ""],
)
async def test_signing_in_leads_to_pages_of_ours_alone(guarded, where):
    _, console = guarded
    answer = await console.client.post("/console/sign-in", data={"secret": KEY, "next": where}, headers=OWN)
    assert answer.headers["location"] == "/console/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": HERE, "Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {},
    ],
)
async def test_forms_that_other_sites_send_are_refused(guarded, headers):
    _, console = guarded
    await console.client.post("/console/sign-in", data={"secret": KEY}, headers=OWN)
    token = (await console.page("/tokens")).all("input", name="token")[0]["value"]
    data = {"token": token, "id_token": "THEIRS"}
    assert (await console.client.post("/console/tokens", data=data, headers=headers)).status_code == 403
    assert (await console.form("/tokens", token, id_token="OURS")).status_code == 303


async def test_nobody_is_signed_in_by_another_site(guarded):
    _, console = guarded
    for headers in ({"Origin": "https://evil.example"}, {}):
        answer = await console.client.post("/console/sign-in", data={"secret": KEY}, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


async def test_a_form_without_its_token_is_refused(guarded):
    _, console = guarded
    await console.client.post("/console/sign-in", data={"secret": KEY}, headers=OWN)
    for token in ("", "0" * 64, "é"):
        answer = await console.form("/tokens", token, id_token="THEIRS")
        assert (answer.status_code, "out of date" in answer.text) == (403, True)


async def test_a_form_that_is_too_long_or_has_too_many_fields_is_refused(desk):
    _, console = desk
    assert (await console.form("/tokens", id_token="x" * 300_000)).status_code == 413
    assert (await console.form("/tokens", **{f"f{number}": "1" for number in range(600)})).status_code == 413


async def test_a_database_that_fails_is_told_as_a_page(desk, monkeypatch):
    it, console = desk

    async def fail(_fn):
        raise StoreError("gone")

    monkeypatch.setattr(it.store, "read", fail)
    assert "The database is not available" in (await console.page("/", 503)).text
