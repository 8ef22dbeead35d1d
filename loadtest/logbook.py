"""The log of a load run: its run directory, what was seen in each phase, and what is concluded in the end.

Ticks, records and notices come from several threads; the logbook takes one at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from loadtest.mishaps import Gap, Notice
from loadtest.shapes import Phase, Seen, Target
from protocol.stamps import stamp
from reports.rundir import Judgement, RunWriter, StationFacts, Verdict
from reports.ticks import Calls, Tick, TickWriter

KIND = "load"
ASIDE = frozenset({"connect", "boot"})
"""Latencies that are none of CALLs, which the target is about."""
WORKING = ("accepted", "charging")
"""The states of a station that the CSMS has accepted."""


@dataclass(slots=True)
class Measured:
    """What was measured in one phase. ``accepted`` is as of its last tick."""

    phase: Phase
    begun_s: float
    ended_s: float = 0.0
    calls: Calls = field(default_factory=Calls)
    accepted: int = 0
    lost: int = 0

    @property
    def seen(self) -> Seen:
        """In the words of a load shape."""
        calls = self.calls
        answered = calls.answered.get_total_count()
        p99_ms = calls.answered.get_value_at_percentile(99.0) / 1000 if answered else None
        return Seen(self.accepted, p99_ms, calls.failures.total() / calls.count if calls.count else 0.0)


class Logbook:
    """Writes a load run to a new directory. Raises FileExistsError, OSError."""

    def __init__(
        self,
        out: Path,
        *,
        title: str,
        seed: int,
        command: Sequence[str] = (),
        target: Target | None = None,
        load: Mapping[str, Any] | None = None,
        began: datetime,
    ) -> None:
        """``load`` is what ``run.json`` shall say of how the load was made; ``began`` is the instant of ``t`` 0."""
        self.path = out
        self.target = target or Target()
        self.began = began
        self.phases: list[Measured] = []
        self._load = {"target": asdict(self.target), **(load or {})}
        self._lock = threading.RLock()
        self._working: dict[str, int] = {}
        self._incomplete: list[str] = []
        self._dropped = 0
        self._last_s = 0.0
        clock = {"pace": "real", "start": stamp(began), "duration_s": 0.0}
        known = {"kind": KIND, "title": title, "seed": seed, "command": list(command), "clock": clock}
        self._writer = RunWriter(out, known)  # type: ignore[arg-type]
        self._ticks = TickWriter(out)

    # -- what happens -----------------------------------------------------------------------------------------------

    def begin(self, phase: Phase, t: float) -> None:
        """A phase begins."""
        with self._lock:
            self._end_phase(t)
            self.phases.append(Measured(phase, t))
            told = {name: value for name, value in asdict(phase).items() if value != ""}
            self._writer.event(t, None, "scenario", "PhaseBegan", **told)

    def tick(self, tick: Tick) -> None:
        """A source has told of its last second."""
        with self._lock:
            self._ticks.write(tick)
            self._last_s = max(self._last_s, tick.t)
            self._dropped += tick.counts["dropped_samples"]
            if any(name in tick.gauges for name in WORKING):
                self._working[tick.source] = int(sum(tick.gauges.get(name, 0.0) for name in WORKING))
            measured = next((each for each in reversed(self.phases) if each.phase.name == tick.phase), None)
            if measured is None and self.phases and tick.counts["lost"]:
                measured = self.phases[-1]  # a process that died could not tell which phase it was
            if measured is not None:
                self._measure(measured, tick)

    def message(self, t: float, station: str, direction: str, text: str | bytes, wall: float | None = None) -> None:
        """A frame of a recorded station."""
        with self._lock:
            self._writer.message(t, station, direction, text, wall)

    def event(self, t: float, station: str | None, kind: str, fact: str, /, **fields: Any) -> None:
        """Something happened to a recorded station, or to the run."""
        with self._lock:
            self._writer.event(t, station, kind, fact, **fields)

    def sample(self, t: float, station: str, evse: int, power_w: float | None = None, **values: float | None) -> None:
        """A meter of a recorded station was read."""
        with self._lock:
            self._writer.sample(t, station, evse, power_w, **values)

    def notice(self, notice: Notice) -> None:
        """Something out of the ordinary happened."""
        fields = {"source": notice.source, "text": notice.text}
        self.event(
            notice.t, None, "fault", "Noticed", **fields, **({"stations": notice.stations} if notice.stations else {})
        )

    def silent(self, source: str) -> int:
        """A source tells nothing any more; returns how many stations it had that the CSMS had accepted."""
        with self._lock:
            return self._working.pop(source, 0)

    def lacks(self, what: str) -> None:
        """Something of the run is not in the log; what is concluded from it is uncertain."""
        with self._lock:
            self._incomplete.append(what)

    # -- what is ----------------------------------------------------------------------------------------------------

    @property
    def seen(self) -> Seen:
        """What was seen in the present phase."""
        with self._lock:
            if not self.phases:
                return Seen()
            self.phases[-1].accepted = self.accepted
            return self.phases[-1].seen

    @property
    def accepted(self) -> int:
        """Stations that the CSMS has accepted, as of the last ticks."""
        with self._lock:
            return sum(self._working.values())

    @property
    def duration_s(self) -> float:
        """How long the run has been, by its last tick."""
        with self._lock:
            return self._last_s

    def flush(self) -> None:
        """Let what was kept so far be read."""
        with self._lock:
            self._writer.flush()

    # -- the end ----------------------------------------------------------------------------------------------------

    def finish(
        self,
        *,
        stations: Iterable[StationFacts],
        gaps: Sequence[Gap] = (),
        more: Sequence[Judgement] = (),
        seeks: bool = False,
        **load: Any,
    ) -> list[Judgement]:
        """Conclude and close the run. ``stations`` are the recorded ones; ``seeks``: the shape looks for where the
        target is missed, so that missing it is no failure; ``load`` is added to what ``run.json`` says of the load."""
        with self._lock:
            self._end_phase(self._last_s)
            for gap in gaps:
                why = gap.why.strip().splitlines()[-1]
                self.lacks(f"{gap.source} told nothing from {gap.from_s:.0f} s to {gap.until_s:.0f} s: {why}")
            if self._dropped:
                self.lacks(f"{self._dropped} records of single stations were dropped")
            judgements = [*(() if seeks else self._judged()), self._whole(), *more]
            seconds = round(self._last_s, 3)
            self._writer.finish(
                clock={"pace": "real", "start": stamp(self.began), "duration_s": seconds},
                wall={
                    "started": stamp(self.began),
                    "finished": stamp(self.began + timedelta(seconds=seconds)),
                    "seconds": seconds,
                },
                stations=list(stations),
                verdicts=judgements,
                load=self._load | load,
            )
            self._ticks.close()
        return judgements

    def close(self) -> None:
        """Leave the run as it is; it will say that it was cut off."""
        with self._lock:
            self._writer.close()
            self._ticks.close()

    # -- inside -----------------------------------------------------------------------------------------------------

    def _measure(self, measured: Measured, tick: Tick) -> None:
        for action, calls in tick.calls.items():
            if action not in ASIDE:
                measured.calls.add(calls)
        measured.lost += tick.counts["lost"]

    def _end_phase(self, t: float) -> None:
        if self.phases:
            self.phases[-1].accepted = self.accepted
            self.phases[-1].ended_s = t

    def _judged(self) -> list[Judgement]:
        held = [each for each in self.phases if not each.phase.settles and not each.phase.order]
        return [
            _accepted([each for each in self.phases if each.phase.settles]),
            _kept(self.phases),
            *(_on_target(held, self.target) if held else ()),
        ]

    def _whole(self) -> Judgement:
        """A report must not hide what nobody measured."""
        found = Verdict.INCONCLUSIVE if self._incomplete else Verdict.PASS
        return Judgement(
            "whole", "everything was measured", found, "a tick of every process for every second",
            "; ".join(self._incomplete) or "nothing is missing", reason="; ".join(self._incomplete),
        )  # fmt: skip


def _accepted(settling: Sequence[Measured]) -> Judgement:
    short = next((each for each in settling if each.accepted < each.phase.users), None)
    title = "the CSMS accepts every station"
    if not settling:
        return Judgement("accepted", title, Verdict.NOT_APPLICABLE)
    if short is not None:
        actual = f"{short.accepted} of {short.phase.users} in phase {short.phase.name!r}"
        return Judgement(
            "accepted", title, Verdict.FAIL, f"{short.phase.users} accepted", actual, t=round(short.ended_s, 3)
        )
    most = max(each.phase.users for each in settling)
    return Judgement("accepted", title, Verdict.PASS, f"{most} accepted", f"{most} accepted")


def _kept(phases: Sequence[Measured]) -> Judgement:
    """Connections that went without anybody having ordered it."""
    lost = sum(each.lost for each in phases)
    verdict, actual = Verdict.PASS, "none was lost"
    first = next((each for each in phases if each.lost), None)
    if first is not None:
        verdict, actual = Verdict.FAIL, f"{lost} were lost, the first in phase {first.phase.name!r}"
    t = None if first is None else round(first.begun_s, 3)
    return Judgement("kept", "no connection is lost unasked", verdict, "none is lost", actual, t=t)


def _on_target(held: Sequence[Measured], target: Target) -> list[Judgement]:
    """The target holds for every phase in which the load was level."""
    slowest = max(held, key=lambda each: each.seen.p99_ms or 0.0)
    faultiest = max(held, key=lambda each: each.seen.error_share)
    p99_ms, error_share = slowest.seen.p99_ms, faultiest.seen.error_share
    latency, errors = "99 % of all CALLs are answered in time", "hardly any CALL fails"
    if p99_ms is None:
        nothing = "no CALL ended in a phase of level load"
        return [
            Judgement(name, title, Verdict.INCONCLUSIVE, reason=nothing)
            for name, title in (("p99", latency), ("errors", errors))
        ]
    return [
        Judgement(
            "p99", latency, Verdict.PASS if p99_ms <= target.p99_ms else Verdict.FAIL,
            f"p99 up to {target.p99_ms:g} ms", f"{p99_ms:.3g} ms in phase {slowest.phase.name!r}",
        ),
        Judgement(
            "errors", errors, Verdict.PASS if error_share <= target.error_share else Verdict.FAIL,
            f"at most {100 * target.error_share:g} %", f"{100 * error_share:.3g} % in phase {faultiest.phase.name!r}",
        ),
    ]  # fmt: skip
