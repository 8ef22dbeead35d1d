"""A device as a vendor has it on the table: our station in a process of its own, operated over HTTP.

Run with a JSON object: ``url`` or ``secure_url`` to dial, ``pki`` (a folder), ``version``, ``pace``, ``station`` (what
``SimulatedStation`` takes) and ``traits`` of it. It is switched on, prints the port of its HTTP server, and ends with
its standard input. The request is ``POST /OPERATION`` with the fields as JSON; what comes back is ``{"result": …}``, or
a 409 with the reason.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import papers
from conformance.hands.bay import Bay
from conformance.hands.depot import depot, packed_up
from conformance.rigs import Unable
from conformance.rigs.simulated import CERTIFIABLE, SimulatedStation, in_turn
from conformance.vocabulary import STATION, Subject
from protocol.transports.websocket import WebSocketDialer
from simulator.clock import Clock, Pace

RIG = """\
kind: http
url: http://127.0.0.1:{port}
operations:
  "*": {{url: "/{{operation}}", json: {{<<: "{{fields}}"}}, result: result}}
"""
"""The rig file of a device at that port."""


class Device:
    """Serves what a bay can do. A station that is switched on already is ready, and does not boot."""

    def __init__(self, bay: Bay) -> None:
        self._bay, self._hands = bay, in_turn(bay, bay.clock)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        length = next((int(line.split(":")[1]) for line in head if line.lower().startswith("content-length")), 0)
        fields = json.loads(await reader.readexactly(length) or b"{}")
        status, answer = await self._answer(head[0].split()[1].strip("/"), fields)
        content = json.dumps(answer).encode()
        writer.write(b"HTTP/1.1 %d x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(content)))
        writer.write(content)
        await writer.drain()
        writer.close()

    async def _answer(self, name: str, fields: dict[str, Any]) -> tuple[int, Any]:
        act = self._hands.find(name)
        if act is None:
            return 404, f"no {name}"
        boots = not self._bay.station.powered
        try:
            result = await act(**fields)
        except Unable as reason:
            return 409, str(reason)
        return 200, {"result": boots if name == "ready" else result}


async def run(told: dict[str, Any]) -> None:
    """Live until standard input ends."""
    traits = {name: tuple(each) if isinstance(each, list) else each for name, each in told.get("traits", {}).items()}
    rig = SimulatedStation(datetime.now(UTC), traits={**CERTIFIABLE, **traits}, **told["station"])
    urls = {"urls": (told.get("url", ""),), "secure_urls": (told.get("secure_url", ""),)}
    subject = replace(rig.describe(Subject(STATION, told["version"], pki=papers.kept(Path(told["pki"])))), **urls)
    clock, dialer = Clock(rig.start, Pace(told["pace"])), WebSocketDialer()
    station = rig.delivered(subject, clock, dialer)
    bay = Bay(station, clock, subject.version, rig.ev, files=depot(station, clock, subject))
    server = await asyncio.start_server(Device(bay).serve, "127.0.0.1", 0)
    station.power_on()
    running = asyncio.create_task(clock.run())
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    clock.stop()
    await running
    station.power_off()
    await packed_up(clock, bay.files)
    await dialer.close()
    server.close()


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
