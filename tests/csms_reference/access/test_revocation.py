"""What is revoked counts no more within a second, at every node, though tokens are checked without the database."""

import json
from datetime import timedelta

import pytest

from csms_reference.access import accounts, bearer, issuer, keys, revocation
from csms_reference.access.revocation import KEPT_MS, Revoked, next_mark, revoke, revoked
from csms_reference.access.scopes import Scope
from csms_reference.instants import to_ms
from csms_reference.store import StoreError
from csms_reference.store.access_tables import clients, revocations, users
from tests.csms_reference.access.conftest import small
from tests.csms_reference.access.oauth import CALLBACK, SOME, Program, enrol_client, enrol_user
from tests.csms_reference.access.oauth import bearer as header
from tests.csms_reference.conftest import NOW

NOW_MS = to_ms(NOW)


@pytest.fixture(autouse=True)
def looks_always(monkeypatch):
    """Nobody waits for half a second here."""
    monkeypatch.setattr(revocation, "AGAIN_S", 0.0)


@pytest.fixture
async def elsewhere(issuing):
    """A client of another node's API."""
    async with small(issuing[0].front) as http:
        yield http


async def counts(http, token):
    """Whether an access token is taken; what is not taken is said to be revoked."""
    answer = await http.get("/", headers=header(token))
    if answer.status_code != 200:
        assert (answer.status_code, answer.json()["detail"]) == (401, "revoked")
        assert 'error="invalid_token", error_description="revoked"' in answer.headers["www-authenticate"]
    return answer.status_code == 200


async def token_of(program):
    return (await program.own()).json()["access_token"]


async def login(app):
    """What a person's login brings the app."""
    return (await app.exchange(await app.code())).json()


def changing(kind, name, **columns):
    return lambda database: accounts.change(database, kind, name, NOW_MS, **columns)


def removing(kind, name):
    return lambda database: accounts.remove(database, kind, name, NOW_MS)


