"""Missing services are skipped or fail, and nothing that goes wrong in the background passes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def bare_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHARGEBENCH_REQUIRE_SERVICES", raising=False)
    return tmp_path


def test_present_service_is_found(require_service, bare_path):
    program = bare_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert require_service("redis") == program


def test_missing_service_skips_and_says_why(require_service, bare_path):
    with pytest.raises(pytest.skip.Exception, match=r"redis is not installed .*redis-server"):
        require_service("redis")


def test_missing_service_fails_where_services_are_a_must(require_service, bare_path, monkeypatch):
    monkeypatch.setenv("CHARGEBENCH_REQUIRE_SERVICES", "1")
    with pytest.raises(pytest.fail.Exception, match="forbids to skip"):
        require_service("redis")


def test_the_build_machine_installs_every_service(services):
    script = (ROOT / ".ci" / "run").read_text()
    for _, package in services.values():
        assert f"echo {package}\n" in script


BACKGROUND = """
import asyncio, socket, threading

async def fails():
    raise KeyError("lost")

async def test_task():
    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task

def test_fine_after_task(): pass

async def test_callback():
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)

def test_fine_after_callback(): pass

def test_socket():
    socket.socket()

def test_thread():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

def test_coroutine():
    fails()
"""


def test_background_errors_fail_the_test_that_made_them(tmp_path):
    """A run of its own, with this project's settings and hooks."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_background.py").write_text(BACKGROUND)
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=50, check=False)
    blamed = set(re.findall(r"^(?:FAILED|ERROR) test_background.py::test_(\w+)", result.stdout, flags=re.MULTILINE))
    assert blamed == {"task", "callback", "socket", "thread", "coroutine"}, result.stdout + result.stderr
