"""The CSMS as a process of its own: ports, conductor, signals, a port that is taken."""

import asyncio
import contextlib
import json
import signal
import socket
import sys

import httpx
import pytest
import websockets

from csms_reference.server import _listen, start
from csms_reference.settings import Settings
from protocol.transports.websocket import PortTaken


def settings(tmp_path, **more):
    return Settings.of({"port": 0, "api_port": 0, "database": f"sqlite:///{tmp_path}/csms.sqlite", **more})


@contextlib.asynccontextmanager
async def running(tmp_path, **more):
    server = await start(settings(tmp_path, **more))
    try:
        yield server
    finally:
        await server.close()


def dial(port, identity="CP-1", version="ocpp2.0.1"):
    return websockets.connect(f"ws://127.0.0.1:{port}/{identity}", subprotocols=[version], proxy=None)


BOOT = [2, "b", "BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "A", "model": "B"}}]


async def boot(station):
    await station.send(json.dumps(BOOT))
    return json.loads(await station.recv())


async def test_stations_and_api_on_free_ports(tmp_path):
    async with running(tmp_path) as server, dial(server.ocpp_port) as station:
        assert (await boot(station))[2]["status"] == "Accepted"
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.api_port}/v1", headers={"Prefer": "wait=60"}
        ) as client:
            assert (await client.get("/stations/CP-1")).json()["connected"]
            order = {"command": "trigger", "message": "Heartbeat"}
            asked = asyncio.ensure_future(client.post("/stations/CP-1/commands", json=order))
            call = json.loads(await station.recv())
            await station.send(json.dumps([3, call[1], {"status": "Accepted"}]))
            assert (await asked).json()["status"] == "Accepted"


async def test_a_taken_port_is_one_clear_error(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for which in ("port", "api_port"):
            with pytest.raises(PortTaken, match=str(port)):
                await start(settings(tmp_path, **{which: port}))


async def test_closing_tells_stations(tmp_path):
    async with running(tmp_path) as server:
        station = await dial(server.ocpp_port)
        await boot(station)
    with pytest.raises(websockets.ConnectionClosed):
        await station.recv()
    assert station.close_code == 1001


async def test_a_simulation_conducts(tmp_path):
    async with running(tmp_path, clock="simulated", call_timeout_s=30) as server, dial(server.ocpp_port) as station:
        conductor = await websockets.connect(f"ws://127.0.0.1:{server.api_port}/conductor", proxy=None)

        async def tell(now):
            await conductor.send(json.dumps({"now": now}))
            return json.loads(await conductor.recv())

        assert await tell("2026-03-01T08:00:00Z") == {"quiet": True, "activity": 0, "received": 0, "sent": 0}
        assert (await boot(station))[2]["currentTime"] == "2026-03-01T08:00:00.000Z"
        assert (await tell("2026-03-01T08:00:10Z"))["activity"] == 2
        asked = asyncio.ensure_future(server.csms.command("CP-1", "clear_cache"))
        assert json.loads(await station.recv())[2] == "ClearCache"
        assert (await tell("2026-03-01T08:00:39Z"))["quiet"]
        assert not asked.done()
        assert (await tell("2026-03-01T08:00:40Z"))["sent"] == 2
        assert (await asked).status == "timed out"
        naive = "2026-03-01T08:00:00"
        for nonsense in [
            "",
            "now",
            "{}",
            '{"now": 5}',
            '{"now": "soon"}',
            "[]",
            "[" * 100_000,
            b"\xff",
            f'["{naive}"]',
        ]:
            await conductor.send(nonsense)
            assert "expected" in json.loads(await conductor.recv())["error"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.api_port}") as client:
            assert (await client.post("/conductor", json={"now": "2026-03-02T00:00:00Z"})).json()["quiet"]
            assert (await client.post("/conductor", json={"now": "soon"})).status_code == 422
            assert (await client.post("/conductor", json={"now": naive})).status_code == 422
            assert (await client.get("/health")).json()["now"] == "2026-03-02T00:00:00.000Z"
        await conductor.close()


async def test_the_conductor_needs_the_key(tmp_path):
    async with running(tmp_path, clock="simulated", api_key="hush") as server:
        url = f"ws://127.0.0.1:{server.api_port}/conductor"
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(url, proxy=None)
        right = {"Authorization": "Bearer hush"}
        async with websockets.connect(url, additional_headers=right, proxy=None) as conductor:
            await conductor.send('{"now": "2026-03-01T08:00:00Z"}')
            assert json.loads(await conductor.recv())["quiet"]


async def spawn(*arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "csms_reference",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_sigterm_ends_it_in_order(tmp_path):
    file = tmp_path / "csms.yaml"
    file.write_text(f"port: 0\napi_port: 0\ndatabase: sqlite:///{tmp_path}/csms.sqlite\n")
    process = await spawn(str(file))
    ports = json.loads(await process.stdout.readline())
    station = await dial(ports["ocpp"])
    await boot(station)
    process.send_signal(signal.SIGTERM)
    with pytest.raises(websockets.ConnectionClosed):
        await station.recv()
    assert (station.close_code, await process.wait()) == (1001, 0)


async def test_unusable_settings_are_one_line(tmp_path):
    file = tmp_path / "csms.yaml"
    file.write_text("prot: 0\n")
    process = await spawn(str(file))
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode().count("\n") == 1
    assert "unknown setting 'prot'" in errors.decode()


def test_answers_wait_for_no_acknowledgement():
    with _listen("127.0.0.1", 0) as at, socket.create_connection(at.getsockname()), at.accept()[0] as accepted:
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
