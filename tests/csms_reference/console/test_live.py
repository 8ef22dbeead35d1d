"""The stream that tells open pages to look again."""

import asyncio
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request

from csms_reference.access import revocation, vigil
from csms_reference.access.entry import entry_to
from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.access.scopes import Scope
from csms_reference.console import live
from csms_reference.console.desk import Asked
from csms_reference.console.gate import Visit


class Known:
    """A guard that knows who comes."""

    def __init__(self, who):
        self.who = who

    async def principal(self, _):
        if self.who is None:
            raise HTTPException(401, "gone")
        return self.who


async def stream_of(it, query="", who=OPERATOR, guard=None):
    app = Starlette()
    app.state.access = replace(entry_to(it.front).access, guard=guard or Known(who))
    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "query_string": query.encode(), "headers": headers, "path_params": {}, "app": app}
    answer = await live.news(Asked(it.front, None, Request(scope), Visit(who, "")))
    parts = answer.body_iterator
    assert await anext(parts) == "retry: 2000\n\n"
    return parts


@pytest.fixture
def unpaced(monkeypatch):
    monkeypatch.setattr(live, "GATHERED_S", {True: 0.0, False: 0.0})
    monkeypatch.setattr(live, "SETTLED_S", {True: 0.0, False: 0.0})


async def test_a_page_is_told_that_there_are_news_and_nothing_of_what_was_said(bench, unpaced):
    it = bench()
    listeners = list(it.csms.bus._listeners)
    parts = await stream_of(it)
    await it.station("CP-<b>")
    assert await anext(parts) == "event: news\ndata: \n\n"
    await parts.aclose()
    assert it.csms.bus._listeners == listeners


async def test_a_station_s_page_hears_of_its_station_alone(bench, unpaced):
    it = bench()
    await it.station("CP-1")
    parts = await stream_of(it, "station=CP-1")
    await it.station("CP-2")
    waiting = asyncio.ensure_future(anext(parts))
    await it.quiet()
    assert not waiting.done()
    await it.csms.register("CP-1", registration="Pending")
    assert await waiting == "event: news\ndata: \n\n"
    await parts.aclose()


async def test_messages_are_heard_by_who_looks_at_them_and_may(bench):
    it = bench()
    await it.station("CP-1")
    few = Principal("r", frozenset({Scope.STATIONS_READ}))
    for who, query, watched in ((OPERATOR, "&log=yes", {"CP-1"}), (OPERATOR, "", set()), (few, "&log=yes", set())):
        parts = await stream_of(it, f"station=CP-1{query}", who)
        assert it.csms.bus.watched == watched
        await parts.aclose()


async def test_owners_hear_of_their_stations_alone(bench, unpaced):
    it = bench()
    await it.csms.register("CP-1", owner="Ann")
    parts = await stream_of(it, who=Principal("ann", owner="Ann"))
    waiting = asyncio.ensure_future(anext(parts))
    await it.station("CP-2")
    assert not waiting.done()
    await it.station("CP-1")
    assert await waiting == "event: news\ndata: \n\n"
    await parts.aclose()


async def test_silence_is_told_as_life(bench, monkeypatch):
    monkeypatch.setattr(vigil, "REVIEW_S", 0.01)
    parts = await stream_of(bench())
    assert await anext(parts) == ": alive\n\n"
    await parts.aclose()


@pytest.mark.parametrize("after", [None, Principal("operator", frozenset({Scope.STATIONS_READ})), OPERATOR])
async def test_the_stream_ends_with_the_right_to_it(bench, monkeypatch, after):
    monkeypatch.setattr(revocation, "AGAIN_S", 0.0)
    monkeypatch.setattr(vigil, "LOOKS_S", 0.0)
    it, guard = bench(), Known(OPERATOR)
    listeners = list(it.csms.bus._listeners)
    parts = await stream_of(it, guard=guard)
    guard.who = after
    await it.store.write(lambda database: revocation.revoke(database, it.csms.now_ms(), "x"))
    if after is OPERATOR:
        assert await anext(parts) == ": alive\n\n"
        await parts.aclose()
    else:
        assert [part async for part in parts] == []
    assert it.csms.bus._listeners == listeners


async def test_the_stream_ends_with_the_csms(bench):
    it = bench()
    parts = await stream_of(it)
    await it.csms.close()
    assert [part async for part in parts] == []
