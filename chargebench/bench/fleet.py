"""``fleet``: many live stations beside the reference CSMS: all in, held, all dropped at once, all back."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import psutil

from chargebench.bench import gauges
from chargebench.bench.csms import RunningCsms, running_csms
from chargebench.bench.registry import Aim, Figures, Options, benchmark
from chargebench.errors import Failed
from loadtest.fleet import Fleet
from loadtest.habits import load_habits
from loadtest.plan import Plan
from reports.ticks import Calls, Tick

STATIONS = 500
HOLD_S = 20.0
"""What ``make bench`` has time for; the run that counts is asked for: ``--stations 20000 --hold 300``."""

PER_PROCESS = 19_000
"""Connections in one process, where it may have 20,000 files open."""

ARRIVALS_PER_S = 400.0
"""Below the 500 a second that the CSMS admits by default."""

PATIENCE_S = 60.0
"""How long to wait for stations that should be back, besides what connecting them all takes."""

HEARTBEAT_S = 300
SPEED = 1.0
"""Simulated seconds per second."""

LOST = "stations lost while held"
BEAT_P99 = "Heartbeat, p99, ms"


@dataclass(slots=True)
class Watch:
    """What the fleet tells, by phase."""

    calls: dict[str, dict[str, Calls]] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def hear(self, tick: Tick) -> None:
        """Add one tick to its phase."""
        self.counts.setdefault(tick.phase, Counter()).update(tick.counts)
        phase = self.calls.setdefault(tick.phase, {})
        for action, calls in tick.calls.items():
            phase.setdefault(action, Calls()).add(calls)

    def latency(self, phase: str, action: str, percentile: float, label: str = "") -> Figures:
        """A percentile in ms; no figure where nothing was answered."""
        calls = self.calls.get(phase, {}).get(action)
        if calls is None or not calls.answered.get_total_count():
            return {}
        name = label or f"{action}, p{percentile:g}, ms"
        return {name: float(calls.answered.get_value_at_percentile(percentile)) / 1000}

    def failed(self, phase: str) -> int:
        """CALLs that were not answered as they should."""
        calls = self.calls.get(phase, {})
        return sum(each.failures.total() for name, each in calls.items() if name[0].isupper())


@benchmark("stations", "shards", "workers", "hold_s", aims={LOST: Aim(most=0), BEAT_P99: Aim(most=250)})
def fleet(options: Options) -> Figures:
    """Ramp up, hold with heartbeats every 300 s and 1 % charging, drop all connections at once, wait for all."""
    stations = options.stations or STATIONS
    shards, workers = options.shards or needed(stations), options.workers or needed(stations)
    hold_s = HOLD_S if options.hold_s is None else options.hold_s
    with tempfile.TemporaryDirectory(prefix="chargebench-") as folder:
        # What is held for less than an interval would hear no heartbeat at all.
        beat_s = HEARTBEAT_S if hold_s >= HEARTBEAT_S else max(1, int(hold_s * SPEED / 2))
        settings = {"workers": workers, "transport": "lean", "accept_unknown_tokens": True, "heartbeat_s": beat_s}
        with running_csms(Path(folder), **settings) as csms:
            figures = _run(csms, stations, shards, hold_s)
    head: Figures = {"stations": stations, "fleet processes": shards, "CSMS workers": workers}
    head = head | {"held, s": hold_s, "heartbeats every, s": beat_s}
    return {label: float(value) for label, value in head.items()} | figures


def needed(stations: int) -> int:
    """How many processes it takes to hold so many connections."""
    return -(-stations // PER_PROCESS)


def _run(csms: RunningCsms, stations: int, shards: int, hold_s: float) -> Figures:
    watch = Watch()
    plan = Plan(csms.url, habits=load_habits("steady"), recorded=0, speed=SPEED)
    with Fleet(plan, shards, on_tick=watch.hear) as fleet:
        fleet.phase("ramp")
        scale = _Scale(csms, fleet)
        before = scale.weigh()
        ramp_s = _all_in(fleet, stations)
        held = _hold(fleet, scale, watch, stations, hold_s)
        weight = [(after - once) / stations / 1024 for once, after in zip(before, scale.weigh(), strict=True)]
        back_s, reboots = _drop(fleet, watch, stations)
    return {
        "all connected and booted after, s": ramp_s,
        **watch.latency("ramp", "boot", 99),
        **held,
        "fleet, private KiB per station": weight[0],
        "CSMS, private KiB per station": weight[1],
        "kernel, KiB per station (of the whole machine)": weight[2],
        "all dropped, all back after, s": back_s,
        **watch.latency("drop", "connect", 99, "reconnect, p99, ms"),
        "attempts refused or failed on the way back": float(reboots),
    }


class _Scale:
    """Weighs both sides and reads their processor time."""

    def __init__(self, csms: RunningCsms, fleet: Fleet) -> None:
        self._csms = csms
        self._fleet = fleet

    def weigh(self) -> tuple[int, int, int]:
        """Bytes of the fleet, of the CSMS and of the kernel."""
        own = sum(gauges.private_bytes(pid) for pid in self._fleet.pids.values())
        return own, self._csms.private_bytes(), gauges.slab_bytes() + gauges.socket_buffer_bytes()

    def cpu_s(self) -> tuple[float, float]:
        """Processor time of the fleet and of the CSMS."""
        times = [psutil.Process(pid).cpu_times() for pid in self._fleet.pids.values()]
        return sum(each.user + each.system for each in times), self._csms.cpu_s()


def online(counts: Mapping[str, int]) -> int:
    """Stations that are connected and accepted."""
    return counts["accepted"] + counts["charging"]


def _all_in(fleet: Fleet, stations: int) -> float:
    """Start all; the seconds until the last was accepted. Raises Failed."""
    begin_s = time.monotonic()
    fleet.start(stations, ARRIVALS_PER_S)
    if not fleet.wait(lambda counts: online(counts) == stations, stations / ARRIVALS_PER_S * 3 + PATIENCE_S):
        raise Failed(f"only {online(fleet.counts)} of {stations} stations were accepted: {fleet.counts}")
    return time.monotonic() - begin_s


def _hold(fleet: Fleet, scale: _Scale, watch: Watch, stations: int, hold_s: float) -> Figures:
    """Let them be for a while, and see what it costs and who is missing."""
    fleet.phase("hold")
    before = scale.cpu_s()
    Event().wait(hold_s)
    spent = [(after - once) / hold_s for once, after in zip(before, scale.cpu_s(), strict=True)]
    counts = watch.counts.get("hold", Counter())
    missing = stations - online(fleet.counts)
    return {
        LOST: float(max(missing, counts["lost"])),
        "charging at the end": float(fleet.counts["charging"]),
        "CALLs that failed while held": float(watch.failed("hold")),
        "frames per second": (counts["frames_up"] + counts["frames_down"]) / hold_s,
        **watch.latency("hold", "Heartbeat", 50),
        **watch.latency("hold", "Heartbeat", 99, BEAT_P99),
        **watch.latency("hold", "TransactionEvent", 99),
        "cores used by the fleet": spent[0],
        "cores used by the CSMS": spent[1],
    }


def _drop(fleet: Fleet, watch: Watch, stations: int) -> tuple[float, int]:
    """Cut every connection; the seconds until all are back, and the attempts that failed meanwhile. Raises Failed."""
    fleet.phase("drop")
    begin_s = time.monotonic()
    fleet.drop()
    gone = fleet.wait(lambda counts: online(counts) < stations, PATIENCE_S)
    within_s = 3 * stations / ARRIVALS_PER_S + 2 * PATIENCE_S
    if not gone or not fleet.wait(lambda counts: online(counts) == stations, within_s):
        raise Failed(f"{stations - online(fleet.counts)} of {stations} stations did not come back: {fleet.counts}")
    back_s = time.monotonic() - begin_s
    counts = watch.counts.get("drop", Counter())
    return back_s, sum(number for name, number in counts.items() if name.startswith(("refused:", "failed:")))
