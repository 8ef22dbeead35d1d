"""Accounts over the API: secrets are told once, and nobody gives or changes more than they have."""

import pytest

from csms_reference.access import keys
from csms_reference.access.enrolment import redirect_fault
from csms_reference.access.scopes import EVERY_SCOPE
from csms_reference.store.access_tables import clients, owners, users
from tests.csms_reference.access.oauth import PASSWORD, Program, bearer, enrol_user
from tests.csms_reference.access.test_bearer import claims, signed
from tests.csms_reference.clients import client_of, problem

EVERYTHING = " ".join(EVERY_SCOPE)
SOME = ["stations:read", "accounts:read", "accounts:write"]


@pytest.fixture
async def office(bench):
    """A bench, a client of its API, and what makes headers for somebody with scopes and perhaps an owner."""
    it = bench(auth="oauth")
    key = await it.store.write(lambda database: keys.signing(database, it.csms.now_ms()))
    async with client_of(it.front) as http:
        yield it, http, lambda scope=EVERYTHING, owner=None: bearer(signed(key, claims(scope=scope, owner=owner)))


async def test_a_client_is_entered_used_changed_and_forgotten(office):
    _, http, headers = office
    given = {"client": "billing", "scopes": ["transactions:read", "stations:read"]}
    made = await http.post("/clients", headers=headers(), json=given)
    told = made.json()
    assert made.status_code == 201
    assert told["scopes"] == ["stations:read", "transactions:read"]
    program = Program(http, "billing", told["secret"])
    assert (await program.own()).json()["scope"] == "stations:read transactions:read"
    problem(await http.post("/clients", headers=headers(), json=given), 409, "billing")
    own = told["_links"]["self"]["href"]
    shown = (await http.get(f"http://csms{own}", headers=headers())).json()
    assert shown == {**told, "secret": None}
    changed = await http.patch(f"http://csms{own}", headers=headers(), json={"scopes": ["stations:read"]})
    assert changed.json()["scopes"] == ["stations:read"]
    assert (await program.own()).json()["scope"] == "stations:read"
    await http.patch(f"http://csms{own}", headers=headers(), json={"active": False})
    assert (await program.own()).status_code == 401
    assert (await http.delete(f"http://csms{own}", headers=headers())).status_code == 204
    problem(await http.get(f"http://csms{own}", headers=headers()), 404, "billing")


async def test_a_user_is_entered_and_logs_in(office):
    it, http, headers = office
    sessions = http._transport.app.state.access.sessions
    drawn = (await http.post("/users", headers=headers(), json={"username": "ada", "scopes": SOME})).json()["password"]
    assert await sessions.begin("ada", drawn, "10.0.0.1")
    changed = await http.patch("/users/ada", headers=headers(), json={"password": PASSWORD, "email": "ada@example.org"})
    assert (changed.json()["email"], changed.json()["password"]) == ("ada@example.org", None)
    assert await it.rows(users.metadata.tables["sessions"]) == []
    assert await sessions.begin("ada", PASSWORD, "10.0.0.1")
    assert [user["username"] for user in (await http.get("/users", headers=headers())).json()["_embedded"]["item"]] == [
        "ada"
    ]
    assert (await http.delete("/users/ada", headers=headers())).status_code == 204
    assert await it.rows(users) == []


async def test_what_is_no_account_is_refused(office):
    _, http, headers = office
    for path, body in (
        ("/users", {"username": "Ada", "scopes": []}),
        ("/users", {"username": "user:ada", "scopes": []}),
        ("/users", {"username": "ada", "scopes": [], "password": "short"}),
        ("/users", {"username": "ada", "scopes": ["everything"]}),
        ("/users", {"username": "ada", "scopes": [], "owner": "nobody"}),
        ("/clients", {"client": "user:ada", "scopes": []}),
        ("/clients", {"client": "app", "scopes": [], "redirect_uris": ["http://app.example/back"]}),
        ("/owners", {"owner": "a\u0000"}),
    ):
        assert (await http.post(path, headers=headers(), json=body)).status_code == 422, body


async def test_nobody_gives_or_changes_more_than_they_have(office):
    it, http, headers = office
    some = headers(" ".join(SOME))
    problem(
        await http.post("/users", headers=some, json={"username": "eve", "scopes": ["tokens:write"]}),
        403,
        "tokens:write",
    )
    problem(
        await http.post("/clients", headers=some, json={"client": "eve", "scopes": ["tokens:write"]}), 403, "tokens"
    )
    await enrol_user(it.store, "root", sorted(EVERY_SCOPE))
    await enrol_user(it.store, "eve", SOME)
    before = await it.rows(users)
    for change in ({"password": "a password of mine"}, {"active": False}, {"scopes": []}):
        problem(await http.patch("/users/root", headers=some, json=change), 403, "scope")
    problem(await http.patch("/users/eve", headers=some, json={"scopes": ["tokens:write"]}), 403, "tokens:write")
    problem(await http.delete("/users/root", headers=some), 403, "scope")
    assert await it.rows(users) == before
    assert (await http.patch("/users/eve", headers=some, json={"scopes": ["stations:read"]})).status_code == 200


async def test_an_owner_sees_and_enters_accounts_of_the_same_owner(office):
    it, http, headers = office
    for owner in ("north", "south"):
        assert (await http.post("/owners", headers=headers(), json={"owner": owner})).status_code == 201
        body = {"username": f"of-{owner}", "scopes": SOME, "owner": owner}
        assert (await http.post("/users", headers=headers(), json=body)).json()["owner"] == owner
    north = headers(EVERYTHING, "north")
    made = await http.post("/clients", headers=north, json={"client": "app", "scopes": ["stations:read"]})
    assert made.json()["owner"] == "north"
    problem(
        await http.post("/clients", headers=north, json={"client": "b", "scopes": [], "owner": "south"}), 404, "south"
    )
    for path, seen in (("/users", "of-north"), ("/owners", "north"), ("/clients", "app")):
        told = (await http.get(path, headers=north)).text
        assert seen in told
        assert "south" not in told
    for method, path in (("get", "/users/of-south"), ("patch", "/users/of-south"), ("delete", "/users/of-south"),
                         ("get", "/owners/south")):  # fmt: skip
        answer = await http.request(method, path, headers=north, json={} if method == "patch" else None)
        assert answer.status_code == 404, (method, path)
    assert (await http.delete("/owners/south", headers=north)).status_code == 403
    assert (await http.delete("/owners/south", headers=headers())).status_code == 204
    assert [row["owner"] for row in await it.rows(owners)] == ["north"]
    assert await it.rows(clients)


def test_where_people_may_be_sent_back_to():
    for good in (
        "https://app.example/back?x=1",
        "http://127.0.0.1:8080/cb",
        "http://localhost/cb",
        "com.example.app:/cb",
    ):
        assert redirect_fault(good) is None
    for bad in ("http://app.example/", "https://app.example/#x", "javascript:alert(1)", "data:text/html,x", "/back",
                "https://app.example/ü", "https://app.example/a b", "https://[", ""):  # fmt: skip
        assert redirect_fault(bad) is not None
