"""Two connections of one station at once: the newer one is served, and the older one says whether it was alive."""

import asyncio
import contextlib

import pytest
import websockets
from sqlalchemy import select

from csms_reference import displacement
from csms_reference.displacement import DUPLICATE
from csms_reference.server import start
from csms_reference.settings import Settings
from csms_reference.store.certificate_tables import security_events


@pytest.fixture(params=["websockets", "lean"])
async def running(request, tmp_path):
    settings = Settings(port=0, api_port=0, database=f"sqlite:///{tmp_path}/csms.sqlite", transport=request.param)
    csms = await start(settings)
    yield csms
    await csms.close()


@contextlib.asynccontextmanager
async def dialled(running):
    async with websockets.connect(
        f"ws://127.0.0.1:{running.ocpp_port}/CP-1", subprotocols=["ocpp2.0.1"], proxy=None, ping_interval=None
    ) as station:
        async with asyncio.timeout(5):
            while running.csms.connections.get("CP-1") is None:  # noqa: ASYNC110 -- nobody tells
                await asyncio.sleep(0)  # the station is told before the CSMS
        yield station


async def events(running):
    assert await running.csms.busy.idle(5)
    return await running.csms.store.read(lambda database: list(database.execute(select(security_events)).mappings()))


async def test_an_older_connection_that_answers_is_a_security_event(running):
    async with dialled(running) as older:
        asked = asyncio.ensure_future(running.csms.command("CP-1", "clear_cache"))
        await older.recv()
        async with dialled(running) as newer:
            assert (await asked).status == "disconnected"
            await older.wait_closed()
            assert (older.close_code, older.close_reason) == (1008, "replaced by a newer connection")
            (event,) = await events(running)
            assert (event["station"], event["type"], event["from_station"]) == ("CP-1", DUPLICATE, False)
            host, port = older.local_address
            assert f"the connection from {host}:{port} was alive" in event["tech_info"]
            assert await newer.ping()


async def test_one_that_is_dead_is_none(running, monkeypatch):
    monkeypatch.setattr(displacement, "ANSWERS_WITHIN_S", 0.2)
    async with dialled(running) as older:
        older.transport.pause_reading()
        async with dialled(running):
            assert await events(running) == []
            older.transport.resume_reading()


async def test_what_the_older_one_says_meanwhile_is_not_heard(running, monkeypatch):
    monkeypatch.setattr(displacement, "ANSWERS_WITHIN_S", 0.5)
    async with dialled(running) as older:
        older.transport.pause_reading()
        connection = running.csms.connections["CP-1"]
        async with dialled(running):
            handled = running.csms.traffic.handled
            await older.send('[2,"1","Heartbeat",{}]')
            assert running.csms.connections["CP-1"] is not connection
            assert await running.csms.busy.idle(5)
            assert running.csms.traffic.handled == handled
            older.transport.resume_reading()
