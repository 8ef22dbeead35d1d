"""A CSMS as a process of its own: what it logs, where its metrics are, and that it says when it goes down."""

import json
import signal
import subprocess
import sys

import httpx
import pytest
import yaml

from tests.csms_reference.outside.test_websocket import TEXT, Caller, closing, frame

PASSWORD = "hush-hush-hush-hush"


@pytest.fixture
def process(tmp_path):
    """Starts a CSMS with these settings; its ports, and the process."""
    started = []

    def start(**settings):
        file = tmp_path / "csms.yaml"
        given = {"port": 0, "api_port": 0, "database": "sqlite://", "files_folder": str(tmp_path / "files"), **settings}
        file.write_text(yaml.safe_dump(given))
        command = [sys.executable, "-m", "csms_reference", str(file)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return json.loads(started[-1].stdout.readline()), started[-1]

    yield start
    for one in started:
        one.kill()
        one.communicate()


async def test_the_log_is_json_without_secrets_and_forged_lines(process):
    ports, csms = process(log_format="json", log_level="debug", node_name="n1", api_key=PASSWORD)
    station = await Caller.enter(ports["ocpp"])
    station.writer.write(frame(TEXT, b'[3,"forged\\n{}",{}]') + frame(TEXT, b'[2,"1","Heartbeat",{"a":1}]'))
    await station.hear()
    station.writer.write(frame(0x8, closing(1000)))
    await station.until_closed()
    station.writer.close()
    await station.writer.wait_closed()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['api']}", trust_env=False) as client:
        key = {"Authorization": f"Bearer {PASSWORD}"}
        body = {"id": "CP-1", "password": PASSWORD}
        await client.post("/v1/stations", json=body, headers=key)
    csms.send_signal(signal.SIGTERM)
    _, said = csms.communicate(timeout=30)
    lines = [json.loads(line) for line in said.splitlines()]
    assert {line["node"] for line in lines} == {"n1"}
    assert any("forged" in line["message"] for line in lines)
    assert any("turned away" in line["message"] for line in lines)
    assert PASSWORD not in said


async def test_metrics_have_a_port_of_their_own(process):
    ports, _ = process(metrics_port=0, api_key=PASSWORD)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['metrics']}", trust_env=False) as client:
        assert "csms_worker_up" in (await client.get("/metrics")).text
        assert (await client.get("/ready")).status_code == 200
        assert (await client.get("/v1/stations")).status_code == 404


async def test_who_says_where_it_comes_from_is_not_believed(process):
    ports, _ = process(requests_per_s=1, requests_burst=2, api_key=PASSWORD)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['api']}", trust_env=False) as client:
        told = [
            (await client.get("/v1/stations", headers={"X-Forwarded-For": f"10.0.0.{number}"})).status_code
            for number in range(4)
        ]
    assert told == [401, 401, 429, 429]
