"""Where a CSMS leaves its target, found by the steps of the load."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from reports.load.names import LINKED
from reports.load.record import Load, Outcome

STEP = re.compile(r"step\b[^0-9]*\d*", re.IGNORECASE)
STATIONS = re.compile(r"(\d[\d,]*) stations", re.IGNORECASE)

ENOUGH_SHARE = 0.99


@dataclass(frozen=True, slots=True)
class Target:
    """What a CSMS must keep to; None where nothing was asked. ``action`` is the one p99 is of; empty: all messages."""

    p99_ms: float | None = None
    error_share: float | None = None
    action: str = ""

    @classmethod
    def of(cls, summary: Mapping[str, Any]) -> Target | None:
        """The target in ``run.json``'s key ``load``; None without one that can be understood."""
        load = summary.get("load")
        told = load.get("target") if isinstance(load, dict) else None
        if not isinstance(told, dict):
            return None
        target = cls(_limit(told.get("p99_ms")), _limit(told.get("error_share")), str(told.get("action") or ""))
        return target if target.p99_ms is not None or target.error_share is not None else None

    def words(self) -> str:
        """As in ``p99 of a Heartbeat up to 250 ms and at most 0.1 % failed``."""
        p99 = "" if self.p99_ms is None else f"p99 of {self.action or 'all messages'} up to {self.p99_ms:g} ms"
        errors = "" if self.error_share is None else f"at most {100 * self.error_share:g} % of the CALLs failed"
        return " and ".join(filter(None, (p99, errors)))


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of the load, as it was measured. ``wanted`` stations there should have been, if its name tells."""

    name: str
    begin_s: int
    end_s: int
    wanted: int | None
    linked: int | None
    calls_per_s: float
    p50_s: float | None
    p99_s: float | None
    judged_p99_s: float | None
    error_share: float
    lost: int
    broken: tuple[str, ...]
    """What of the target it left, in words; nothing where it kept to it."""

    @property
    def short(self) -> bool:
        """Whether clearly fewer stations held a connection than there should have been."""
        return self.wanted is not None and self.linked is not None and self.linked < ENOUGH_SHARE * self.wanted

    @property
    def stations(self) -> int | None:
        """How many held a connection at its end; else how many there should have been."""
        return self.wanted if self.linked is None else self.linked


@dataclass(frozen=True, slots=True)
class Knee:
    """The steps of a run, and where they leave the target. ``stepped`` is False where they are merely its phases."""

    target: Target | None
    steps: tuple[Step, ...]
    stepped: bool

    @property
    def left(self) -> Step | None:
        """The first step that left the target."""
        return next((step for step in self.steps if step.broken), None)

    @property
    def kept(self) -> Step | None:
        """The step with the most stations that kept to the target (and in which there were any CALLs)."""
        good = [step for step in self.steps if not step.broken and step.p99_s is not None]
        return max(good, key=lambda step: step.stations or 0, default=None)

    def words(self) -> str:
        """One sentence."""
        if self.target is None:
            return "no target was set, so no limit was looked for"
        if not any(step.p99_s is not None or step.error_share for step in self.steps):
            return "nothing was measured that could be held against the target"
        left, kept = self.left, self.kept
        if left is None:
            short = next((step for step in self.steps if step.short), None)
            though = f", though “{short.name}” had only {short.linked:,} connected" if short else ""
            return f"the limit was not reached{though}"
        where = f"the limit was reached at “{left.name}” ({' and '.join(left.broken)})"
        return f"{where}; “{kept.name}” kept to the target" if kept else f"{where}; nothing kept to the target"


def find(load: Load, target: Target | None) -> Knee:
    """Measure every step (where the load had none: every phase), and hold it against the target."""
    stepped = [phase for phase in load.phases if STEP.match(phase.name)]
    chosen = stepped or load.phases
    spans: dict[str, tuple[int, int]] = {}
    for phase in chosen:
        begin, end = spans.get(phase.name, (phase.begin_s, phase.end_s))
        spans[phase.name] = (min(begin, phase.begin_s), max(end, phase.end_s))
    steps = [_step(load, target, name, *span) for name, span in spans.items()]
    if not steps and load.seconds:
        steps = [_step(load, target, "", 0, load.seconds)]
    return Knee(target, tuple(steps), bool(stepped))


def _step(load: Load, target: Target | None, name: str, begin_s: int, end_s: int) -> Step:
    outcome = load.outcome(phase=name or None)
    p50, p99 = outcome.answered.percentiles_s((50.0, 99.0))
    judged = outcome
    if target is not None and target.action:
        judged = load.outcome(target.action, name or None)
    judged_p99 = judged.answered.percentile_s(99.0)
    seconds = sum(phase.end_s - phase.begin_s for phase in load.phases if phase.name == name) or end_s - begin_s
    wanted = STATIONS.search(name)
    lost = sum(each.count for each in load.troubles if each.name == "lost" and begin_s <= each.second < end_s)
    return Step(
        name or "the whole run",
        begin_s,
        end_s,
        int(wanted[1].replace(",", "")) if wanted else None,
        linked_at(load, end_s - 1),
        outcome.count / max(1, seconds),
        p50,
        p99,
        judged_p99,
        outcome.error_share,
        lost,
        tuple(_broken(target, judged_p99, outcome)),
    )


def _broken(target: Target | None, p99_s: float | None, outcome: Outcome) -> list[str]:
    broken: list[str] = []
    if target is None:
        return broken
    if target.p99_ms is not None and p99_s is not None and p99_s * 1000 > target.p99_ms:
        broken.append(f"p99 was {p99_s * 1000:,.3g} ms" if p99_s < 1 else f"p99 was {p99_s:,.3g} s")
    if target.error_share is not None and outcome.error_share > target.error_share:
        broken.append(f"{100 * outcome.error_share:.3g} % of the CALLs failed")
    return broken


def linked_at(load: Load, second: int) -> int | None:
    """Stations that held a connection then; None where the fleet told nothing of it."""
    found = [
        value
        for source in load.of_role("fleet")
        for state in LINKED
        if (column := source.gauges.get(state)) is not None and (value := column.at(second)) is not None
    ]
    return int(sum(found)) if found else None


def _limit(value: Any) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0
    return float(value) if usable else None
