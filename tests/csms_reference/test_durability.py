"""SIGKILL at any moment: what was acknowledged is in the database, exactly once, after the stations' retries."""

import asyncio
import contextlib
import json
import random
import sqlite3
import sys

import pytest
import websockets

STATIONS = 6
EVENTS = 40
LIVES = 3


class Server:
    """The CSMS as a child process that is killed and started again on the same ports."""

    def __init__(self, folder):
        self.database = folder / "csms.sqlite"
        self._settings = folder / "csms.yaml"
        self._ports = {"ocpp": 0, "api": 0}
        self._process = None

    async def start(self):
        self._settings.write_text(
            f"port: {self._ports['ocpp']}\napi_port: {self._ports['api']}\ndatabase: sqlite:///{self.database}\n"
        )
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "csms_reference", str(self._settings), stdout=asyncio.subprocess.PIPE
        )
        self._ports = json.loads(await self._process.stdout.readline())

    async def kill(self):
        self._process.kill()
        await self._process.wait()

    def url(self, identity):
        return f"ws://127.0.0.1:{self._ports['ocpp']}/{identity}"


class Acknowledged(list):
    """What was answered so far, with a way to wait for so many."""

    def __init__(self):
        super().__init__()
        self._target, self._reached = 0, asyncio.Event()

    def append(self, entry):
        super().append(entry)
        if len(self) >= self._target:
            self._reached.set()

    async def reaches(self, target):
        self._target = target
        self._reached.clear()
        if len(self) < target:
            await self._reached.wait()


def messages(number, version):
    """What a station has to deliver: (action, payload) in order."""
    if version == "ocpp2.0.1":
        for seq_no in range(EVENTS):
            kind = "Started" if seq_no == 0 else "Ended" if seq_no == EVENTS - 1 else "Updated"
            yield (
                "TransactionEvent",
                {
                    "eventType": kind,
                    "timestamp": f"2026-03-01T08:{seq_no:02}:00Z",
                    "triggerReason": "MeterValuePeriodic",
                    "seqNo": seq_no,
                    "transactionInfo": {"transactionId": f"T{number}"},
                    "meterValue": [{"timestamp": "2026-03-01T08:00:00Z", "sampledValue": [{"value": seq_no}]}],
                },
            )
    else:
        for turn in range(EVENTS // 2):
            at = f"2026-03-01T08:{turn:02}"
            yield "StartTransaction", {"connectorId": 1, "idTag": "TAG", "meterStart": turn, "timestamp": f"{at}:00Z"}
            yield "StopTransaction", {"meterStop": turn + 1, "timestamp": f"{at}:30Z"}


async def deliver(server, identity, version, todo, acknowledged):
    """Send every message until it is acknowledged, over as many connections as it takes."""
    left, started, tries = list(todo), None, 0
    while left:
        with contextlib.suppress(OSError, websockets.WebSocketException, TimeoutError):
            async with websockets.connect(server.url(identity), subprotocols=[version], proxy=None) as socket:
                while left:
                    action, payload = left[0]
                    if action == "StopTransaction":
                        payload = {**payload, "transactionId": started}
                    tries += 1
                    await socket.send(json.dumps([2, f"{identity}-{tries}", action, payload]))
                    answer = json.loads(await asyncio.wait_for(socket.recv(), 10))
                    assert answer[:2] == [3, f"{identity}-{tries}"], answer
                    started = answer[2].get("transactionId", started)
                    acknowledged.append((identity, action, payload, answer[2]))
                    left.pop(0)
        await asyncio.sleep(0.02)


@pytest.mark.timeout(120)
async def test_no_acknowledged_message_is_lost(tmp_path):
    chance = random.Random(7)
    server, acknowledged = Server(tmp_path), Acknowledged()
    await server.start()
    stations = []
    for number in range(STATIONS):
        version = "ocpp2.0.1" if number % 2 else "ocpp1.6"
        work = deliver(server, f"CP-{number}", version, messages(number, version), acknowledged)
        stations.append(asyncio.create_task(work))
    for _ in range(LIVES):
        before = len(acknowledged)
        target = min(before + chance.randrange(5, 40), STATIONS * EVENTS)
        await acknowledged.reaches(target)
        await server.kill()
        at_death = list(acknowledged)
        check_kept(server.database, at_death)
        await server.start()
    async with asyncio.timeout(60):
        await asyncio.gather(*stations)
    await server.kill()
    check_kept(server.database, acknowledged)
    check_once(server.database)


def check_kept(database, acknowledged):
    kept = query(database, "select station, transaction_id, seq_no, event_type from transaction_events")
    for identity, action, payload, answer in acknowledged:
        if action == "TransactionEvent":
            key = (identity, payload["transactionInfo"]["transactionId"], payload["seqNo"], payload["eventType"])
        elif action == "StartTransaction":
            key = (identity, str(answer["transactionId"]), 0, "Started")
        else:
            key = (identity, str(payload["transactionId"]), 1, "Ended")
        assert key in kept


def check_once(database):
    kept = query(database, "select station, transaction_id, seq_no, event_type from transaction_events")
    assert len(kept) == len(set(kept)) == STATIONS * EVENTS
    records = query(database, "select version, state, complete, energy_wh, flags from transactions")
    modern, older = STATIONS // 2, STATIONS // 2 * EVENTS // 2
    assert (
        sorted(records)
        == [("1.6", "Ended", 1, 1.0, "[]")] * older + [("2.0.1", "Ended", 1, float(EVENTS - 1), "[]")] * modern
    )
    assert query(database, "select count(*) from orphans") == [(0,)]
    assert query(database, "select count(*) from meter_values") == [(STATIONS // 2 * EVENTS * 2,)]


def query(database, sql):
    connection = sqlite3.connect(database)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()
