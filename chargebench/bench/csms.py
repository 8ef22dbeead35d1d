"""The reference CSMS as it is started by hand: ``chargebench csms`` with its processes, a database and a log."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from chargebench.bench import gauges
from chargebench.bench.processes import ChildFailed

FAREWELL_S = 30.0
_ANNOUNCED = re.compile(r"stations: +(wss?://\S+/)IDENTITY")


@dataclass(frozen=True, slots=True)
class RunningCsms:
    """Where stations connect to, and the processes behind it."""

    url: str
    process: psutil.Process

    @property
    def processes(self) -> list[psutil.Process]:
        """The one that was started and those that it started."""
        return [self.process, *self.process.children(recursive=True)]

    def cpu_s(self) -> float:
        """Processor time of all of them so far."""
        times = [each.cpu_times() for each in self.processes]
        return sum(each.user + each.system for each in times)

    def private_bytes(self) -> int:
        """Private memory of all of them."""
        return sum(gauges.private_bytes(each.pid) for each in self.processes)


@contextmanager
def running_csms(folder: Path, **settings: Any) -> Iterator[RunningCsms]:
    """Start it on free ports with everything in ``folder``, and end it. Raises ChildFailed if it does not start."""
    chosen = {"port": 0, "api_port": 0, "database": f"sqlite:///{folder / 'csms.sqlite'}", **settings}
    path = folder / "csms.yaml"
    path.write_text(yaml.safe_dump(chosen), encoding="utf-8")
    log = folder / "csms.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 -- ourselves
            [sys.executable, "-m", "chargebench", "csms", "--settings", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            text=True,
        )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := _ANNOUNCED.search(line):
                yield RunningCsms(found[1], psutil.Process(process.pid))
                return
        raise ChildFailed(f"the CSMS did not start: {log.read_text(errors='replace').strip()[-500:]}")
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(FAREWELL_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdout is not None
    process.stdout.close()
