"""Children of the command line, and how tests talk with them: lines in, lines out, signals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import httpx

from csms_reference.api.hal import items_of

WAIT_S = 40.0
QUIET = {"CHARGEBENCH_PASSWORD": "", "CHARGEBENCH_DEBUG": "", "FORCE_COLOR": "", "COLUMNS": "200"}


def environment(**more: str) -> dict[str, str]:
    """This process's, without what would change how the command line behaves."""
    kept = {name: value for name, value in os.environ.items() if name not in QUIET}
    return kept | {"COLUMNS": "200"} | more


@dataclass
class Child:
    """A running ``chargebench WORDS…``. What it says is kept in ``out`` (both streams, in order)."""

    process: subprocess.Popen[str]
    out: list[str] = field(default_factory=list)
    _lines: Queue[str | None] = field(default_factory=Queue)

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def until(self, pattern: str) -> re.Match[str]:
        """Read on to the next line that has the pattern. Fails where the child ends first."""
        while (line := self._lines.get(timeout=WAIT_S)) is not None:
            self.out.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"{pattern!r} never came:\n" + "\n".join(self.out))

    def say(self, *lines: str) -> None:
        """Type lines."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def end(self, number: int | None = None) -> int:
        """Close its input, send a signal if one is given, and wait for the exit code."""
        if number is not None:
            self.process.send_signal(number)
        elif self.process.stdin is not None:
            self.process.stdin.close()
        code = self.process.wait(WAIT_S)
        while (line := self._lines.get(timeout=WAIT_S)) is not None:
            self.out.append(line)
        return code

    @property
    def text(self) -> str:
        """All that was read so far."""
        return "\n".join(self.out)


@contextmanager
def child(*words: str, **more: str) -> Iterator[Child]:
    """Start ``chargebench WORDS…``; at the end it is gone."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chargebench", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(**more),
    )
    running = Child(process)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(WAIT_S)
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            stream.close()


def finished(*words: str, stdin: str = "", **more: str) -> tuple[int, str, str]:
    """Run ``chargebench WORDS…`` to its end; returns exit code, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "chargebench", *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        env=environment(**more),
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@dataclass
class Csms:
    """A child ``chargebench csms``: where stations and the API are."""

    running: Child
    url: str
    api: str
    database: Path

    def get(self, path: str) -> Any:
        """Ask the API."""
        response = httpx.get(f"{self.api}/v1{path}", timeout=WAIT_S, trust_env=False)
        response.raise_for_status()
        return items_of(response.json())

    def post(self, path: str, **body: object) -> Any:
        """Tell the API."""
        response = httpx.post(
            f"{self.api}/v1{path}", json=body, headers={"Prefer": "wait=30"}, timeout=WAIT_S, trust_env=False
        )
        response.raise_for_status()
        return response.json()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self.running.end(signal.SIGTERM)


@contextmanager
def csms(folder: Path, *words: str) -> Iterator[Csms]:
    """A child CSMS with a database in ``folder``, on free ports."""
    database = folder / "csms.sqlite"
    with child("csms", "--port", "0", "--api-port", "0", "--database", str(database), *words) as running:
        url = running.until(r"stations: +(wss?://\S+/)IDENTITY")[1]
        api = running.until(r"API: +(http://\S+)/docs")[1]
        yield Csms(running, url, api, database)


def frames(out: Path) -> list[dict[str, Any]]:
    """The recorded messages of a run."""
    return [json.loads(line) for line in (out / "messages.jsonl").read_text().splitlines()]


def refused(outcome: tuple[int, str, str], code: int, *words: str) -> None:
    """The command ended with this code and said why in one line."""
    found, _, err = outcome
    assert found == code, err
    assert len(err.strip().splitlines()) == 1, err
    assert "Traceback" not in err
    for word in words:
        assert word in err, err
