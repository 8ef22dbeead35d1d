"""Real nodes over a Redis of their own: one is killed, one stands still, Redis goes away and comes back."""

import asyncio
import contextlib
import json
import os
import signal
import sys

import httpx
import pytest
import websockets

from csms_reference import outcome
from csms_reference.displacement import DUPLICATE
from csms_reference.nodes.membership import EXPIRES_S, INTERVAL_S
from tests.csms_reference.nodes.server import Redis

PIPE = asyncio.subprocess.PIPE


class Cluster:
    """``python -m csms_reference`` with several nodes, and stations of theirs."""

    def __init__(self, ports, process):
        self.nodes = ports["nodes"]
        self._process = process
        self._stations = contextlib.AsyncExitStack()

    def api(self, number):
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.nodes[number]['api']}/v1",
            headers={"Prefer": "wait=60"},
            timeout=90,
            trust_env=False,
        )

    async def command(self, number, station):
        """Have a node carry out a command, and wait for its end."""
        async with self.api(number) as client:
            answer = await client.post(f"/stations/{station}/commands", json={"command": "clear_cache"})
            assert answer.status_code == 200, answer.text
            return answer.json()

    async def station(self, number, identity, answers=True):
        """A station at a node, once that is known there."""
        url = f"ws://127.0.0.1:{self.nodes[number]['ocpp']}/{identity}"
        dialled = websockets.connect(url, subprotocols=["ocpp2.0.1"], proxy=None, ping_interval=None)
        station = Station(await dialled, answers)
        self._stations.push_async_callback(station.close)
        await station.heartbeat()
        return station

    async def until(self, condition):
        """Ask until an answer is right: nodes tell nobody outside when they have heard of something."""
        async with asyncio.timeout(20):
            while not await condition():  # noqa: ASYNC110 -- as above
                await asyncio.sleep(0.1)

    async def seen(self, number, *stations):
        async with self.api(number) as client:
            answers = await asyncio.gather(*(client.get(f"/stations/{station}") for station in stations))
        return all(answer.status_code == 200 and answer.json()["connected"] for answer in answers)

    async def close(self):
        await self._stations.aclose()
        self._process.terminate()
        await self._process.wait()


class Station:
    """Answers every CALL with Accepted, or keeps silent."""

    def __init__(self, link, answers):
        self.link = link
        self.asked = asyncio.Event()
        self._answers = answers
        self._beats = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())

    async def heartbeat(self):
        """Be there, for the CSMS too."""
        self._beats.clear()
        await self.link.send('[2,"h","Heartbeat",{}]')
        async with asyncio.timeout(20):
            await self._beats.wait()

    async def gone(self):
        """Wait for the end; the close code."""
        async with asyncio.timeout(20):
            await self.link.wait_closed()
        return self.link.close_code

    async def close(self):
        self.link.transport.abort()
        await self._listening

    async def _listen(self):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self.link:
                message = json.loads(text)
                if message[0] == 3:
                    self._beats.set()
                    continue
                self.asked.set()
                if self._answers:
                    await self.link.send(json.dumps([3, message[1], {"status": "Accepted"}]))


@pytest.fixture
async def redis(require_service, unused_tcp_port, tmp_path):
    server = Redis(require_service("redis"), unused_tcp_port, tmp_path)
    await server.start()
    yield server
    await server.kill()


@pytest.fixture
async def started(redis, tmp_path):
    clusters = []

    async def start(count):
        file = tmp_path / "csms.yaml"
        settings = {
            "port": 0,
            "api_port": 0,
            "nodes": count,
            "redis": redis.url,
            "database": f"sqlite:///{tmp_path}/db",
        }
        file.write_text(json.dumps(settings))
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "csms_reference", str(file), stdout=PIPE)
        cluster = Cluster(json.loads(await process.stdout.readline()), process)
        clusters.append(cluster)
        return cluster

    yield start
    for cluster in clusters:
        await cluster.close()


async def test_a_killed_node_leaves_no_command_open_and_its_stations_go_elsewhere(started):
    cluster = await started(3)
    mute = await cluster.station(2, "MUTE", answers=False)
    other = await cluster.station(0, "OTHER", answers=False)
    await cluster.until(lambda: cluster.seen(0, "MUTE", "OTHER"))
    await cluster.until(lambda: cluster.seen(2, "MUTE", "OTHER"))
    held = asyncio.create_task(cluster.command(0, "MUTE"))  # its holder dies
    with contextlib.suppress(httpx.HTTPError):
        asking = asyncio.create_task(cluster.command(2, "OTHER"))  # who asked dies
        await asyncio.gather(mute.asked.wait(), other.asked.wait())
        begun_s = asyncio.get_running_loop().time()
        os.kill(cluster.nodes[2]["pid"], signal.SIGKILL)
        await asking
    end = await held
    took_s = asyncio.get_running_loop().time() - begun_s
    assert (end["state"], end["status"]) == ("failed", outcome.DISCONNECTED)
    assert took_s < EXPIRES_S + 2 * INTERVAL_S

    again = await cluster.station(1, "MUTE")
    await cluster.until(lambda: cluster.seen(0, "MUTE"))
    assert (await cluster.command(0, "MUTE"))["state"] == "accepted"
    await again.heartbeat()

    async def swept():
        async with cluster.api(1) as client:
            (left,) = (await client.get("/commands", params={"station": "OTHER"})).json()["_embedded"]["item"]
        return (left["state"], left["status"]) == ("failed", "lost")

    await cluster.until(swept)


async def test_redis_goes_a_node_stands_still_and_each_station_has_one_connection_in_the_end(started, redis):
    cluster = await started(2)
    here, there = await cluster.station(0, "HERE"), await cluster.station(1, "THERE")
    await cluster.until(lambda: cluster.seen(0, "HERE", "THERE"))

    await redis.kill()
    assert (await cluster.command(0, "HERE"))["state"] == "accepted"
    assert (await cluster.command(0, "THERE"))["status"] == outcome.UNREACHABLE
    newer = await cluster.station(0, "THERE")
    for station in (here, there, newer):
        await station.heartbeat()  # nobody is disconnected
    await redis.start()
    assert await there.gone() == 1008
    await cluster.until(lambda: cluster.seen(1, "HERE", "THERE"))
    assert (await cluster.command(1, "THERE"))["state"] == "accepted"
    async with cluster.api(0) as client:
        events = (await client.get("/stations/THERE/security-events")).json()["_embedded"]["item"]
    assert [event["type"] for event in events] == [DUPLICATE]

    os.kill(cluster.nodes[0]["pid"], signal.SIGSTOP)
    await asyncio.sleep(EXPIRES_S + INTERVAL_S)  # it is dead to the others
    moved = await cluster.station(1, "HERE")
    os.kill(cluster.nodes[0]["pid"], signal.SIGCONT)
    assert (await cluster.command(0, "HERE"))["state"] == "accepted"
    assert await here.gone() == 1008
    for station in (moved, newer):
        await station.heartbeat()
