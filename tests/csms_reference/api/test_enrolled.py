"""Accounts as the API tells them, with the forms of those who may change them."""

import json
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from csms_reference.access import reach
from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.access.reach import Atlas
from csms_reference.access.scopes import Scope
from csms_reference.api.enrolled import ClientIn, OwnerIn, UserIn, client_out, owner_out, user_out

SAME = {"owner": None, "active": True, "created_ms": 0, "scopes": "tokens:read tokens:write"}


def client(secret_hash="x"):
    return SimpleNamespace(client="a/b", secret_hash=secret_hash, redirect_uris="[]", **SAME)


@pytest.fixture(autouse=True)
def as_operator():
    reach.note(OPERATOR, Atlas())
    yield
    reach.note(OPERATOR, Atlas())


def test_a_client_that_has_a_secret_may_get_another():
    told = client_out(client(), secret="s")
    assert (told.secret, told.public, told.templates["secret"].target) == ("s", False, "/v1/clients/a%2Fb/secret")
    public = client_out(client(None))
    assert (public.public, set(public.templates)) == (True, {"change", "delete"})


def test_who_has_less_than_an_account_is_offered_no_change_of_it():
    for scopes, offered in (({Scope.TOKENS_READ}, False), ({Scope.TOKENS_READ, Scope.TOKENS_WRITE}, True)):
        reach.note(Principal("clerk", frozenset(scopes)), Atlas())
        assert bool(client_out(client()).templates) is offered
        user = SimpleNamespace(username="ada", email=None, **SAME)
        assert bool(user_out(user).templates) is offered
    assert owner_out(SimpleNamespace(owner="n", name=None, created_ms=0)).templates.keys() == {"delete"}


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (UserIn, {"username": "Ada", "scopes": []}),
        (UserIn, {"username": "ada", "scopes": [], "admin": True}),
        (ClientIn, {"client": "a b", "scopes": []}),
        (ClientIn, {"client": "a", "scopes": [], "redirect_uris": ["http://app.example/"]}),
        (OwnerIn, {"owner": ""}),
    ],
)
def test_what_is_no_account_is_refused(model, given):
    with pytest.raises(ValidationError):
        model.model_validate(given)


def test_a_secret_is_told_by_the_answer_that_makes_it_alone():
    told = json.loads(client_out(client()).model_dump_json(by_alias=True))
    assert (told["secret"], "secret_hash" in told) == (None, False)
