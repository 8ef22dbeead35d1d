"""Streams of events as clients see them: over HTTP and WebSockets, for who may hear what."""

import asyncio
import json
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
from sqlalchemy import Connection
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from csms_reference.access import accounts, revocation, vigil
from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.api import hearing, make_app, streams
from csms_reference.events import bus
from csms_reference.front import Alone
from csms_reference.store.access_tables import clients
from csms_reference.store.tables import stations
from tests.csms_reference.access.oauth import SECRET, bearer, enrol_client
from tests.csms_reference.events.conftest import serving

pytestmark = pytest.mark.usefixtures("streams_alone")


class Stream:
    """The lines of a stream of server-sent events."""

    def __init__(self, answer):
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def line(self):
        async with asyncio.timeout(10):
            return await anext(self._lines)

    async def end(self):
        """Wait for it."""
        async with asyncio.timeout(10):
            async for _ in self._lines:
                pass

    async def event(self):
        """The next event, whose id is that of its line."""
        number, line = None, await self.line()
        while not line.startswith("data: "):
            if line.startswith("id: "):
                number = line.removeprefix("id: ")
            line = await self.line()
        told = json.loads(line.removeprefix("data: "))
        assert told.get("id") == number
        return told


@asynccontextmanager
async def listening(address, headers=None, **query):
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        client.stream("GET", f"http://{address}/v1/events", params=query, headers=headers, timeout=10) as answer,
    ):
        stream = Stream(answer)
        if answer.status_code == 200:
            assert await stream.line() == f"retry: {streams.RETRY_MS}"
        yield stream


async def heard(socket):
    async with asyncio.timeout(10):
        return json.loads(await socket.recv())


def someone(monkeypatch, *scopes, owner=None):
    """Whoever comes is this client; the result changes that."""
    who = [Principal("client", frozenset(scopes), owner)]

    async def principal(*_):
        if isinstance(who[0], Exception):
            raise who[0]
        return who[0]

    monkeypatch.setattr("csms_reference.access.guard.principal_of", principal)
    monkeypatch.setattr(hearing, "principal_of", principal)
    return who


async def test_events_come_as_they_happen(served):
    it, address = served
    async with listening(address) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert stream.answer.headers["cache-control"] == "no-store"
        await it.station("CP-1", "1.6")
        connected, booted = await stream.event(), await stream.event()
    assert connected | {"id": ""} == {
        "id": "",
        "kind": "station.connected",
        "station": "CP-1",
        "at": "2026-03-01T08:00:00.000Z",
        "data": {"version": "1.6", "peer": "memory"},
    }
    assert (booted["kind"], booted["data"]["vendor"]) == ("station.booted", "Acme")


async def test_stations_and_kinds_are_chosen(served):
    it, address = served
    async with listening(address, station=["CP-2", "CP-3"], kind=["station.boot*"]) as stream:
        for name in ("CP-1", "CP-2", "CP-3"):
            await it.station(name, "1.6")
        assert [(await stream.event())["station"] for _ in range(2)] == ["CP-2", "CP-3"]


@pytest.mark.parametrize("how", ["header", "query"])
async def test_who_comes_again_goes_on(served, how):
    it, address = served
    async with listening(address, kind="station.connected") as stream:
        await it.dial("CP-1", "1.6")
        last = (await stream.event())["id"]
    await it.dial("CP-2", "1.6")
    again = {"headers": {"Last-Event-ID": last}} if how == "header" else {"after": last}
    async with listening(address, kind="station.connected", **again) as stream:
        assert (await stream.event())["station"] == "CP-2"


async def test_a_gap_has_no_id(served):
    _, address = served
    async with listening(address, after="1-1") as stream:
        assert await stream.event() == {"kind": "gap", "missed": None}


async def test_a_stream_that_has_nothing_to_say_says_so(served, monkeypatch):
    _, address = served
    monkeypatch.setattr(vigil, "REVIEW_S", 0.01)
    async with listening(address) as stream:
        assert [await stream.line() for _ in range(3)] == ["", ":", ""]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"kind": "no.such"}, 422, "no kind of event is called 'no.such'"),
        ({"after": "yesterday"}, 422, "no id of an event"),
        ({"kind": "message.*"}, 422, "name them"),
        ({"owner": "me"}, 422, "owner"),
    ],
)
async def test_a_wish_that_cannot_be_granted_is_a_problem(served, query, status, words):
    _, address = served
    async with listening(address, **query) as stream:
        told = json.loads(await stream.answer.aread())
        assert (stream.answer.status_code, told["status"]) == (status, status)
        assert words in told["detail"]


