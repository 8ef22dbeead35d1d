"""A whole lab over sockets: a station dials in, and an HTTP server with its hands on it does what a rig file maps."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conformance import registry, rigfile, runner
from conformance.hands.bay import Bay
from conformance.rigfile import Task
from conformance.rigs.foreign import ListeningRig, Operator
from conformance.rigs.http import HttpHands
from conformance.rigs.prompt import PromptHands
from conformance.vocabulary import STATION, V201
from protocol.transports.websocket import WebSocketDialer
from protocol.versions import by_name
from reports.verdict import Verdict
from simulator.clock import Clock, Scaled
from simulator.profile import load_profile
from simulator.station import Station

RIG = """\
kind: http
url: http://127.0.0.1:{port}
operations:
  plug: {{url: "/plug", json: {{evse: "{{evse}}", connector: "{{connector}}"}}}}
  unplug: {{url: "/unplug", json: "{{fields}}"}}
  power_*: {{url: "/{{operation}}"}}
  fault: nobody
others: prompt
"""


class Lab:
    """A relay board and a robot: POST /OPERATION with the fields as JSON."""

    def __init__(self, bay):
        self.bay, self.asked = bay, []

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line.split(":")[1]) for line in head.splitlines() if "content-length" in line.lower()), 0)
        fields = json.loads(await reader.readexactly(length) or b"{}")
        name = head.split()[1].strip("/")
        self.asked.append(name)
        self.bay.find(name)(**fields)
        writer.write(b"HTTP/1.1 204 Done\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


class Somebody:
    """A person who holds the cards."""

    def __init__(self, bay):
        self.bay, self.asked = bay, []

    async def ask(self, question):
        self.asked.append(question.operation.name)
        given = {name: value for name, _, value in question.details}
        self.bay.find(question.operation.name)(**{**given, "evse": int(given["evse"])})


@asynccontextmanager
async def lab():
    """A rig, the lab and the person of it, with a station that runs forty times as fast."""
    clock, dialer, hands = Clock(datetime.now(UTC), Scaled(40)), WebSocketDialer(), Operator(())
    rig = await ListeningRig.listen("127.0.0.1", 0, operator=_Late(lambda: hands))
    url = f"ws://127.0.0.1:{rig.port}"
    station = Station("BENCH-1", load_profile("ac-22kw"), by_name(V201), clock, dialer, url=url, seed=1)
    bay = Bay(station, clock, V201)
    robot, person = Lab(bay), Somebody(bay)
    server = await asyncio.start_server(robot.serve, "127.0.0.1", 0)
    file = rigfile.parse(RIG.format(port=server.sockets[0].getsockname()[1]), STATION, {})
    http = HttpHands(file, "BENCH-1", V201)
    hands = Operator((http, PromptHands(STATION, [person], lambda name: file.task(name) is Task.PROMPT)))
    station.power_on()
    running = asyncio.create_task(clock.run())
    try:
        yield rig, robot, person
    finally:
        clock.stop()
        await running
        station.power_off()
        await http.close()
        await dialer.close()
        await rig.close()
        server.close()
        await server.wait_closed()


class _Late:
    """Hands that are known only when the station has its address."""

    def __init__(self, hands):
        self._hands = hands

    def find(self, name):
        return self._hands().find(name)


@pytest.mark.parametrize("case_id", ["TC_E_03_CS", "TC_C_02_CS"])
async def test_requests_plug_and_a_person_presents(case_id):
    async with lab() as (rig, robot, person), asyncio.timeout(100):
        # A message that must not come is waited for all of message_s, in real time.
        subject = replace(runner.describe(STATION, V201, rig), message_s=5.0, tolerance_s=10.0)
        verdict = await runner.run_case(registry.cases()[case_id], subject, rig)
        assert verdict.verdict is Verdict.PASS, verdict
        assert "plug" in robot.asked
        assert person.asked == ["present"]
        assert rig.has("suspend")
        assert not rig.has("fault")
