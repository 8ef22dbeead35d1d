"""Clients as Authlib's server asks for them."""

from types import SimpleNamespace

import pytest

from csms_reference.access.accounts import digest
from csms_reference.access.grants import Challenge, ClientCredentials, Login, Refreshing
from csms_reference.access.parties import Client, allowed
from csms_reference.access.scopes import Scope

SOME = frozenset({Scope.STATIONS_READ, Scope.TOKENS_READ})


def client(secret="hush", uris="[]", now_ms=0, **former):
    kept = None if secret is None else digest(secret)
    former = {"former_hash": None, "former_until_ms": None, **former}
    told = {"client": "app", "secret_hash": kept, "redirect_uris": uris, "scopes": "stations:read tokens:read"}
    return Client(SimpleNamespace(**told, **former), now_ms)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (None, {"stations:read", "tokens:read"}),
        ("stations:read", {"stations:read"}),
        ("stations:read stations:write", {"stations:read"}),
        ("stations:write", set()),
    ],
)
def test_nobody_is_allowed_more_than_they_have(asked, given):
    assert set(allowed(SOME, asked).split()) == given


def test_a_program_proves_itself_by_its_secret():
    program = client()
    assert program.check_client_secret("hush")
    assert not program.check_client_secret("hush ")
    assert program.check_endpoint_auth_method("client_secret_basic", "token")
    assert not program.check_endpoint_auth_method("none", "token")
    assert (program.check_grant_type("client_credentials"), program.check_grant_type("refresh_token")) == (True, False)


@pytest.mark.parametrize(("now_ms", "counts"), [(0, True), (999, True), (1000, False)])
def test_the_secret_before_counts_for_a_while(now_ms, counts):
    program = client(now_ms=now_ms, former_hash=digest("old"), former_until_ms=1000)
    assert program.check_client_secret("hush")
    assert program.check_client_secret("old") is counts
    assert not program.check_client_secret("older")


def test_an_app_of_people_has_no_secret_and_its_own_addresses_letter_by_letter():
    app = client(None, '["https://app.example/back"]')
    assert app.check_redirect_uri("https://app.example/back")
    for other in ("https://app.example/back/", "https://app.example/back?x=1", "HTTPS://app.example/back"):
        assert not app.check_redirect_uri(other)
    assert not app.check_client_secret("")
    assert (app.check_grant_type("client_credentials"), app.check_response_type("code")) == (False, True)
    assert not app.check_response_type("token")


def test_only_s256_and_only_confidential_clients_get_tokens_for_themselves():
    assert Challenge.SUPPORTED_CODE_CHALLENGE_METHOD == ("S256",)
    assert "none" not in ClientCredentials.TOKEN_ENDPOINT_AUTH_METHODS
    assert {"none"} <= set(Login.TOKEN_ENDPOINT_AUTH_METHODS) & set(Refreshing.TOKEN_ENDPOINT_AUTH_METHODS)


def test_a_program_that_sends_nobody_back_asks_for_no_codes():
    assert not client().check_response_type("code")
    assert client().get_client_id() == "app"