ENDINGS = {
    "the client is deactivated": changing(clients, "app", active=False),
    "the client is removed": removing(clients, "app"),
    "the client may do less": changing(clients, "app", scopes="stations:read"),
    "the client is another owner's": changing(clients, "app", owner="south"),
    "the client has another secret": changing(clients, "app", secret_hash="x"),
    "the user is deactivated": changing(users, "ada", active=False),
    "the user is removed": removing(users, "ada"),
    "the user may do less": changing(users, "ada", scopes="tokens:read"),
    "the user is another owner's": changing(users, "ada", owner="south"),
    "the user has another password": changing(users, "ada", password_hash="x"),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_access_ends_at_every_node(issuing, app, elsewhere, ending):
    it, http = issuing
    token = (await login(app))["access_token"]
    assert await counts(http, token)
    assert await counts(elsewhere, token)
    await it.store.write(ENDINGS[ending])
    assert not await counts(http, token)
    assert not await counts(elsewhere, token)


@pytest.mark.parametrize(
    "columns", [{"scopes": accounts.written(Scope)}, {"email": "a@example.org"}, {"active": True}, {}]
)
async def test_what_takes_nothing_away_ends_nothing(issuing, app, columns):
    it, http = issuing
    token = (await login(app))["access_token"]
    assert await it.store.write(changing(users, "ada", **columns))
    assert await counts(http, token)
    assert await it.rows(revocations) == []


async def test_somebody_else_s_access_goes_on(issuing, app, program):
    it, http = issuing
    hers, its = (await login(app))["access_token"], await token_of(program)
    await it.store.write(changing(users, "ada", active=False))
    assert (await counts(http, hers), await counts(http, its)) == (False, True)


async def test_an_account_that_changes_again_and_again_ends_each_time(issuing, program):
    it, http = issuing
    tokens = []
    for scopes in ((Scope.STATIONS_READ, Scope.TOKENS_READ), (Scope.STATIONS_READ,)):
        tokens.append(await token_of(program))
        assert await counts(http, tokens[-1])
        await it.store.write(changing(clients, "billing", scopes=accounts.written(scopes)))
    tokens.append(await token_of(program))
    assert [await counts(http, token) for token in tokens] == [False, False, True]


async def test_an_account_of_the_same_name_begins_anew(issuing, program):
    it, http = issuing
    tokens = []
    for _ in range(3):  # at the same instant
        tokens.append(await token_of(program))
        await it.store.write(removing(clients, "billing"))
        await enrol_client(it.store)
    tokens.append(await token_of(program))
    assert [await counts(http, token) for token in tokens] == [False, False, False, True]


async def test_an_account_that_is_active_again_has_none_of_its_old_sessions(issuing, app):
    it, http = issuing
    sessions = http._transport.app.state.access.sessions
    cookie = await sessions.begin("ada", "correct horse battery", "10.0.0.1")
    refresh = (await login(app))["refresh_token"]
    for active in (False, True):
        await it.store.write(changing(users, "ada", active=active))
    assert await sessions.principal(cookie) is None
    assert (await app.refresh(refresh)).status_code == 400


async def test_a_token_that_its_holder_revokes_ends_alone(issuing, program, elsewhere):
    _, http = issuing
    first, second = await token_of(program), await token_of(program)
    assert (await program.post("revoke", token=first, token_type_hint="access_token")).status_code == 200
    assert [await counts(elsewhere, token) for token in (first, second)] == [False, True]
    assert [await counts(http, token) for token in (first, second)] == [False, True]
    assert (await program.post("revoke", token=first)).status_code == 200  # RFC 7009 §2.2


async def test_a_login_that_is_revoked_takes_its_access_tokens_along(issuing, app):
    _, http = issuing
    first, other = await login(app), await login(app)
    second = (await app.refresh(first["refresh_token"])).json()
    assert (await app.post("revoke", token=second["refresh_token"])).status_code == 200
    found = [await counts(http, each["access_token"]) for each in (first, second, other)]
    assert found == [False, False, True]


async def test_a_refresh_token_that_was_stolen_takes_the_access_tokens_along(issuing, app):
    _, http = issuing
    first = await login(app)
    second = (await app.refresh(first["refresh_token"])).json()
    assert (await app.refresh(first["refresh_token"])).status_code == 400
    assert not await counts(http, second["access_token"])


async def test_nobody_revokes_another_client_s_token(issuing, program, app):
    it, http = issuing
    token = await token_of(program)
    await enrol_client(it.store, "other")
    answer = await Program(http, "other").post("revoke", token=token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert await counts(http, token)


@pytest.mark.parametrize("grace_ms", [0, 60_000])
async def test_a_key_that_is_replaced_ends_what_it_signed(issuing, program, elsewhere, grace_ms):
    it, http = issuing
    old = await token_of(program)
    assert await counts(elsewhere, old)  # its keys are taken from memory for a minute
    await it.store.write(lambda database: keys.rotate(database, it.csms.now_ms(), grace_ms=grace_ms))
    new = await token_of(program)
    it.time += timedelta(seconds=1)  # so often a node asks for a key that it does not know
    if grace_ms:
        assert await counts(http, old)
        it.time += timedelta(seconds=58.9)
        assert await counts(elsewhere, old)
        it.time += timedelta(seconds=0.1)
    for node in (http, elsewhere):
        refused = await node.get("/", headers=header(old))
        assert (refused.status_code, refused.json()["detail"]) in {
            (401, "revoked"),
            (401, "signed with an unknown key"),
        }
        assert await counts(node, new)
    assert len((await http.get("http://csms/oauth/jwks")).json()["keys"]) == 1


async def test_a_key_that_was_replaced_never_counts_again(issuing, program):
    it, _ = issuing
    await token_of(program)
    old = await it.store.read(lambda database: set(keys.published(database, it.csms.now_ms())))
    await it.store.write(lambda database: keys.rotate(database, it.csms.now_ms(), grace_ms=1000))
    it.time += timedelta(seconds=1 + KEPT_MS / 1000)
    await it.store.write(lambda database: revoke(database, it.csms.now_ms(), "x"))  # what is too old is forgotten
    assert [row["mark"] for row in await it.rows(revocations)] == ["x"]
    assert not old & await it.store.read(lambda database: set(keys.published(database, it.csms.now_ms())))


async def test_marks_are_kept_for_longer_than_tokens_last():
    assert KEPT_MS > (issuer.ACCESS_LASTS_S + bearer.LEEWAY_S) * 1000


# -- what a process knows ---------------------------------------------------------------------------------------------


class Away:
    """A store that can be away, and counts who looks."""

    def __init__(self, store):
        self._store = store
        self.away = False
        self.looks = 0

    async def glance(self, fn):
        self.looks += 1
        if self.away:
            raise StoreError("away")
        return await self._store.read(fn)


@pytest.fixture
def known(bench, monkeypatch):
    """A bench, a store that can be away, the time, and what a process knows."""
    monkeypatch.setattr(revocation, "AGAIN_S", 0.5)
    it, time = bench(), [100.0]
    away = Away(it.store)
    return it, away, time, Revoked(away, it.csms.now_ms, lambda: time[0])


async def test_the_database_is_asked_twice_a_second_at_most(known):
    it, away, time, found = known
    for _ in range(100):
        assert not await found.has(["a"])
    await it.store.write(lambda database: revoke(database, NOW_MS, "a"))
    assert (away.looks, await found.has(["a"])) == (1, False)
    time[0] += 0.5
    assert (await found.has(["b", "a"]), await found.has(["b"]), away.looks) == (True, False, 2)
    await it.store.write(lambda database: revoke(database, NOW_MS, "b"))
    await found.look(at_once=True)
    assert await found.has(["b"])


async def test_what_is_known_counts_while_the_database_is_away(known):
    it, away, time, found = known
    away.away = True
    with pytest.raises(StoreError):
        await found.has(["a"])
    away.away = False
    await it.store.write(lambda database: revoke(database, NOW_MS, "a"))
    time[0] += 0.5
    assert await found.has(["a"])
    away.away = True
    time[0] += 0.5
    assert await found.has(["a"])
    assert not await found.has(["b"])


async def test_a_version_says_that_something_was_revoked(known):
    it, _, time, found = known
    await found.look()
    seen = [found.version]
    for mark, since_ms in (("a", None), ("a", None), ("later", NOW_MS + 1000)):
        await it.store.write(lambda database, mark=mark, since=since_ms: revoke(database, NOW_MS, mark, since_ms=since))
        time[0] += 0.5
        await found.look()
        seen.append(found.version)
    it.time += timedelta(seconds=1)
    await found.look()  # nothing is new in the database
    assert [*seen, found.version] == [0, 1, 1, 1, 2]


async def test_what_is_revoked_twice_counts_from_the_first_time(bench):
    it = bench()
    await it.store.write(lambda database: revoke(database, NOW_MS, "a", since_ms=NOW_MS + 5))
    await it.store.write(lambda database: revoke(database, NOW_MS, "a", "b"))
    assert await it.store.read(revoked) == {"a": NOW_MS, "b": NOW_MS}


def test_every_mark_has_another_after_it():
    marks = ["x"]
    for _ in range(100):
        marks.append(next_mark(marks[-1]))
    assert len(set(marks)) == 101
    assert {len(mark) for mark in marks[1:]} == {64}


# -- introspection ----------------------------------------------------------------------------------------------------


async def introspected(program, token, **more):
    answer = await program.post("introspect", token=token, **more)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return answer.json()


async def test_who_has_a_token_is_told_what_it_is_for(issuing, program):
    token = await token_of(program)
    told = await introspected(program, token)
    assert (told["active"], told["client_id"], told["sub"], told["scope"]) == (
        True, "billing", "billing", "stations:read stations:write tokens:read",
    )  # fmt: skip
    assert told["exp"] == NOW_MS // 1000 + 600
    assert "marks" not in told
    assert "username" not in told


@pytest.mark.parametrize("how", ["nonsense", "old", "revoked", "other key", "client removed", "used"])
async def test_what_does_not_count_is_not_active(issuing, program, how):
    it, http = issuing
    await enrol_client(it.store, "site", redirect_uris=json.dumps([CALLBACK]))
    site = Program(http, "site")
    login_of = await login(site)
    token = login_of["access_token"]
    assert (await introspected(site, token))["username"] == "ada"
    if how == "nonsense":
        token = "a.b.c"
    elif how == "old":
        it.time += timedelta(seconds=631)
    elif how == "revoked":
        await site.post("revoke", token=token)
    elif how == "other key":
        await it.store.write(lambda database: keys.rotate(database, it.csms.now_ms(), grace_ms=0))
    elif how == "client removed":
        await it.store.write(removing(clients, "site"))
        await enrol_client(it.store, "site")
    else:
        token = login_of["refresh_token"]
        assert (await introspected(site, token))["active"]
        await site.refresh(token)
    assert await introspected(site, token) == {"active": False}


@pytest.mark.parametrize(
    ("scopes", "owner", "seen"),
    [(SOME, None, False), ((Scope.ACCOUNTS_READ,), None, True), ((Scope.ACCOUNTS_READ,), "north", True),
     ((Scope.ACCOUNTS_READ,), "south", False)],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_others_are_told_who_may_see_accounts(issuing, app, scopes, owner, seen, kind):
    it, http = issuing
    await enrol_user(it.store, "bob", owner="north")
    token = (await app.exchange(await app.code(username="bob"))).json()[kind]
    await enrol_client(it.store, "gateway", scopes, owner)
    assert (await introspected(Program(http, "gateway"), token, token_type_hint=kind))["active"] is seen


async def test_nobody_asks_without_a_secret(issuing, app, program):
    token = await token_of(program)
    assert (await app.post("introspect", token=token)).status_code == 401
    assert (await program.post("introspect")).status_code == 400
