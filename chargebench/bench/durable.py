"""``durable``: TransactionEvents that are committed before they are answered, with one node and with two."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

from chargebench.bench.csms import RunningCsms, running_csms
from chargebench.bench.processes import Child, pair
from chargebench.bench.registry import Figures, Options, benchmark
from chargebench.bench.servers import NoServer, postgresql_at, redis_at
from chargebench.bench.turns import in_turn
from csms_reference.sealing.keys import write

CONNECTIONS = 64
ROUNDS = 5
EVENTS = 2_000
PLAIN_SHARE = 0.25
"""The plain stack is slower, and makes fewer."""

PLAIN = "the plain stack, which keeps nothing"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kind of database, and how many nodes share it."""

    database: str
    nodes: int

    @property
    def name(self) -> str:
        """As figures name it."""
        return f"{self.database}, {self.nodes} node{'s' if self.nodes > 1 else ''}"


CANDIDATES = [Candidate(database, nodes) for database in ("SQLite", "PostgreSQL") for nodes in (1, 2)]


@dataclass(frozen=True, slots=True)
class Round:
    """So many events in so many seconds; percentiles of the time to the answer; processor time of both ends."""

    per_s: float
    p50_s: float
    p99_s: float
    load_cores: float
    csms_cores: float


@benchmark("postgresql", "redis")
def durable(options: Options) -> Figures:
    """TransactionEvents of 600 bytes over 64 connections, each with one under way, and commits to disk."""
    figures: Figures = {}
    with ExitStack() as stack:
        benches, missing = {}, {}
        for candidate in CANDIDATES:
            try:
                benches[candidate.name] = stack.enter_context(_opened(candidate, options))
            except NoServer as why:
                missing[candidate.name] = str(why)
        benches[PLAIN] = stack.enter_context(_plain())
        rounds = in_turn([bench.measure for bench in benches.values()], ROUNDS)
        best = {name: max(its, key=lambda one: one.per_s) for name, its in zip(benches, rounds, strict=True)}
    for candidate in CANDIDATES:
        if candidate.name in missing:
            figures[f"{candidate.name}: not measured, {missing[candidate.name]}"] = nan
        else:
            figures |= _told(candidate.name, best[candidate.name])
    return figures | _told(PLAIN, best[PLAIN]) | _ratios(best)


class _Bench:
    """A CSMS, and a process that asks it."""

    def __init__(self, csms: RunningCsms | Child, load: Child, events: int) -> None:
        self._csms = csms
        self._load = load
        self._events = events

    def measure(self) -> Round:
        """One round."""
        before = self._cpu_s()
        begin_s = time.monotonic()
        took = self._load.ask("timed", action="TransactionEvent", number=self._events)
        wall_s = time.monotonic() - begin_s
        load_s, csms_s = (after - once for once, after in zip(before, self._cpu_s(), strict=True))
        return Round(self._events / took["s"], took["p50_s"], took["p99_s"], load_s / wall_s, csms_s / wall_s)

    def _cpu_s(self) -> tuple[float, float]:
        self._load.ask("rest")
        if isinstance(self._csms, Child):
            self._csms.ask("rest")
            return self._load.cpu_s, self._csms.cpu_s
        return self._load.cpu_s, self._csms.cpu_s()


@contextmanager
def _opened(candidate: Candidate, options: Options) -> Iterator[_Bench]:
    """The CSMS and its stations, which have begun their transactions. Raises NoServer."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chargebench-")))
        settings: dict[str, Any] = {
            "transport": "lean",
            "accept_unknown_tokens": True,
            "keys_file": str(folder / "keys"),
        }
        settings |= {"calls_per_s": 0, "nodes": candidate.nodes}
        if candidate.nodes > 1:
            settings |= {"redis": redis_at(options.redis), "cluster": folder.name}
        if candidate.database == "PostgreSQL":
            settings["database"] = stack.enter_context(postgresql_at(options.postgresql))
        write(folder / "keys", {1: secrets.token_bytes(32)})
        csms = stack.enter_context(running_csms(folder, **settings))
        load = Child("session stations")
        stack.callback(load.end)
        load.ask("aim", urls=list(csms.urls))
        yield _warm(_Bench(csms, load, EVENTS), load)


@contextmanager
def _plain() -> Iterator[_Bench]:
    with pair("plain", "plain") as ends:
        yield _warm(_Bench(ends.csms, ends.stations, int(EVENTS * PLAIN_SHARE)), ends.stations)


def _warm(bench: _Bench, load: Child) -> _Bench:
    load.ask("connect", number=CONNECTIONS)
    load.ask("round_trips", action="TransactionEvent", number=3 * CONNECTIONS)
    return bench


def _told(name: str, best: Round) -> Figures:
    return {
        f"{name}, per second": best.per_s,
        f"{name}, p50, ms": best.p50_s * 1e3,
        f"{name}, p99, ms": best.p99_s * 1e3,
        f"{name}, p99 over p50": best.p99_s / best.p50_s,
        f"{name}, cores used by the CSMS": best.csms_cores,
        f"{name}, cores used by the load": best.load_cores,
    }


def _ratios(best: dict[str, Round]) -> Figures:
    found: Figures = {}
    for candidate in CANDIDATES:
        if candidate.name in best:
            own = best[candidate.name]
            found[f"{candidate.name}, times the plain stack"] = own.per_s / best[PLAIN].per_s
            one = best.get(Candidate(candidate.database, 1).name)
            if candidate.nodes > 1 and one is not None:
                found[f"{candidate.name}, times 1 node"] = own.per_s / one.per_s
    return found
