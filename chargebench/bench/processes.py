"""Child processes that play the two ends of measured connections, and what they spent."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chargebench.bench.handshake import Papers
from chargebench.bench.turns import Spent
from chargebench.errors import Failed

ANSWER_S = 240.0
FAREWELL_S = 5.0


class ChildFailed(Failed):
    """A measured process failed, ended or fell silent; the message says what it said."""


class Child:
    """A process with a role of ``chargebench.bench.child``."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._process = subprocess.Popen(  # noqa: S603 -- ourselves
            [sys.executable, "-m", "chargebench.bench.child", role],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._rest = b""
        self.cpu_s = 0.0

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, ask: str, /, within_s: float = ANSWER_S, **words: Any) -> Any:
        """Have it do something and return what it says. Raises ChildFailed."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"ask": ask, "with": words}).encode() + b"\n")
        except BrokenPipeError:
            raise ChildFailed(f"{self._role} is gone, so it cannot {ask}") from None
        answer = json.loads(self._line(ask, time.monotonic() + within_s))
        self.cpu_s = answer["cpu_s"]
        if "failed" in answer:
            raise ChildFailed(f"{self._role} could not {ask}:\n{answer['failed']}")
        return answer["said"]

    def _line(self, ask: str, until: float) -> bytes:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        while b"\n" not in self._rest:
            if not select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
                raise ChildFailed(f"{self._role} did not {ask} in time")
            some = os.read(pipe, 2**16)
            if not some:
                raise ChildFailed(f"{self._role} ended instead of being asked to {ask}")
            self._rest += some
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def end(self) -> None:
        """Close its input, which ends it, and see that it is gone."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        try:
            self._process.wait(FAREWELL_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Pair:
    """A CSMS and its stations, in a process each."""

    def __init__(self, csms: Child, stations: Child) -> None:
        self.csms = csms
        self.stations = stations

    def spent(self, do: Callable[[Child], object]) -> Spent:
        """What both ends spent while the stations did something."""
        before = self._cpu_s()
        do(self.stations)
        after = self._cpu_s()
        return Spent(after[0] - before[0], after[1] - before[1])

    def weigh(self) -> tuple[int, int]:
        """Private memory in bytes of the CSMS and of the stations."""
        return self.csms.ask("weigh"), self.stations.ask("weigh")

    def _cpu_s(self) -> tuple[float, float]:
        for child in (self.stations, self.csms):
            child.ask("rest")
        return self.csms.cpu_s, self.stations.cpu_s


@contextmanager
def pair(csms: str, stations: str, papers: Papers | None = None, **listen: Any) -> Iterator[Pair]:
    """Start both, have the CSMS listen and tell the stations where; at the end both are gone.

    Over TLS if there are ``papers``. ``listen`` goes to the CSMS.
    """
    trust: dict[str, Any] = {}
    if papers is not None:
        listen |= {"cert": str(papers.cert), "key": str(papers.key)}
        trust = {"ca": str(papers.ca)}
    first = Child(f"{csms} csms")
    try:
        second = Child(f"{stations} stations")
        try:
            address = first.ask("listen", **listen)
            second.ask("aim", **address, **trust)
            yield Pair(first, second)
        finally:
            second.end()
    finally:
        first.end()
