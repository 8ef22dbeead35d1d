"""Real processes: a worker dies, the parent dies, all end; and ports that cannot be shared."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import sys

import httpx
import pytest
import websockets

from csms_reference.api.hal import items_of
from csms_reference.server import lead
from csms_reference.settings import Settings, SettingsError
from csms_reference.workers.parent import reserve
from protocol.link import Ending, Target
from protocol.security import SecurityError, client_tls
from protocol.transports import lean
from protocol.transports.websocket import PortTaken
from tests.certificates import Authority
from tests.protocol.ends import End

STATIONS = 200
PIPE = asyncio.subprocess.PIPE


class Csms:
    """``python -m csms_reference`` with two workers."""

    def __init__(self, folder, **settings):
        self.database = folder / "csms.sqlite"
        given = {"port": 0, "api_port": 0, "workers": 2, "database": f"sqlite:///{self.database}", **settings}
        self._file = folder / "csms.yaml"
        self._file.write_text(json.dumps(given))
        self.process = None
        self.ports = {}

    async def start(self):
        command = [sys.executable, "-m", "csms_reference", str(self._file)]
        self.process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
        line = await self.process.stdout.readline()
        self.ports = json.loads(line) if line else {}

    def dial(self, identity):
        url = f"ws://127.0.0.1:{self.ports['ocpp']}/{identity}"
        return websockets.connect(url, subprotocols=["ocpp2.0.1"], proxy=None, compression=None, ping_interval=None)

    def client(self):
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.ports['api']}/v1", headers={"Prefer": "wait=60"}, timeout=90
        )

    async def said(self, words):
        """Read the log up to a line with these words."""
        lines = []
        async for line in self.process.stderr:
            lines.append(line.decode())
            if words in lines[-1]:
                return lines
        raise AssertionError(f"{words!r} was not said in {lines}")

    async def end(self, number=signal.SIGTERM):
        """Signal the parent; its exit code and the rest of its log."""
        self.process.send_signal(number)
        _, errors = await self.process.communicate()
        return self.process.returncode, errors.decode()


@contextlib.asynccontextmanager
async def started(folder, **settings):
    csms = Csms(folder, **settings)
    await csms.start()
    try:
        yield csms
    finally:
        if csms.process.returncode is None:
            csms.process.kill()
            await csms.process.communicate()


class Station:
    """Delivers the events of one transaction, over as many connections as it takes, then waits for orders."""

    def __init__(self, csms, number):
        self.csms = csms
        self.identity = f"CP-{number}"
        self.acknowledged = 0
        self.lives = 0
        self.close_code = None

    async def live(self, events, changed):
        while self.close_code != 1001:
            with contextlib.suppress(OSError, websockets.InvalidHandshake):
                async with self.csms.dial(self.identity) as socket_:
                    self.lives += 1
                    with contextlib.suppress(websockets.ConnectionClosed):
                        await self._deliver(socket_, events, changed)
                        await self._obey(socket_)
                    self.close_code = socket_.close_code

    async def _deliver(self, socket_, events, changed):
        while self.acknowledged < events:
            await socket_.send(json.dumps([2, f"e{self.acknowledged}", "TransactionEvent", event(self.acknowledged)]))
            assert json.loads(await socket_.recv()) == [3, f"e{self.acknowledged}", {}]
            self.acknowledged += 1
            changed.set()
        await socket_.send(json.dumps([2, "h", "Heartbeat", {}]))
        assert json.loads(await socket_.recv())[:2] == [3, "h"]
        self.acknowledged += 1
        changed.set()

    async def _obey(self, socket_):
        async for text in socket_:
            call = json.loads(text)
            assert call[2] == "ClearCache"
            vendor = {"vendorId": self.identity}
            await socket_.send(json.dumps([3, call[1], {"status": "Accepted", "customData": vendor}]))


def event(number):
    return {
        "eventType": "Started" if number == 0 else "Updated",
        "timestamp": f"2026-03-01T08:{number:02}:00Z",
        "triggerReason": "MeterValuePeriodic",
        "seqNo": number,
        "transactionInfo": {"transactionId": "T"},
    }


async def until(condition, changed):
    async with asyncio.timeout(60):
        while not condition():
            changed.clear()
            await changed.wait()


async def test_a_worker_is_killed_and_nothing_acknowledged_is_lost(tmp_path):
    events, changed = 4, asyncio.Event()
    async with started(tmp_path) as csms, csms.client() as client:
        stations = [Station(csms, number) for number in range(STATIONS)]
        lives = [asyncio.create_task(station.live(events, changed)) for station in stations]
        await until(lambda: sum(station.acknowledged for station in stations) > STATIONS, changed)
        victim, survivor = (await client.get("/figures")).json()["workers"]
        os.kill(victim["pid"], signal.SIGKILL)
        await until(lambda: all(station.acknowledged > events for station in stations), changed)
        log = await csms.said("worker 1 serves again")
        assert f"worker 1 (process {victim['pid']}) was killed by SIGKILL" in "".join(log)
        after = (await client.get("/figures")).json()
        assert (after["connected"], [worker["deaths"] for worker in after["workers"]]) == (STATIONS, [1, 0])
        assert after["workers"][0]["pid"] not in {None, victim["pid"]}
        assert after["workers"][1]["pid"] == survivor["pid"]
        assert sum(station.lives for station in stations) > STATIONS
        await orders_are_routed(client, stations)
        code, _ = await csms.end()
        await asyncio.gather(*lives)
    assert code == 0
    kept = sqlite3.connect(csms.database)
    with contextlib.closing(kept):
        assert kept.execute("select count(*) from transaction_events").fetchone() == (STATIONS * events,)
        assert kept.execute("select count(*) from transactions").fetchone() == (STATIONS,)


async def orders_are_routed(client, stations):
    """To whichever worker: among twenty stations both are held, and each gives its own answer."""
    for station in stations[:20]:
        answer = (await client.post(f"/stations/{station.identity}/commands", json={"command": "clear_cache"})).json()
        assert answer["answer"]["customData"]["vendorId"] == station.identity
    listed = items_of((await client.get("/stations", params={"limit": 1000})).json())
    assert sum(row["connected"] for row in listed) == len(stations)


async def test_workers_end_with_their_parent_even_if_that_is_killed(tmp_path):
    async with started(tmp_path) as csms:
        async with csms.client() as client:
            pids = [worker["pid"] for worker in (await client.get("/figures")).json()["workers"]]
        watched = [os.pidfd_open(pid) for pid in pids]
        async with csms.dial("CP-1") as station:
            await csms.end(signal.SIGKILL)
            with pytest.raises(websockets.ConnectionClosed):
                await station.recv()
            assert station.close_code == 1001
        async with asyncio.timeout(30):
            await asyncio.gather(*(readable(fd) for fd in watched))


async def test_a_worker_that_hangs_is_replaced_and_its_orders_end(tmp_path):
    changed = asyncio.Event()
    async with started(tmp_path, worker_silent_s=6) as csms, csms.client() as client:
        stations = [Station(csms, number) for number in range(16)]
        lives = [asyncio.create_task(station.live(1, changed)) for station in stations]
        await until(lambda: all(station.acknowledged > 1 for station in stations), changed)
        worker = (await client.get("/figures")).json()["workers"][0]
        hanging, held = worker["pid"], worker["figures"]["connections"]
        os.kill(hanging, signal.SIGSTOP)
        orders = [client.post(f"/stations/CP-{n}/commands", json={"command": "clear_cache"}) for n in range(16)]
        ends = [answer.json() for answer in await asyncio.gather(*orders)]
        log = await csms.said("worker 1 serves again")
        after = (await client.get("/figures")).json()["workers"]
        await csms.end()
        await asyncio.gather(*lives)
    outcomes = [end.get("outcome", end["status"]) for end in ends]
    assert (outcomes.count("disconnected"), outcomes.count("Accepted")) == (held, 16 - held)
    assert f"worker 1 (process {hanging}) has not answered for 6 s: killed" in "".join(log)
    assert [worker["deaths"] for worker in after] == [1, 0]
    assert after[0]["last_end"] == "was killed by SIGKILL"


async def test_stations_come_over_tls_to_either_worker_and_prove_themselves(tmp_path):
    authority = Authority(tmp_path)
    pair, trust = authority.issue(), client_tls(authority.cert)
    secured = {"tls_cert": str(pair.cert), "tls_key": str(pair.key), "require_passwords": True, "transport": "lean"}
    async with started(tmp_path, **secured) as csms, csms.client() as client:
        for number in range(12):
            new = {"id": f"CP-{number}", "password": f"secret of {number}", "security_profile": 2}
            assert (await client.post("/stations", json=new)).status_code == 201
        dialer, ends = lean.LeanDialer(), [End() for _ in range(12)]
        url = f"wss://localhost:{csms.ports['ocpp']}"
        for number, end in enumerate(ends):
            dialer.dial(Target(url, f"CP-{number}", ("ocpp2.0.1",), f"secret of {number}", trust), end)
        for number, end in enumerate(ends):
            (await end.open()).send(json.dumps([2, "b", "BootNotification", BOOT]))
            (said,) = await end.messages(1)
            assert (number, json.loads(said)[2]["status"]) == (number, "Accepted")
        guess, plain = End(), End()
        dialer.dial(Target(url, "CP-1", ("ocpp2.0.1",), "secret of 2", trust), guess)
        dialer.dial(Target(url.replace("wss", "ws"), "CP-1", ("ocpp2.0.1",), "secret of 1"), plain)
        assert ((await guess.gone()).ending, (await guess.gone()).code) == (Ending.REFUSED, 401)
        assert (await plain.gone()).ending is not Ending.CLOSED
        total = (await client.get("/figures")).json()["total"]
        assert (total["connections"], total["boots_accepted"], total["upgrades_refused_401"]) == (12, 12, 1)
        await csms.end()
        assert {(await end.gone()).code for end in ends} == {1001}
        await dialer.close()


BOOT = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}


async def readable(fd):
    """A pidfd is readable once its process has ended."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(fd, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"database": "sqlite://"}, "workers share it"),
        ({"connections_max": 10**7}, "ulimit -Hn"),
        ({"tls_cert": "none.pem", "tls_key": "none.pem"}, "none.pem"),
    ],
)
async def test_what_cannot_be_is_said_before_a_worker_starts(tmp_path, given, why):
    ports = {"port": 0, "api_port": 0, "workers": 2}
    with pytest.raises((SettingsError, SecurityError), match=why):
        await lead(Settings.of({**ports, "database": f"sqlite:///{tmp_path}/csms.sqlite", **given}))


async def test_a_taken_port_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with started(tmp_path, port=port) as csms:
            _, errors = await csms.process.communicate()
    assert (csms.process.returncode, errors.decode().count("\n")) == (2, 1)
    assert f"port {port} on 127.0.0.1 is already in use" in errors.decode()


def test_a_port_is_shared_with_our_workers_and_nobody_elses():
    with reserve("127.0.0.1", 0) as ours:
        port = ours.getsockname()[1]
        with socket.create_server(("127.0.0.1", port), reuse_port=True):
            with pytest.raises(PortTaken, match=str(port)):
                reserve("127.0.0.1", port)
            with pytest.raises(OSError, match="in use"):
                socket.create_server(("127.0.0.1", port))
    with reserve("::1", 0) as ours:
        assert ours.family == socket.AF_INET6
