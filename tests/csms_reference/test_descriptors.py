"""A CSMS that may open 200 files refuses in words, serves who is in, and lets others in once there is room."""

import asyncio
import json
import resource
import sys

import pytest

from protocol.link import Ending, Lost, Target
from protocol.transports.lean import LeanDialer
from tests.protocol.ends import End

FILES = 200
ROOM = 100
PIPE = asyncio.subprocess.PIPE


def few_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


@pytest.fixture(params=["lean", "websockets"])
async def csms(request, tmp_path):
    """The process of a CSMS, the port of its stations, and a dialer."""
    file = tmp_path / "csms.yaml"
    database = f"sqlite:///{tmp_path}/csms.sqlite"
    file.write_text(json.dumps({"port": 0, "api_port": 0, "database": database, "transport": request.param}))
    command = [sys.executable, "-m", "csms_reference", str(file)]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, preexec_fn=few_files)
    dialer = LeanDialer()
    port = json.loads(await process.stdout.readline())["ocpp"]
    yield process, port, dialer
    await dialer.close()
    if process.returncode is None:
        process.kill()
        await process.communicate()


def dial(dialer, port, identity):
    end = End()
    dialer.dial(Target(f"ws://127.0.0.1:{port}", identity, ("ocpp2.0.1",)), end)
    return end


async def served(end):
    """Boot, and be accepted."""
    before = len(end.seen)
    end.link.send(json.dumps([2, f"b{before}", "BootNotification", BOOT]))
    said = json.loads((await end.messages(before + 1))[before])
    assert said[2]["status"] == "Accepted"


BOOT = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}


async def test_a_process_that_runs_out_of_files_refuses_and_recovers(csms):
    process, port, dialer = csms
    inside = [dial(dialer, port, f"IN-{number}") for number in range(ROOM)]
    for end in inside:
        await end.open()
    await served(inside[0])  # what is read once from files is read
    for number in range(20):
        why = await dial(dialer, port, f"OUT-{number}").gone()
        assert why == Lost(Ending.REFUSED, 503, "no room for more stations", 30)
    mute = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2 * ROOM)]  # more than there are files
    await served(inside[0])
    for _, writer in mute:
        writer.close()
    inside[0].link.close()
    await inside[0].gone()
    newcomer = dial(dialer, port, "NEW")
    await newcomer.open()
    for end in (newcomer, inside[-1]):
        await served(end)
    process.terminate()
    _, log = await process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in log.decode()
