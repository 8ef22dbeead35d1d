"""A CSMS that a load run can look into: the reference CSMS on this machine, or one that answers ``GET /figures``."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import yaml

from csms_reference.api.hal import PREFIX
from reports.ticks import Tick

READY_S = 60.0
END_S = 60.0
POLL_S = 1.0
TIMEOUT_S = 5.0

GAUGES = {
    "connections": "connections",
    "store_backlog": "queue",
    "cpu_s": "cpu_s",
    "rss_bytes": "rss_bytes",
    "private_bytes": "private_bytes",
    "open_files": "open_files",
}
"""Figures that hold at an instant, by their name in ``load.jsonl``; every other figure that counts becomes a count."""

NO_COUNTS = frozenset({"pid", "pressure", "pressure_highest", "calls_in_hand", "sockets_paused_now"})


class CsmsLost(Exception):
    """The CSMS that was started for the run did not start."""


class LocalCsms:
    """The reference CSMS as child processes, for as long as the context lasts. Raises CsmsLost when it does not start.

    ``settings`` are those of ``csms_reference.settings``; the database and the log go to ``folder``.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.folder = folder
        self.log = folder / "csms.log"
        self._settings = {
            "port": 0, "api_port": 0, "database": f"sqlite:///{folder / 'csms.sqlite'}", **settings
        }  # fmt: skip
        self._process: subprocess.Popen[str] | None = None
        self.url = self.api = ""
        self.urls: list[str] = []
        """Where stations connect: to which node does not matter."""

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        told = self.folder / "csms.yaml"
        told.write_text(yaml.safe_dump(self._settings))
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own module
                [sys.executable, "-m", "csms_reference", "--with-parent", str(told)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        ports = self._ports()
        scheme = "wss" if self._settings.get("tls_cert") else "ws"
        self.urls = [f"{scheme}://127.0.0.1:{each['ocpp']}" for each in ports.get("nodes", [ports])]
        self.url, self.api = self.urls[0], f"http://127.0.0.1:{ports['api']}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()

    @property
    def pid(self) -> int:
        """The process that serves, or that leads those which do."""
        assert self._process is not None
        return self._process.pid

    def _ports(self) -> dict[str, Any]:
        """The first line that the CSMS says."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        late = threading.Timer(READY_S, process.kill)
        late.start()
        try:
            line = process.stdout.readline()
        finally:
            late.cancel()
        if not line:
            self.__exit__(None, None, None)
            words = self.log.read_text(errors="replace").strip().splitlines()
            raise CsmsLost(f"the CSMS did not start: {words[-1] if words else 'it said nothing'}")
        found: dict[str, Any] = json.loads(line)
        return found


class CsmsFigures:
    """Looks at ``GET /figures`` every second, in a thread of its own, so that a CSMS which is late delays nobody.

    A ``loadtest.play.Gauge``. What it could not learn is counted as ``unanswered`` of the source ``csms``.
    """

    def __init__(self, api: str, key: str | None = None, *, now_s: Callable[[], float]) -> None:
        self._client = httpx.Client(
            base_url=f"{api.rstrip('/')}{PREFIX}",
            timeout=TIMEOUT_S,
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )
        self._now_s = now_s
        self._ticks: deque[Tick] = deque()
        self._before: dict[str, tuple[int, Mapping[str, float]]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="csms-figures", daemon=True)
        self._thread.start()

    def sample(self, t: float, phase: str = "") -> list[Tick]:
        """What was learnt since the last time."""
        del t  # each tick knows when it was learnt
        found = []
        while self._ticks:
            tick = self._ticks.popleft()
            tick.phase = phase
            found.append(tick)
        return found

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()
        self._client.close()

    def _look_on(self) -> None:
        while not self._over.wait(POLL_S):
            self.look()

    def look(self) -> None:
        """Look once."""
        try:
            answer = self._client.get("/figures")
            answer.raise_for_status()
            told = answer.json()
            processes = [(f"csms-{each['number']}", each["pid"] or 0, each["figures"]) for each in told["workers"]]
            if len(processes) > 1:
                processes.append(("csms-api", int(told["parent"]["pid"]), {"connections": 0.0, **told["parent"]}))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as wrong:
            self._ticks.append(Tick(self._now_s(), "csms", counts=Counter({f"unanswered:{type(wrong).__name__}": 1})))
            return
        for source, pid, figures in processes:
            self._ticks.append(self._tick(source, pid, figures))

    def _tick(self, source: str, pid: int, figures: Mapping[str, float]) -> Tick:
        known_pid, before = self._before.get(source, (pid, figures))
        if known_pid != pid:
            before = {}  # a new process counts from nought
        self._before[source] = pid, figures
        gauges = {ours: figures[theirs] for theirs, ours in GAUGES.items() if theirs in figures}
        counts = Counter(
            {
                name: int(value - before.get(name, 0.0))
                for name, value in figures.items()
                if name not in GAUGES and name not in NO_COUNTS and value > before.get(name, 0.0)
            }
        )
        return Tick(self._now_s(), source, gauges=gauges, counts=counts)
