"""Made-up load runs: steps up to a knee, killed processes, lost stations, runs that were cut off."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from reports.rundir import Judgement, RunWriter, Verdict
from reports.ticks import FILE, Calls, Tick, TickWriter

ACTIONS = {"Heartbeat": 0.6, "TransactionEvent": 0.25, "StatusNotification": 0.1, "MeterValues": 0.05}
TARGET = {"p99_ms": 250, "error_share": 0.001}
PASSED = [
    Judgement("load.booted", "All stations were accepted", Verdict.PASS, "30,000", "30,000"),
    Judgement("load.lost", "No station is lost", Verdict.PASS, "0", "0"),
]


@dataclass
class Plan:
    """What the made-up load does, and what goes wrong."""

    steps: tuple[int, ...] = (10_000, 20_000, 30_000)
    ramp_s: int = 10
    hold_s: int = 20
    shards: int = 3
    csms: int = 2
    machine: bool = True
    knee: int | None = None
    """From so many stations on, answers take long and calls fail."""
    slow: float = 1.0
    killed: tuple[str, int, int | None] | None = None
    """A source that says nothing after a second, until another."""
    lose: dict[int, int] | None = None
    """Stations that are lost, by second."""
    odd: bool = False
    """Names that no report knows."""
    jitter_s: float = 0.02
    rate: float = 0.002
    """Messages a second of a station."""
    calls_max: int = 60

    @property
    def seconds(self) -> int:
        return len(self.steps) * (self.ramp_s + self.hold_s)

    def level(self, second: int) -> tuple[str, float]:
        """Phase, and stations that should be connected."""
        step, at = divmod(second, self.ramp_s + self.hold_s)
        before = self.steps[step - 1] if step else 0
        if at < self.ramp_s:
            return f"ramp to {self.steps[step]}", before + (self.steps[step] - before) * (at + 1) / self.ramp_s
        return f"step {step + 1}: {self.steps[step]} stations", float(self.steps[step])


def a_load(path: Path, plan: Plan | None = None, *, seed: int = 7, finish: bool = True, **extra: Any) -> Path:
    """Write a load run; returns its directory. Without ``finish`` it was killed. ``extra`` goes into ``run.json``."""
    plan = plan or Plan()
    command = ["chargebench", "load", "ws://127.0.0.1:9000/", "--shape", "steps", "--seed", str(seed)]
    known: dict[str, Any] = {"kind": "load", "title": "Steps up to the limit", "seed": seed, "command": command}
    known |= {"id": path.name, "versions": {"chargebench": "0.1.0", "python": "3.11.7"}}
    known |= {"machine": {"system": "Linux 6.18", "architecture": "x86_64", "processors": 2, "memory_mib": 24_064}}
    writer = RunWriter(path, known)  # type: ignore[arg-type]
    ticks = TickWriter(path)
    for tick in played(plan, seed):
        ticks.write(tick)
    ticks.close()
    if not finish:
        writer.close()
        return path
    end = float(plan.seconds)
    writer.finish(
        clock={"pace": "real", "start": "2026-03-02T09:30:00.000Z", "duration_s": end},
        wall={"started": "2026-03-02T09:30:00.000Z", "finished": "2026-03-02T09:45:00.000Z", "seconds": end},
        stations=[],
        verdicts=extra.pop("verdicts", PASSED),
        load=extra.pop("load", {"target": TARGET, "stations": max(plan.steps, default=0)}),
        **extra,
    )
    return path


def played(plan: Plan, seed: int) -> list[Tick]:
    """All ticks, in the order of time."""
    random = Random(seed)
    found: list[Tick] = []
    gone = 0
    before: dict[str, float] = {}
    pool = [_latencies(Random(f"{seed}/{n}"), 60, 0.004 * (1 + n % 8)) for n in range(64)]
    for second in range(plan.seconds):
        t = second + 1.0
        lost = (plan.lose or {}).get(second, 0)
        gone += lost
        phase, level = plan.level(second)
        over = plan.knee is not None and level >= plan.knee
        for shard in range(1, plan.shards + 1):
            name = f"fleet-{shard}"
            if not plan.killed or plan.killed[0] != name or not _silent(plan.killed, second):
                linked = level / plan.shards - gone * (shard == 1)
                tick = _fleet(plan, random, (name, t, phase), linked, max(plan.steps) / plan.shards)
                tick.counts["opened"] = tick.counts["booted"] = max(0, round(linked - before.get(name, 0.0)))
                _calls(plan, random, tick, linked, over, pool)
                if shard == 1 and lost:
                    tick.counts.update({"lost": lost, "lost:1006": lost})
                before[name] = linked
                found.append(tick)
        for worker in range(1, plan.csms + 1):
            name = f"csms-{worker}"
            if not plan.killed or plan.killed[0] != name or not _silent(plan.killed, second):
                found.append(_csms(name, t + random.uniform(0, plan.jitter_s), level / plan.csms, second))
        if plan.machine:
            found.append(Tick(t, "machine", "", _machine(level)))
    return found


def _silent(killed: tuple[str, int, int | None], second: int) -> bool:
    _, begin, end = killed
    return second >= begin and (end is None or second < end)


def _fleet(plan: Plan, random: Random, who: tuple[str, float, str], linked: float, all_of_it: float) -> Tick:
    name, t, phase = who
    gauges = {
        "built": round(all_of_it - linked) * 0.9,
        "dialling": round(all_of_it - linked) * 0.1,
        "connected": round(linked * 0.01),
        "accepted": round(linked * 0.93),
        "charging": round(linked) - round(linked * 0.93) - round(linked * 0.01),
        "cpu_s": 1.0 + t * 0.3 + linked * t / 1e6,
        "rss_bytes": 9e7 + linked * 9_000,
        "private_bytes": 4e7 + linked * 7_600,
        "open_files": 40 + linked,
        "loop_lag_s": round(0.001 + random.random() * 0.004, 4),
    }
    tick = Tick(t + random.uniform(-plan.jitter_s, plan.jitter_s), name, phase, gauges)
    if plan.odd:
        tick.gauges["mood"] = 0.5
        tick.counts["surprises"] = 2
    return tick


def _calls(plan: Plan, random: Random, tick: Tick, linked: float, over: bool, pool: list[str]) -> None:
    messages = max(1, round(linked * plan.rate * plan.shards / 3))
    for action, share in ACTIONS.items():
        count = min(plan.calls_max, max(1, round(messages * share)))
        calls = Calls()
        slow = plan.slow * (25.0 if over else 1.0) * (1.0 if action == "Heartbeat" else 1.6)
        for _ in range(count):
            calls.took(min(30.0, slow * random.lognormvariate(math.log(0.006), 0.7)))
        if over and action == "Heartbeat":
            calls.failures["TimedOut"] = max(1, count // 10)
        tick.calls[action] = calls
        tick.counts["frames_up"] += count
        tick.counts["frames_down"] += count - calls.failures.total()
    if tick.counts["opened"]:
        calls = Calls()
        for _ in range(min(40, tick.counts["opened"])):
            calls.took(random.lognormvariate(math.log(0.02), 0.5))
        tick.calls["connect"] = calls


def _csms(name: str, t: float, connections: float, second: int) -> Tick:
    gauges = {"connections": round(connections), "cpu_s": second * 0.4, "queue": float(second % 3)}
    gauges |= {"rss_bytes": 8e7 + connections * 7_000, "private_bytes": 5e7 + connections * 5_300}
    return Tick(t, name, "", gauges)


def _machine(level: float) -> dict[str, float]:
    gauges = {"socket_bytes": 1e6 + level * 60, "slab_bytes": 1.7e8 + level * 9_700, "load_1m": 1.4}
    return gauges | {"cpu_share": 0.6, "memory_available_bytes": 2.2e10 - level * 20_000}


def _latencies(random: Random, count: int, middle_s: float) -> str:
    calls = Calls()
    for _ in range(count):
        calls.took(random.lognormvariate(math.log(middle_s), 0.7))
    return str(calls.answered.encode().decode())


def an_hour(path: Path, *, sources: int = 12, seconds: int = 3600, seed: int = 7) -> Path:
    """A run of full length; histograms are drawn from a pool, because making them takes longer than reading them."""
    a_load(path, Plan(steps=(100_000,), ramp_s=1, hold_s=0, shards=1, csms=0), seed=seed)
    pool = [_latencies(Random(f"{seed}/{n}"), 60, 0.004 * (1 + n % 8)) for n in range(200)]
    random = Random(seed)
    with (path / FILE).open("w") as file:
        for second in range(seconds):
            for source in range(1, sources + 1):
                blobs = {name: random.choice(pool) for name in (*ACTIONS, "Authorize")}
                told = ",".join(f'"{name}":{{"answered":"{blob}"}}' for name, blob in blobs.items())
                up = random.randrange(280, 330)
                file.write(
                    f'{{"t":{second + 1 + random.uniform(-0.02, 0.02):.3f},"source":"fleet-{source}","phase":"hold",'
                    f'"gauges":{{"accepted":8250,"charging":83,"cpu_s":{second * 0.1:.2f},"private_bytes":66000000}},'
                    f'"counts":{{"frames_up":{up},"frames_down":{up}}},"calls":{{{told}}}}}\n'
                )
    return path


def counted(path: Path) -> Counter[str]:
    """All counts of a run, over sources and time, straight from its lines."""
    from reports.ticks import read_ticks  # noqa: PLC0415

    total: Counter[str] = Counter()
    for tick in read_ticks(path):
        total.update(tick.counts)
    return total


if __name__ == "__main__":
    import sys

    a_load(Path(sys.argv[1]))