async def test_a_client_hears_what_its_scopes_allow(served, monkeypatch):
    it, address = served
    someone(monkeypatch, Scope.STATIONS_READ)
    async with listening(address) as stream:
        assert it.csms.bus.wanted >= {"station.booted", "connector.status"}
        assert not it.csms.bus.wanted & {"transaction.started", "command.sent"}
    async with listening(address, kind="transaction.started") as stream:
        assert stream.answer.status_code == 403
        assert 'scope="transactions:read"' in stream.answer.headers["www-authenticate"]


async def test_an_owner_hears_of_its_own_stations(served, monkeypatch):
    it, address = served
    someone(monkeypatch, Scope.STATIONS_READ, owner="acme")
    monkeypatch.setattr(vigil, "REVIEW_S", 0.05)
    for name, owner in (("CP-1", "other"), ("CP-2", "acme")):
        await it.csms.register(name)
        its = stations.update().where(stations.c.station == name).values(owner=owner)
        await it.store.write(partial(Connection.execute, statement=its))
    async with listening(address, station=["CP-1", "CP-2"]) as stream:
        await it.dial("CP-1", "1.6")
        await it.dial("CP-2", "1.6")
        assert (await stream.event())["station"] == "CP-2"
        await it.store.write(lambda database: database.execute(stations.update().values(owner="acme")))
        while await stream.line() != ":":
            pass
        await it.station("CP-1", "1.6")
        assert (await stream.event())["station"] == "CP-1"


async def test_a_stream_ends_when_nobody_knows_any_more_who_listens(served, monkeypatch):
    _, address = served
    who = someone(monkeypatch, Scope.STATIONS_READ)
    monkeypatch.setattr(vigil, "REVIEW_S", 0.01)
    async with listening(address) as stream:
        who[0] = streams.HTTPException(401, "expired")
        await stream.end()


@pytest.fixture
async def listener(bench, streams_alone, monkeypatch):
    """A bench whose API takes tokens, where that is, and a token of the program ``billing``."""
    monkeypatch.setattr(revocation, "AGAIN_S", 0.0)
    monkeypatch.setattr(vigil, "LOOKS_S", 0.01)
    it = bench(auth="oauth")
    await enrol_client(it.store)
    async with serving(it.front) as address:
        async with httpx.AsyncClient(trust_env=False) as http:
            form = {"grant_type": "client_credentials"}
            told = await http.post(f"http://{address}/oauth/token", data=form, auth=("billing", SECRET))
        yield it, address, bearer(told.json()["access_token"])


def deactivated(database):
    accounts.change(database, clients, "billing", 0, active=False)


async def test_a_stream_ends_with_the_account(listener):
    it, address, headers = listener
    async with listening(address, headers, kind="station.*") as stream:
        await it.station("CP-1", "1.6")
        assert (await stream.event())["station"] == "CP-1"
        await it.store.write(deactivated)
        await stream.end()
    async with listening(address, headers) as stream:
        assert stream.answer.status_code == 401


async def test_a_stream_that_is_never_silent_ends_with_the_account(listener):
    it, address, headers = listener
    station = await it.station("CP-1", "1.6")
    async with listening(address, headers, kind="log.status") as stream:
        await it.store.write(deactivated)
        ended = asyncio.ensure_future(stream.end())
        while not ended.done():
            await station.ask("DiagnosticsStatusNotification", {"status": "Uploading"})
        await ended


async def test_a_websocket_ends_with_the_account(listener):
    it, address, headers = listener
    async with connect(f"ws://{address}/v1/events/ws", additional_headers=headers) as socket:
        await it.store.write(deactivated)
        with pytest.raises(ConnectionClosed) as ended:
            await heard(socket)
    assert ended.value.rcvd.code == 1008


async def test_a_stream_of_somebody_else_goes_on(listener):
    it, address, headers = listener
    async with listening(address, headers, kind="station.*") as stream:
        await it.store.write(lambda database: revocation.revoke(database, 2**40, "another's"))
        while await stream.line() != ":":  # it has been seen to
            pass
        await it.station("CP-1", "1.6")
        assert (await stream.event())["station"] == "CP-1"


async def test_one_more_stream_than_there_may_be_is_refused(served, monkeypatch):
    _, address = served
    monkeypatch.setattr(streams, "STREAMS_MOST", 1)
    async with listening(address):
        async with listening(address) as second:
            assert (second.answer.status_code, second.answer.headers["retry-after"]) == (503, "10")
        with pytest.raises(InvalidStatus):
            await connect(f"ws://{address}/v1/events/ws")


