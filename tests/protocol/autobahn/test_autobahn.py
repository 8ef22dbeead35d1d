"""The Autobahn suite's verdict on both transports as servers and on the lean client; README.md says how to get it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocol.transports import loop
from tests.ports import free_port

WSTEST = os.environ.get("CHARGEBENCH_WSTEST", "")
CASES = os.environ.get("CHARGEBENCH_WSTEST_CASES", "1.* 2.* 3.* 4.* 5.* 6.* 7.* 10.*").split()
ECHO = Path(__file__).with_name("echo.py")

pytestmark = [
    pytest.mark.skipif(not WSTEST, reason="CHARGEBENCH_WSTEST does not name Autobahn's wstest (README.md beside this)"),
    pytest.mark.timeout(3600),
]

# What is not OK, by who is tested; README.md explains each.
LATE_TEXT = {"6.4.3", "6.4.4"}
UNANSWERED = {"3.2", "3.3", "3.4", "4.1.3", "4.1.4", "4.1.5", "4.2.3", "4.2.4", "4.2.5", "5.15", "6.4.1", "6.4.2"}
NOT_STRICT = {"lean": LATE_TEXT, "websockets": LATE_TEXT | UNANSWERED}
WRONG_CODE = {"websockets": {"7.1.5"}}
NOT_IMPLEMENTED = ("13.3.", "13.4.", "13.5.", "13.6.")  # our client does not offer to shrink its window
FINE = {"OK", "INFORMATIONAL"}


@contextlib.contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE if str(ECHO) in command else None, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return
    pytest.fail(f"{process.args} ended without saying {word!r}")


def ours(role: str, url: str, name: str) -> list[str]:
    return [sys.executable, str(ECHO), role, url, name]


def judge(index: Path, who: str) -> None:
    verdicts: dict[str, Any] = next(iter(json.loads(index.read_text()).values()))
    assert verdicts
    found = {case: (one["behavior"], one["behaviorClose"]) for case, one in verdicts.items()}
    bad = {case: pair for case, pair in found.items() if not set(pair) <= FINE and not is_pinned(who, case, pair)}
    assert bad == {}


def is_pinned(who: str, case: str, pair: tuple[str, str]) -> bool:
    if pair == ("UNIMPLEMENTED", "OK"):
        return case.startswith(NOT_IMPLEMENTED)
    if pair == ("FAILED", "WRONG CODE"):
        return case in WRONG_CODE.get(who, ())
    return pair == ("NON-STRICT", "OK") and case in NOT_STRICT[who]


@pytest.fixture(params=dict.fromkeys([loop.installed(), loop.ASYNCIO]))
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PYTHONPATH", str(ECHO.parents[3]))
    return str(request.param)


@pytest.mark.parametrize("transport", ["lean", "websockets"])
def test_our_server_under_the_fuzzing_client(transport: str, name: str, tmp_path: Path) -> None:
    url, spec = f"ws://127.0.0.1:{free_port()}", tmp_path / "spec.json"
    server = {"agent": transport, "url": f"{url}/ocpp/AB", "options": {"version": 18}, "protocols": ["ocpp2.0.1"]}
    spec.write_text(json.dumps({"outdir": str(tmp_path), "servers": [server], "cases": CASES, "exclude-cases": []}))
    with running(*ours(transport, url, name)) as echo:
        wait_for(echo, "listening")
        subprocess.run([*shlex.split(WSTEST), "-m", "fuzzingclient", "-s", str(spec)], check=True)
    judge(tmp_path / "index.json", transport)


def test_our_client_under_the_fuzzing_server(name: str, tmp_path: Path) -> None:
    url, spec = f"ws://127.0.0.1:{free_port()}", tmp_path / "spec.json"
    spec.write_text(json.dumps({"url": url, "outdir": str(tmp_path), "cases": CASES, "exclude-cases": []}))
    with running(*shlex.split(WSTEST), "-m", "fuzzingserver", "-s", str(spec), "-w", "0"):
        subprocess.run(ours("client", url, name), check=True, timeout=3000)
    judge(tmp_path / "index.json", "lean")
