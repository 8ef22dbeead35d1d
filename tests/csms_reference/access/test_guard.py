"""Scopes: what a principal was not allowed is refused, and the refusal says what it takes."""

import pytest
from fastapi import HTTPException

from csms_reference.access.guard import KeyGuard
from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.access.scopes import EVERY_SCOPE, Scope
from csms_reference.front import Alone
from csms_reference.settings import Settings
from tests.csms_reference.clients import client_of, problem

READER = Principal("reader", frozenset({Scope.STATIONS_READ}))


class Known:
    """A guard that knows one principal."""

    def __init__(self, who):
        self._who = who

    async def principal(self, authorization):
        return self._who


async def test_whoever_holds_the_key_may_do_everything():
    guard = KeyGuard(Settings(api_key="hush"))
    assert await guard.principal("Bearer hush") is OPERATOR
    assert all(OPERATOR.may(scope) for scope in EVERY_SCOPE)
    for wrong in (None, "hush", "Basic hush", "Bearer hush2"):
        with pytest.raises(HTTPException):
            await guard.principal(wrong)


async def test_reading_and_changing_take_scopes_of_their_own(bench):
    async with client_of(Alone(bench().csms)) as client:
        client._transport.app.state.guard = Known(READER)
        assert (await client.get("/stations")).status_code == 200
        refused = await client.post("/stations", json={"id": "CP-1"})
        problem(refused, 403, "stations:write")
        assert 'error="insufficient_scope", scope="stations:write"' in refused.headers["www-authenticate"]
        problem(await client.get("/transactions"), 403, "transactions:read")
