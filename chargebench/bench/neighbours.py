"""``neighbours``: what good stations suffer from hostile and broken ones beside them."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from chargebench.bench.csms import RunningCsms, running_csms
from chargebench.bench.fleet import needed
from chargebench.bench.hostile import VICTIMS
from chargebench.bench.processes import Child
from chargebench.bench.registry import Aim, Figures, Options, benchmark
from csms_reference.services import registration
from csms_reference.services.registration import Registration
from csms_reference.store import Store
from protocol.security import hash_password

STATIONS = 200
HOSTILE_SHARE = 0.05
"""The run that counts has a thousand among twenty thousand."""

HOLD_S = 5.0
ROUNDS = 3
ARRIVALS_PER_S = 300.0
EVERY_S = 10.0
"""Each good station calls so often, unless a rate is asked for."""

EVENTS_SHARE = 0.1
SETTLE_S = 2.0
"""Between calm and hostile, so that neither is measured in the other."""

RISE = "p99 with hostile stations, times without"
LOST = "good stations lost"


@benchmark("stations", "hostile", "hold_s", "rate", "shards", "workers", aims={RISE: Aim(most=1.2), LOST: Aim(most=0)})
def neighbours(options: Options) -> Figures:
    """Good stations call at a fixed rate, without hostile ones and with, in turns."""
    stations = options.stations or STATIONS
    hostile = max(1, round(stations * HOSTILE_SHARE)) if options.hostile is None else options.hostile
    shards, workers = options.shards or needed(stations), options.workers or needed(stations + hostile)
    per_s, hold_s = options.rate or stations / EVERY_S, options.hold_s or HOLD_S
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chargebench-")))
        database = f"sqlite:///{folder / 'csms.sqlite'}"
        _register(database)
        settings = {"transport": "lean", "accept_unknown_tokens": True, "workers": workers, "database": database}
        csms = stack.enter_context(running_csms(folder, **settings))
        good = [stack.enter_context(_child("chargebench.bench.paced:PacedStations")) for _ in range(shards)]
        bad = stack.enter_context(_child("chargebench.bench.hostile:HostileStations"))
        for index, child in enumerate(good):
            child.ask("aim", url=csms.url, name=f"CP-{index}", source=f"127.0.0.{index + 2}")
        bad.ask("aim", url=csms.url, name="HX", source="127.0.1.2")
        threads = stack.enter_context(ThreadPoolExecutor(shards))
        site = _Site(csms, good, bad, threads, per_s, hold_s)
        site.arrive(stations)
        calm, attacked = site.in_turn(hostile)
    head = {"good stations": stations, "hostile stations": hostile, "CALLs of good ones per second": per_s}
    return {name: float(value) for name, value in head.items()} | _told(calm, attacked)


def _register(database: str) -> None:
    """The stations whose passwords are guessed."""
    store = Store.open(database, inline=True)
    with store.engine.begin() as connection:
        for number in range(VICTIMS):
            hashed = hash_password(os.urandom(16).hex(), salt=os.urandom(16))
            registration.add(
                connection, f"VICTIM-{number}", now_ms=0, registration=Registration.ACCEPTED, password_hash=hashed
            )
    store.close()


@contextmanager
def _child(role: str) -> Iterator[Child]:
    child = Child(role)
    try:
        yield child
    finally:
        child.end()


@dataclass(slots=True)
class _Held:
    """What some times without hostile stations, or with them, were like."""

    took_us: list[int] = field(default_factory=list)
    lost: int = 0
    wall_s: float = 0.0
    csms_s: float = 0.0
    good_s: float = 0.0
    bad_s: float = 0.0
    csms_bytes: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def percentile_ms(self, percent: float) -> float:
        """Of the time to the answer."""
        ordered = sorted(self.took_us)
        return ordered[int((len(ordered) - 1) * percent / 100)] / 1000


@dataclass(slots=True)
class _Site:
    """The CSMS, processes of good stations, and one of hostile ones."""

    csms: RunningCsms
    good: Sequence[Child]
    bad: Child
    threads: ThreadPoolExecutor
    per_s: float
    hold_s: float

    def arrive(self, stations: int) -> None:
        """Connect the good ones, each process its part."""
        shards = len(self.good)
        parts = [stations // shards + (index < stations % shards) for index in range(shards)]
        within_s = 3 * stations / ARRIVALS_PER_S + 60
        self._all(
            lambda child, part: child.ask("arrive", within_s=within_s, number=part, per_s=ARRIVALS_PER_S / shards),
            parts,
        )

    def in_turn(self, hostile: int) -> tuple[_Held, _Held]:
        """Times without and with, in turns, so that a slow spell of the machine does not fall on one alone."""
        calm, attacked = _Held(), _Held()
        for _ in range(ROUNDS):
            self._hold(calm)
            self.bad.ask("begin", number=hostile)
            Event().wait(SETTLE_S)
            self._hold(attacked)
            attacked.counts.update(self.bad.ask("end"))
            Event().wait(SETTLE_S)
        return calm, attacked

    def _hold(self, held: _Held) -> None:
        shards = len(self.good)
        words: dict[str, Any] = {"for_s": self.hold_s, "per_s": self.per_s / shards, "events_share": EVENTS_SHARE}
        before, begin_s = self._cpu_s(), time.monotonic()
        for said in self._all(lambda child, _: child.ask("paced", within_s=self.hold_s + 120, **words), self.good):
            held.took_us += said["took_us"]
            held.lost += said["lost"]
        held.wall_s += time.monotonic() - begin_s
        csms_s, good_s, bad_s = (after - once for once, after in zip(before, self._cpu_s(), strict=True))
        held.csms_s, held.good_s, held.bad_s = held.csms_s + csms_s, held.good_s + good_s, held.bad_s + bad_s
        held.csms_bytes = self.csms.private_bytes()

    def _cpu_s(self) -> tuple[float, float, float]:
        for child in (*self.good, self.bad):
            child.ask("rest")
        return self.csms.cpu_s(), sum(child.cpu_s for child in self.good), self.bad.cpu_s

    def _all(self, ask: Callable[[Child, Any], Any], each: Sequence[Any]) -> list[Any]:
        """Ask every process of good stations at the same time."""
        return list(self.threads.map(ask, self.good, each))


def _told(calm: _Held, attacked: _Held) -> Figures:
    figures: Figures = {}
    for name, held in (("without", calm), ("with", attacked)):
        figures |= {
            f"{name}, p50, ms": held.percentile_ms(50),
            f"{name}, p99, ms": held.percentile_ms(99),
            f"{name}, longest, ms": held.percentile_ms(100),
            f"{name}, cores used by the CSMS": held.csms_s / held.wall_s,
            f"{name}, cores used by good stations": held.good_s / held.wall_s,
            f"{name}, private MiB of the CSMS": held.csms_bytes / 2**20,
        }
    per_s = {name: number / attacked.wall_s for name, number in attacked.counts.items()}
    return figures | {
        "with, cores used by hostile stations": attacked.bad_s / attacked.wall_s,
        **{f"hostile stations, {name} per second": number for name, number in sorted(per_s.items())},
        "p50 with hostile stations, times without": attacked.percentile_ms(50) / calm.percentile_ms(50),
        RISE: attacked.percentile_ms(99) / calm.percentile_ms(99),
        LOST: float(calm.lost + attacked.lost),
    }
