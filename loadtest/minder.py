"""The parent's end of one process of a fleet: its life, its orders, and the thread that listens to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson

from loadtest.mishaps import FleetError, Gap
from loadtest.silence import Silence, waited_s
from loadtest.tally import STATES
from reports.ticks import Tick

if TYPE_CHECKING:
    from loadtest.fleet import Fleet

READY_S = 60.0
"""How long a process of the fleet may take to start."""

CHUNK_BYTES = 1 << 16

STATIONS_PER_ORDER = 256
"""Stations in one line: a fleet of a hundred thousand is ordered in many, none of which holds anybody up for long."""


class Minder:
    """Minds process number ``index`` of the fleet, counted from 0; one that dies is begun anew as the plan allows."""

    def __init__(self, fleet: Fleet, index: int) -> None:
        self.index = index
        self.source = f"fleet-{index + 1}"
        self.numbers: list[int] = []
        self.gauges: dict[str, float] = {}
        self.lost = False
        self._fleet = fleet
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._silence: Silence
        self._told_s = 0.0
        self._restarts = 0
        self._trouble = ""
        self._bye = False

    @property
    def pid(self) -> int | None:
        """The process's id, while there is one."""
        return None if self._process is None else self._process.pid

    def begin(self) -> None:
        """Start the process."""
        plan = self._fleet.plan
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 -- our own module, in our own interpreter
                [sys.executable, "-m", "loadtest.shard", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_environment(),
            )
        pid = self._process.pid
        self._silence = Silence(plan.silence_s, time.monotonic, lambda: waited_s(pid))
        ours.settimeout(READY_S)
        self._connection, self._bye, self._trouble = ours, False, ""
        self._told_s = self._fleet.now_s
        sources = self._fleet.room.sources[self.index]
        self.order(plan=plan.told(), source=self.source, began_s=self._fleet.began_s, sources=sources)
        self._thread = threading.Thread(target=self._listen, name=self.source, daemon=True)
        self._thread.start()

    def await_ready(self) -> None:
        """Wait until the process can take stations. Raises FleetError."""
        if not self._ready.wait(READY_S) or self.lost:
            raise FleetError(f"{self.source} did not start: {_last_line(self._trouble) or 'it said nothing'}")

    def start(self, numbers: list[int], per_s: float | None) -> None:
        """Have the process start these stations."""
        self.numbers += numbers
        for first in range(0, len(numbers), STATIONS_PER_ORDER):
            entries = [self._fleet.entry(number) for number in numbers[first : first + STATIONS_PER_ORDER]]
            self.order(do="start", stations=entries, per_s=per_s)

    def stop(self, count: int) -> list[int]:
        """Have the process stop those that it started last; returns which."""
        stopped = self.numbers[len(self.numbers) - count :]
        del self.numbers[len(self.numbers) - count :]
        self.order(do="stop", count=count)
        return stopped

    def order(self, **order: Any) -> None:
        """Tell the process; one that is gone will not miss it."""
        if self._connection is None:
            return
        try:
            self._send(self._connection, orjson.dumps(order) + b"\n")
        except OSError as wrong:
            self.kill(f"it took no more orders ({wrong.strerror or wrong})")

    def _send(self, connection: socket.socket, line: bytes) -> None:
        """As ``sendall`` does, but with the patience that one needs with a process that waits for a processor."""
        left = memoryview(line)
        while left:
            try:
                left = left[connection.send(left) :]
            except TimeoutError:
                if self._silence.too_long:
                    raise

    def kill(self, why: str) -> None:
        """End the process as it is."""
        if self._process is not None:
            self._trouble = self._trouble or why
            self._process.kill()

    def join(self, within_s: float) -> None:
        """Wait until the process and everything that it had to say is over; one that takes too long is ended."""
        thread = self._thread
        if thread is None:
            return
        thread.join(within_s)
        if thread.is_alive():
            self.kill(f"it did not end within {within_s:g} s")
            thread.join()

    # -- the thread -------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        connection, process = self._connection, self._process
        assert connection is not None
        assert process is not None
        rest = b""
        while chunk := self._chunk(connection):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line:
                    self._heard(line)
        code = process.wait()
        self._over(code)

    def _chunk(self, connection: socket.socket) -> bytes:
        while True:
            try:
                chunk = connection.recv(CHUNK_BYTES)
            except TimeoutError:
                if not self._silence.too_long:
                    continue
                self.kill("it said nothing any more")
                return b""
            except OSError as wrong:
                self._trouble = self._trouble or str(wrong)
                return b""
            self._silence.broken()
            return chunk

    def _heard(self, line: bytes) -> None:
        if line.startswith(b'{"tick":'):
            tick = Tick.read(line[8:-1])
            self.gauges, self._told_s = tick.gauges, tick.t
            self._fleet.heard_tick(tick)
            return
        for kind, what in orjson.loads(line).items():
            match kind:
                case "ready":
                    if self._connection is not None:
                        self._connection.settimeout(self._fleet.plan.silence_s)
                    self._ready.set()
                case "bye":
                    self._bye = True
                case "trouble":
                    self._trouble = str(what)
                case _:
                    self._fleet.heard_record(kind, what)

    def _over(self, code: int) -> None:
        """The process is gone: as it was told to, or by mischance."""
        fleet = self._fleet
        with fleet.lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self._process = None
            if self._bye and fleet.ending:
                return
            why = self._trouble or (f"signal {-code}" if code < 0 else f"exit code {code}")
            self._mourn(why)
            self._ready.set()
        if not self.lost:
            self._again()

    def _mourn(self, why: str) -> None:
        fleet, now_s, stations = self._fleet, self._fleet.now_s, len(self.numbers)
        fleet.gaps.append(Gap(self.source, self._told_s, round(now_s, 3), stations, why))
        self.gauges = {}
        self.lost = fleet.ending or not self._ready.is_set() or self._restarts >= fleet.plan.restarts
        if self.lost:
            fleet.release(self.numbers)
            self.numbers = []
        counts = Counter({"lost": stations, "lost:process": stations} if stations else {})
        counts["lost_shards" if self.lost else "restarted_shards"] += 1
        fleet.heard_tick(Tick(now_s, self.source, gauges=dict.fromkeys(STATES, 0.0), counts=counts))
        again = "it is given up" if self.lost else "it is begun anew"
        fleet.notice(self.source, f"the process died with {stations} stations ({_last_line(why)}); {again}", stations)

    def _again(self) -> None:
        """Begin anew with the same stations."""
        self._restarts += 1
        with self._fleet.lock:
            if self._fleet.ending:
                return
            numbers, self.numbers = self.numbers, []
            self._ready.clear()
            self.begin()
            for order in self._fleet.standing():
                self.order(**order)
            if numbers:
                self.start(numbers, None)


def _last_line(text: str) -> str:
    """What a traceback comes to."""
    return text.strip().rpartition("\n")[2]


def _environment() -> dict[str, str]:
    """As here, but so that the process finds the same modules."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
