"""The nodes of one machine: ports and names of their own."""

import asyncio
import signal
import sys

import pytest

from csms_reference.nodes.parent import Post, _end_when_silent, muster, settings_of
from csms_reference.settings import Settings, SettingsError


def test_each_node_has_the_next_ports():
    settings = Settings(nodes=3, port=9000, api_port=9080, public_port=9180, node_name="north")
    third = settings_of(settings, 3)
    assert (third.port, third.api_port, third.public_port, third.ftp_port) == (9002, 9082, 9182, None)
    assert (third.node_name, third.nodes) == ("north-3", 1)
    assert settings_of(Settings(nodes=2), 2).node_name == ""


def test_free_ports_stay_free_ones_and_names_differ():
    one, two = (settings_of(Settings(nodes=2, port=0, api_port=0), number) for number in (1, 2))
    assert (one.port, two.api_port) == (0, 0)
    assert one.node_name != two.node_name


async def test_what_cannot_be_is_said_before_anything_starts(unused_tcp_port, require_service):
    with pytest.raises(SettingsError, match="in memory will not do"):
        await muster(Settings(nodes=2, database="sqlite://"))
    url = f"redis://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(SettingsError, match="redis: nodes need one, and there is none"):
        await muster(Settings(nodes=2, redis=url))


@pytest.mark.parametrize("given", [{"clock": "simulated"}, {"site_limit_w": 1000.0}])
def test_what_one_process_alone_can_do_is_refused(given):
    with pytest.raises(SettingsError, match="single node"):
        Settings.of({"nodes": 2, **given})


@pytest.mark.parametrize(("does", "code"), [("time.sleep(60)", -signal.SIGKILL), ("print(flush=True)\n" * 9, 0)])
async def test_a_node_that_lives_and_says_nothing_is_killed(does, code):
    paced = does.replace("\n", "; time.sleep(0.1)\n")
    words = [sys.executable, "-S", "-c", f"import time\nprint(flush=True)\n{paced}"]
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    await process.stdout.readline()  # it has begun
    post = Post(1, Settings(worker_silent_s=0.6), process)
    async with asyncio.timeout(20):
        await _end_when_silent(post)
        assert await process.wait() == code
