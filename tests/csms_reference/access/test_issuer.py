"""Tokens are given to who proves who they are, once, and for no more than they may (RFC 6749, 7636, 9068, 9700)."""

import base64
import json

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from csms_reference.access import accounts, keys
from csms_reference.access.issued import CODE_LASTS_MS, REFRESH_LASTS_MS
from csms_reference.api.oauth import CAREFUL
from csms_reference.store.access_tables import clients, users
from tests.csms_reference.access.oauth import (
    BASE,
    CALLBACK,
    SECRET,
    Program,
    bearer,
    enrol_client,
    enrol_user,
    sent_back,
)


def refused(answer, status, error):
    """RFC 6749 §5.2."""
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.headers["cache-control"] == CAREFUL["Cache-Control"] == "no-store"


async def claims_of(http, token):
    told = (await http.get(f"{BASE}/oauth/jwks")).json()
    assert all("d" not in key for key in told["keys"])
    return jwt.decode(token, KeySet.import_key_set(told), algorithms=["ES256"])


async def test_a_program_gets_a_token_for_itself(issuing, program):
    _, http = issuing
    answer = await program.own()
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert told["token_type"] == "Bearer"
    assert "refresh_token" not in told
    token = await claims_of(http, told["access_token"])
    assert token.header["typ"] == "at+jwt"
    claims = token.claims
    assert {name: claims[name] for name in ("iss", "aud", "sub", "client_id", "scope")} == {
        "iss": BASE, "aud": f"{BASE}/v1", "sub": "billing", "client_id": "billing", "scope": told["scope"],
    }  # fmt: skip
    assert claims["exp"] - claims["iat"] == told["expires_in"] == 600
    assert len(claims["jti"]) == 43
    assert "owner" not in claims
    assert (await http.get("/", headers=bearer(told["access_token"]))).json()["subject"] == "billing"


async def test_a_token_has_what_was_asked_for_of_what_the_client_may_have(issuing, program):
    _, http = issuing
    told = (await program.own(scope="stations:read certificates:write openid")).json()
    assert told["scope"] == "stations:read"
    assert (await http.get("/stations", headers=bearer(told["access_token"]))).status_code == 200
    assert (await http.get("/tokens", headers=bearer(told["access_token"]))).status_code == 403
    refused(await program.own(scope="certificates:write"), 400, "invalid_scope")


@pytest.mark.parametrize(
    ("name", "secret", "code"),
    [("billing", "wrong", 401), ("nobody", SECRET, 401), ("app", "", 401), ("app", "x", 401)],
)
async def test_a_program_without_its_secret_gets_nothing(issuing, name, secret, code):
    answer = await Program(issuing[1], name, secret).own()
    refused(answer, code, "invalid_client")
    assert answer.headers["www-authenticate"] == "Basic"


@pytest.mark.parametrize(
    "words",
    [b"a\0b:c", b"\xff\xfe:x", b"no colon", b":", "ä:ö".encode()],
    ids=["nul", "octets", "colon", "none", "umlaut"],
)
async def test_odd_credentials_are_wrong_ones(issuing, words):
    headers = {"Authorization": f"Basic {base64.b64encode(words).decode()}"}
    form = {"grant_type": "client_credentials"}
    refused(await issuing[1].post(f"{BASE}/oauth/token", data=form, headers=headers), 401, "invalid_client")
    headers = {"Authorization": "Basic !"}
    refused(await issuing[1].post(f"{BASE}/oauth/token", data=form, headers=headers), 401, "invalid_client")


async def test_a_secret_may_be_in_the_form(issuing):
    form = {"grant_type": "client_credentials", "client_id": "billing", "client_secret": SECRET}
    assert (await issuing[1].post(f"{BASE}/oauth/token", data=form)).status_code == 200


async def test_a_client_that_is_no_longer_active_gets_nothing(issuing, program):
    await issuing[0].store.write(lambda database: accounts.change(database, clients, "billing", 0, active=False))
    refused(await program.own(), 401, "invalid_client")