class Lazy:
    """A client that takes what it is sent when the test says so."""

    def __init__(self, csms, **query):
        self.takes = asyncio.Event()
        self.got = ""
        self.begun = asyncio.Event()
        scope = {"type": "http", "method": "GET", "path": "/v1/events", "headers": [], "client": ("lazy", 1)}
        scope |= {"query_string": httpx.QueryParams(query).__str__().encode(), "http_version": "1.1", "scheme": "http"}
        scope |= {"server": ("csms", 80), "root_path": "", "asgi": {"version": "3.0", "spec_version": "2.3"}}
        self.answered = asyncio.ensure_future(make_app(Alone(csms))(scope, self._receive, self._send))

    async def _receive(self):
        return await asyncio.Event().wait()

    async def _send(self, message):
        self.begun.set()
        await self.takes.wait()
        self.got += message.get("body", b"").decode()


async def test_who_takes_nothing_misses_much_and_slows_nobody(served, monkeypatch):
    it, address = served
    monkeypatch.setattr(bus, "QUEUED_MOST", 10)
    station = await it.station("CP-1", "1.6")
    lazy = Lazy(it.csms, kind="log.status")
    async with listening(address, kind="log.status") as quick:
        await lazy.begun.wait()
        for _ in range(25):
            await station.ask("DiagnosticsStatusNotification", {"status": "Uploading"})
            assert (await quick.event())["kind"] == "log.status"
        lazy.takes.set()
        it.csms.bus.close()
        await lazy.answered
    told = [json.loads(line[6:]) for line in lazy.got.splitlines() if line.startswith("data: ")]
    assert [each["kind"] for each in told] == ["log.status"] * 10 + ["gap"]
    assert told[-1]["missed"] == 15


async def test_who_takes_nothing_for_long_is_cut_off(bench, monkeypatch):
    it = bench()
    monkeypatch.setattr(streams, "STALLED_S", 0.01)
    await asyncio.wait_for(Lazy(it.csms).answered, 10)
    assert it.csms.bus.wanted  # it may come again
    it.forward(bus.LINGER_MS / 1000 + 1)
    it.csms.bus.attend()
    assert not it.csms.bus.wanted


async def test_a_websocket_tells_the_same(served):
    it, address = served
    async with connect(f"ws://{address}/v1/events/ws?kind=station.*&station=CP-1") as socket:
        await it.dial("CP-2", "1.6")
        await it.dial("CP-1", "1.6")
        first = await heard(socket)
        assert (first["station"], first["kind"]) == ("CP-1", "station.connected")
    async with connect(f"ws://{address}/v1/events/ws?kind=station.*&after={first['id']}") as socket:
        await it.dial("CP-3", "1.6")
        assert (await heard(socket))["station"] == "CP-3"


async def test_a_websocket_hears_other_things_when_it_says_so(served):
    it, address = served
    async with connect(f"ws://{address}/v1/events/ws?station=CP-1") as socket:
        await socket.send('{"station": ["CP-2"], "kind": ["station.connected"]}')
        assert await heard(socket) == {"kind": "listening", "stations": ["CP-2"], "kinds": ["station.connected"]}
        for wrong in ("{", '{"kind": ["no.such"]}', '{"kind": ["message.sent"]}', '"' + "x" * 100):
            await socket.send(wrong)
            assert (await heard(socket))["kind"] == "refused"
        await socket.send(b"\x00")
        assert (await heard(socket))["kind"] == "refused"
        await it.station("CP-1", "1.6")
        await it.station("CP-2", "1.6")
        assert (await heard(socket))["station"] == "CP-2"


async def test_a_page_of_another_host_opens_no_websocket(served):
    _, address = served
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{address}/v1/events/ws", origin="http://elsewhere.example")
    assert refused.value.response.status_code == 403
    async with connect(f"ws://{address}/v1/events/ws", origin=f"http://{address}"):
        pass


async def test_nor_does_one_that_has_a_key(bench):
    key = {"Authorization": "Bearer hush"}
    async with serving(bench(api_key="hush").front) as address:
        with pytest.raises(InvalidStatus):
            await connect(f"ws://{address}/v1/events/ws", origin="http://elsewhere.example", additional_headers=key)
        async with connect(f"ws://{address}/v1/events/ws", additional_headers=key):
            pass


async def test_streams_end_with_the_csms(bench):
    it = bench()
    async with serving(it.front) as address:
        socket = await connect(f"ws://{address}/v1/events/ws")
        async with listening(address) as stream:
            await it.csms.close()
            with pytest.raises(ConnectionClosed):
                await heard(socket)
            assert socket.close_code == 1001
            await stream.end()
