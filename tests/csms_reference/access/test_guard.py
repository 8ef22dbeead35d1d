"""Who comes in, and with what: what a principal was not allowed is refused, and the refusal says what it takes."""

from dataclasses import replace

import pytest
from fastapi import FastAPI, WebSocket

from csms_reference.access.guard import Access, KeyGuard, guarded
from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.settings import Settings
from tests.csms_reference.clients import client_of, problem

READER = Principal("reader", frozenset({Scope.STATIONS_READ}))


class Known:
    """A guard that knows one principal."""

    def __init__(self, who):
        self._who = who

    async def principal(self, connection):
        return self._who


def let_in(client, who):
    """Take everybody who calls for this principal."""
    state = client._transport.app.state
    state.access = replace(state.access, guard=Known(who))


async def test_nothing_but_the_key_opens(bench):
    async with client_of(bench(api_key="hush").front) as client:
        for sent in ([], ["hush"], ["Basic hush"], ["Bearer hush2"], ["Bearer hush", "Bearer hush"]):
            refused = await client.get("/stations", headers=[("Authorization", word) for word in sent])
            problem(refused, 401, "API key")
            challenge = refused.headers["www-authenticate"]
            assert challenge.startswith('Bearer error="invalid_token"') if sent else challenge == "Bearer", sent
            let_in = await client.get("/stations", headers={"Authorization": "bearer hush"})
            assert let_in.status_code == 200


async def test_pages_of_other_hosts_cannot_use_an_open_api(bench):
    async with client_of(bench().front) as client:
        for host, origin, code in (
            ("localhost:9080", "https://evil.example", 403),
            ("evil.example:9080", "http://evil.example:9080", 403),  # whose name leads here (DNS rebinding)
            ("localhost:9080", "null", 403),
            ("localhost:9080", "http://localhost:9080", 201),
            ("127.0.0.1:9080", "http://127.0.0.1:9080", 201),
            ("localhost:9080", None, 201),  # no browser
        ):
            headers = {"Host": host} | ({} if origin is None else {"Origin": origin})
            told = await client.post("/stations", json={"id": "CP-1"}, headers=headers)
            assert told.status_code == code, (host, origin)


async def test_reading_and_changing_take_scopes_of_their_own(bench):
    async with client_of(bench().front) as client:
        let_in(client, READER)
        assert (await client.get("/stations")).status_code == 200
        refused = await client.post("/stations", json={"id": "CP-1"})
        problem(refused, 403, "stations:write")
        assert 'error="insufficient_scope", scope="stations:write"' in refused.headers["www-authenticate"]
        problem(await client.get("/transactions"), 403, "transactions:read")


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (None, "wrong or missing"),
        (READER, "operations:write"),
        (Principal("owner", owner="north"), "operators"),
        (Principal("operator"), None),
    ],
)
async def test_a_websocket_is_refused_before_it_is_open(who, why):
    app = FastAPI()

    @app.websocket("/conductor", dependencies=[guarded(Scope.OPERATIONS_WRITE, Scope.OPERATIONS_WRITE)])
    async def conduct(socket: WebSocket):
        await socket.accept()
        await socket.close(1000)

    settings = Settings(api_key="hush")
    app.state.access = Access(settings, None, KeyGuard(settings) if who is None else Known(who), *[None] * 3)
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/conductor", "headers": [], "query_string": b"", "subprotocols": []}
    await app(scope, receive, send)
    if why is None:
        assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    else:
        (closed,) = sent
        assert (closed["type"], closed["code"]) == ("websocket.close", 1008)
        assert why in closed["reason"]
