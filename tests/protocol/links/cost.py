"""What a link costs: private memory and CPU, each side in a process of its own, both transports in one run.

``python -m tests.protocol.links.cost [LINKS] [TRIPS]`` prints one JSON object per transport and loop.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

from protocol.link import Admitted, Knock, Link, Lost, Target
from protocol.transports import lean, loop, websocket

ASK = '[2,"a4b2c6d8-0000-4000-8000-000000000001","Heartbeat",{}]'
ANSWER = '[3,"a4b2c6d8-0000-4000-8000-000000000001",{"currentTime":"2026-03-01T08:00:00.000Z"}]'
WARM = 200
TALKERS = 64
STACKS: dict[str, Any] = {"lean": lean, "websocket": websocket}
DIALERS = {"lean": lean.LeanDialer, "websocket": websocket.WebSocketDialer}


class Answering:
    """The CSMS's end: answers everything."""

    __slots__ = ("link",)

    def opened(self, link: Link, subprotocol: str) -> None:
        self.link = link

    def received(self, data: str | bytes) -> None:
        self.link.send(ANSWER)

    def lost(self, why: Lost) -> None:
        pass


class Open:
    """A gate for everybody."""

    async def admit(self, knock: Knock) -> Admitted:
        return Admitted(knock.offers[0], Answering())


class Station:
    """Asks as often as it is told to, one after the other."""

    __slots__ = ("crowd", "left", "link")

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.left = 0

    def opened(self, link: Link, subprotocol: str) -> None:
        self.link = link
        self.crowd.done()

    def received(self, data: str | bytes) -> None:
        self.left -= 1
        if self.left:
            self.link.send(ASK)
        else:
            self.crowd.done()

    def lost(self, why: Lost) -> None:
        raise SystemExit(f"a station was lost: {why}")

    def talk(self, trips: int) -> None:
        self.left = trips
        self.link.send(ASK)


class Crowd:
    """All stations of the client's process."""

    def __init__(self, stack: str, port: int) -> None:
        self.dialer = DIALERS[stack]()
        self.port = port
        self.stations: list[Station] = []
        self._open = 0
        self._ready = asyncio.Event()

    def done(self) -> None:
        self._open -= 1
        if not self._open:
            self._ready.set()

    async def grow(self, count: int) -> None:
        while len(self.stations) < count:
            self._await(min(100, count - len(self.stations)))
            for _ in range(self._open):
                station = Station(self)
                self.stations.append(station)
                name = f"CP-{len(self.stations):06}"
                self.dialer.dial(Target(f"ws://127.0.0.1:{self.port}/ocpp", name, ("ocpp2.0.1",)), station)
            await self._ready.wait()

    async def talk(self, trips: int) -> None:
        talkers = self.stations[:TALKERS]
        self._await(len(talkers))
        for station in talkers:
            station.talk(trips // len(talkers))
        await self._ready.wait()

    def _await(self, count: int) -> None:
        self._open = count
        self._ready.clear()


async def serve(stack: str) -> None:
    server = await STACKS[stack].serve(Open(), "127.0.0.1", 0)
    print(server.port, flush=True)
    await asyncio.Event().wait()


async def visit(stack: str, port: str) -> None:
    crowd = Crowd(stack, int(port))
    for line in sys.stdin:  # blocks between the phases, in which nothing happens
        phase, number = line.split()
        await getattr(crowd, phase)(int(number))
        gc.collect()
        print("done", flush=True)


def cpu_s(pid: int) -> float:
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def private_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def child(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.protocol.links.cost", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def measure(stack: str, name: str, links: int, trips: int) -> dict[str, Any]:
    server = child("serve", name, stack)
    client = child("visit", name, stack, line(server.stdout))
    pids = {"server": server.pid, "client": client.pid}
    try:

        def phase(*order: object) -> dict[str, tuple[float, int]]:
            assert client.stdin is not None
            client.stdin.write(" ".join(map(str, order)) + "\n")
            client.stdin.flush()
            assert line(client.stdout) == "done"
            return {side: (cpu_s(pid), private_bytes(pid)) for side, pid in pids.items()}

        phase("grow", WARM)
        before, grown = phase("talk", TALKERS * 20), phase("grow", links)
        talked = phase("talk", trips)
        rows: dict[str, Any] = {"stack": stack, "loop": name, "links": links, "trips": trips}
        for side in pids:
            rows[side] = {
                "bytes_per_link": round((grown[side][1] - before[side][1]) / (links - WARM)),
                "connect_us": round((grown[side][0] - before[side][0]) / (links - WARM) * 1e6, 1),
                "trip_us": round((talked[side][0] - grown[side][0]) / trips * 1e6, 2),
            }
        return rows
    finally:
        for process in (client, server):
            process.kill()
            process.communicate()


def line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().strip()


def main(links: int = 5000, trips: int = 64_000) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    for name in dict.fromkeys([loop.installed(), loop.ASYNCIO]):
        for stack in STACKS:
            print(json.dumps(measure(stack, name, links, trips)), flush=True)


if __name__ == "__main__":
    role, *rest = sys.argv[1:] or ["all"]
    if role in {"serve", "visit"}:
        loop_name, *arguments = rest
        loop.run({"serve": serve, "visit": visit}[role](*arguments), name=loop_name)
    else:
        main(*(int(number) for number in sys.argv[1:]))
