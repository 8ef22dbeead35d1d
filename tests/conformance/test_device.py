"""A device on the table: real sockets, the world's time, the command line, and a rig file for its HTTP interface."""

import asyncio
import json
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from conformance.vocabulary import V16, V201
from reports.recording import Run
from tests.conformance import device

QUICK = {"OCPPCommCtrlr.RetryBackOffWaitMinimum": 1, "OCPPCommCtrlr.RetryBackOffRandomRange": 0}
"""So that the device comes back to the next case without losing time."""
DECLARATIONS = Path("conformance/declarations")


@asynccontextmanager
async def running(version, folder, port):
    """A device that dials that port, and the rig file for it."""
    told = {"url": f"ws://127.0.0.1:{port}", "pki": str(folder / "pki"), "version": version, "pace": 1}
    words = (sys.executable, "-m", device.__name__, json.dumps({**told, "station": {"config": QUICK}}))
    process = await asyncio.create_subprocess_exec(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        (folder / "rig.yaml").write_text(device.RIG.format(port=int(await process.stdout.readline())))
        yield
    finally:
        process.stdin.close()
        await process.wait()


@pytest.mark.parametrize(
    ("version", "declared", "cases"),
    [
        (V201, "simulated-station.yaml", ["TC_B_06_CS", "TC_E_03_CS"]),
        (V16, "simulated-station-1.6.yaml", ["TC_003_CS", "TC_019_CS"]),
    ],
)
async def test_cases_pass_on_a_device_in_real_time(version, declared, cases, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    agreed = f"\nconfiguration: {{boot_s: 20, tolerance_s: 2, pki: {tmp_path / 'pki'}}}\n"
    (tmp_path / "features.yaml").write_text((DECLARATIONS / declared).read_text() + agreed)
    options = {
        "--version": version,
        "--listen": f"ws://127.0.0.1:{port}",
        "--features": tmp_path / "features.yaml",
        "--rig": tmp_path / "rig.yaml",
        "--out": tmp_path / "run",
    }
    words = [str(each) for pair in (*options.items(), *(("--case", each) for each in cases)) for each in pair]
    async with asyncio.timeout(120), running(version, tmp_path, port):
        bench = await asyncio.create_subprocess_exec(sys.executable, "-m", "chargebench", "certify", "station", *words)
        assert await bench.wait() == 0
    run = Run.open(tmp_path / "run")
    assert {each.id: each.verdict.value for each in run.verdicts} == dict.fromkeys(cases, "pass")
    assert run.summary["clock"]["pace"] == "real"