async def test_a_public_client_never_acts_for_itself(app):
    refused(await app.own(), 401, "invalid_client")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
        ('{"grant_type": "client_credentials"}', "application/json"),
        ("grant_type=%C3%A9", "application/x-www-form-urlencoded"),
        ("grant_type=%22", "application/x-www-form-urlencoded"),
        ("grant_type=client_credentials&client_id=%00&client_secret=x", "application/x-www-form-urlencoded"),
        ("grant_type=%ff", "application/x-www-form-urlencoded"),
        ("&".join(f"a{n}=1" for n in range(50)), "application/x-www-form-urlencoded"),
        ("grant_type=" + "x" * 20_000, "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_is_refused(issuing, body, kind):
    answer = await issuing[1].post(f"{BASE}/oauth/token", content=body, headers={"Content-Type": kind})
    refused(answer, 400, "invalid_request")


async def test_other_grants_are_unknown(program):
    refused(
        await program.post("token", grant_type="password", username="a", password="b"), 400, "unsupported_grant_type"
    )


async def test_a_person_logs_in_and_the_app_acts_for_them(issuing, app):
    _, http = issuing
    page = await http.get(app.request())
    assert page.status_code == 200
    assert "<strong>app</strong>" in page.text
    assert "stations:write" in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    told = sent_back(await app.login())
    assert told.pop("state") == "xyz"
    answer = await app.exchange(told.pop("code"))
    assert told == {}
    claims = (await claims_of(http, answer.json()["access_token"])).claims
    assert (claims["sub"], claims["client_id"]) == ("user:ada", "app")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "certificates:write"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
async def test_a_request_that_is_not_as_it_should_be_goes_back_to_the_client(issuing, app, change, error):
    answer = await issuing[1].get(app.request(**change))
    told = sent_back(answer)
    assert (told["error"], told["state"]) == (error, "xyz")
    assert sent_back(await app.login(**change))["error"] == error  # nor by posting past the page


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": None},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": "https://app.example/back"},
        {"redirect_uri": "https://evil.example/back?tenant=1"},
        {"client_id": "nobody"},
        {"client_id": "billing"},
        {"client_id": None},
        {"redirect_uri": 'https://app.example/"'},
        {"redirect_uri": "https://app.example/é"},
    ],
)
async def test_nobody_is_sent_where_no_client_is(issuing, app, change):
    for answer in (await issuing[1].get(app.request(**change)), await app.login(**change)):
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "This cannot be done" in answer.text


async def test_a_parameter_that_comes_twice_is_refused(issuing, app):
    assert (await issuing[1].get(app.request() + "&state=other")).status_code == 400


async def test_who_would_not_allow_it_goes_back_without_a_code(app):
    assert sent_back(await app.login(form={"deny": "1"}))["error"] == "access_denied"


async def test_another_page_cannot_log_anybody_in(app):
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert (await app.login(headers=headers)).status_code == 403


async def test_who_guesses_passwords_is_locked_out(issuing, app):
    wrong = await app.login(password="<b>wrong</b>")
    assert wrong.status_code == 401
    assert "wrong user name or password" in wrong.text
    for _ in range(issuing[0].settings.failed_logins_burst - 1):
        assert (await app.login(password="wrong")).status_code == 401
    locked = await app.login()
    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) > 0


async def test_what_a_client_is_called_is_text(issuing):
    it, http = issuing
    await enrol_client(it.store, "<script>alert(1)</script>", secret=None, redirect_uris=json.dumps([CALLBACK]))
    page = await http.get(Program(http, "<script>alert(1)</script>", None).request())
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"redirect_uri": "https://app.example/other"},
        {"redirect_uri": ""},
        {"code": "guessed"},
    ],
)
async def test_a_code_counts_for_who_asked_for_it_alone(app, change):
    code = await app.code()
    answer = await app.exchange(**{"code": code, **change})
    assert (answer.status_code, answer.json()["error"] in {"invalid_grant", "invalid_request"}) == (400, True)


async def test_a_code_is_no_other_clients(issuing, app):
    it, http = issuing
    await enrol_client(it.store, "other", secret=None, redirect_uris=json.dumps([CALLBACK]))
    code = await app.code()
    refused(await Program(http, "other", None).exchange(code), 400, "invalid_grant")
    assert (await app.exchange(code)).status_code == 200


async def test_a_code_counts_once_and_its_second_use_ends_what_the_first_began(app):
    code = await app.code()
    first = (await app.exchange(code)).json()
    refused(await app.exchange(code), 400, "invalid_grant")
    refused(await app.refresh(first["refresh_token"]), 400, "invalid_grant")


async def test_a_code_counts_for_a_minute(issuing, app):
    code = await app.code()
    issuing[0].forward(CODE_LASTS_MS / 1000)
    refused(await app.exchange(code), 400, "invalid_grant")


async def test_refresh_tokens_rotate_and_one_that_comes_again_ends_them_all(issuing, app):
    _, http = issuing
    first = (await app.exchange(await app.code())).json()
    second = (await app.refresh(first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == first["scope"]
    assert (await http.get("/stations", headers=bearer(second["access_token"]))).status_code == 200
    third = (await app.refresh(second["refresh_token"])).json()
    refused(await app.refresh(first["refresh_token"]), 400, "invalid_grant")
    refused(await app.refresh(third["refresh_token"]), 400, "invalid_grant")


async def test_a_refresh_brings_no_more_than_there_was(app):
    first = (await app.exchange(await app.code(scope="stations:read"))).json()
    assert first["scope"] == "stations:read"
    refused(await app.refresh(first["refresh_token"], scope="stations:read stations:write"), 400, "invalid_scope")


async def test_a_refresh_brings_what_the_user_may_now(issuing, app):
    first = (await app.exchange(await app.code())).json()
    await issuing[0].store.write(lambda database: accounts.change(database, users, "ada", 0, scopes="tokens:read"))
    second = (await app.refresh(first["refresh_token"])).json()
    assert second["scope"] == "tokens:read"


@pytest.mark.parametrize("ending", ["old", "inactive", "password", "removed", "client", "revoked", "stolen"])
async def test_a_refresh_token_ends(issuing, app, ending):
    it, http = issuing
    token = (await app.exchange(await app.code())).json()["refresh_token"]
    write = it.store.write
    if ending == "old":
        it.forward(REFRESH_LASTS_MS / 1000)
    elif ending == "inactive":
        await write(lambda database: accounts.change(database, users, "ada", 0, active=False))
    elif ending == "password":
        await write(lambda database: accounts.change(database, users, "ada", 0, password_hash="x"))
    elif ending == "removed":
        await write(lambda database: accounts.remove(database, users, "ada", 0))
    elif ending == "client":
        await write(lambda database: accounts.remove(database, clients, "app", 0))
    elif ending == "revoked":
        assert (await app.post("revoke", token=token)).status_code == 200
    else:
        await enrol_client(it.store, "other", secret=None, redirect_uris=json.dumps([CALLBACK]))
        app = Program(http, "other", None)
    assert (await app.refresh(token)).status_code == 400


async def test_what_nobody_knows_is_revoked(app):
    assert (await app.post("revoke", token="never was")).status_code == 200  # RFC 7009 §2.2


async def test_an_owner_is_in_the_token_of_the_person_or_of_the_program(issuing):
    it, http = issuing
    await enrol_user(it.store, "bob", owner="north")
    await enrol_client(it.store, "norths", owner="north", redirect_uris=json.dumps([CALLBACK]))
    await enrol_client(it.store, "souths", owner="south", redirect_uris=json.dumps([CALLBACK]))
    norths, souths = Program(http, "norths"), Program(http, "souths")
    for token in (
        (await norths.own()).json(),
        (await norths.exchange(await norths.code(username="bob"))).json(),
        (await norths.exchange(await norths.code(username="ada"))).json(),
    ):
        assert (await claims_of(http, token["access_token"])).claims["owner"] == "north"
    assert sent_back(await souths.login(username="bob"))["error"] == "access_denied"


async def test_the_metadata_say_where_everything_is(issuing):
    _, http = issuing
    told = (await http.get(f"{BASE}/.well-known/oauth-authorization-server")).json()
    assert told == (await http.get(f"{BASE}/.well-known/openid-configuration")).json()
    assert (told["issuer"], told["code_challenge_methods_supported"]) == (BASE, ["S256"])
    for name in ("authorization_endpoint", "jwks_uri"):
        assert (await http.get(told[name])).status_code in {200, 400}
    for name in ("token_endpoint", "revocation_endpoint"):
        assert (await http.post(told[name])).status_code == 400


async def test_keys_rotate_and_what_the_older_one_signed_counts_on(issuing, program):
    it, http = issuing
    first = (await program.own()).json()["access_token"]
    it.forward(keys.LASTS_MS / 1000 - 300)
    second = (await program.own()).json()["access_token"]
    it.forward(300)
    third = (await program.own()).json()["access_token"]
    kids = [json.loads(_header(token))["kid"] for token in (first, second, third)]
    assert kids[0] == kids[1] != kids[2]
    for token, code in ((first, 401), (second, 200), (third, 200)):
        assert (await http.get("/", headers=bearer(token))).status_code == code
    assert len((await http.get(f"{BASE}/oauth/jwks")).json()["keys"]) == 2


async def test_keys_that_leaked_count_no_more(issuing, program):
    it, http = issuing
    token = (await program.own()).json()["access_token"]
    assert (await http.get("/", headers=bearer(token))).status_code == 200
    await it.store.write(lambda database: keys.rotate(database, it.csms.now_ms(), grace_ms=0))
    it.forward(60)
    assert (await http.get("/", headers=bearer(token))).status_code == 401
    assert (await http.get("/", headers=bearer((await program.own()).json()["access_token"]))).status_code == 200


def _header(token):
    first = token.partition(".")[0]
    return base64.urlsafe_b64decode(first + "=" * (-len(first) % 4))
