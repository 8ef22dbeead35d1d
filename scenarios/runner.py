"""Runs a scenario: builds the fleet on a clock, lets the actors act, records everything and judges the record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from protocol.stamps import stamp
from protocol.versions import Version, by_name
from reports.rundir import ClockFacts, Run, RunWriter, StationFacts, WallFacts
from reports.verdict import Judgement, Verdict, worst
from scenarios import driving
from scenarios.access import AccessError, CsmsAccess
from scenarios.actors import feed_of, play
from scenarios.addresses import Commission
from scenarios.expectations import judge
from scenarios.files import show_the_way
from scenarios.fleet import berths
from scenarios.ledger import FACT, MISSING_FACT, CsmsState, read_state
from scenarios.model import Berth, Expectation, Scenario, Step
from scenarios.own import ReferenceInProcess
from scenarios.record import Record
from scenarios.script import script_feed
from scenarios.stage import Stage, Steps, Trouble
from simulator.clock import VIRTUAL, Clock, Pace
from simulator.flash import Flash
from simulator.profile import load_profile
from simulator.station import Station

log = logging.getLogger(__name__)
PROGRESS_S = 300.0
WallClock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. Times in simulated seconds."""

    now_s: float
    duration_s: float
    connected: int
    stations: int
    transactions: int
    messages: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run. ``path`` is its directory."""

    path: Path
    verdict: Verdict
    judgements: tuple[Judgement, ...]
    messages: int
    seed: int


async def run(
    scenario: Scenario,
    *,
    out: Path,
    seed: int | None = None,
    pace: Pace = VIRTUAL,
    csms: CsmsAccess | None = None,
    stations: int | None = None,
    version: Version | None = None,
    force_virtual: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    wall: WallClock | None = None,
    kind: str = "scenario",
    command: Sequence[str] = (),
) -> Result:
    """Run a scenario and write its run directory ``out``.

    ``csms`` defaults to the reference CSMS in this process. ``stations`` scales the fleet; ``version`` is for stations
    that name none. ``wall`` is the wall clock for ``run.json`` (and for each frame where time is not virtual).
    Raises ScenarioError for a fleet that cannot be built, AccessError for a CSMS that cannot be reached or whose
    clock is not ours while time is virtual (``force_virtual`` allows it), FileExistsError if ``out`` holds a run.
    """
    access = csms or ReferenceInProcess()
    if pace.virtual and not access.own_clock and not force_virtual:
        raise AccessError(
            "virtual time deceives a CSMS with a clock of its own; run in real or scaled time, or force it"
        )
    fleet = berths(scenario, stations, version)
    used_seed = scenario.seed if seed is None else seed
    show = Show(
        scenario, fleet, seed=used_seed, pace=pace, access=access, out=out, wall=wall, kind=kind, command=command
    )
    return await show.run(on_progress)


class Show:
    """One run, from opening the CSMS to closing the record."""

    def __init__(
        self,
        scenario: Scenario,
        fleet: list[Berth],
        *,
        seed: int,
        pace: Pace,
        access: CsmsAccess,
        out: Path,
        wall: WallClock | None,
        kind: str,
        command: Sequence[str],
    ) -> None:
        self.scenario = scenario
        self.fleet = fleet
        self.seed = seed
        self.access = access
        self.clock = Clock(scenario.start, pace)
        self.wall = wall
        self.open: dict[int, tuple[Step, str]] = {}
        self.expectations: list[Expectation] = list(scenario.expect)
        self.stations_facts = [
            StationFacts(id=each.id, profile=each.profile, version=each.version.name) for each in fleet
        ]
        self.clock_facts = ClockFacts(pace=str(pace), start=stamp(scenario.start), duration_s=scenario.duration_s)
        self.writer = RunWriter(
            out,
            {
                "kind": kind,
                "title": scenario.title,
                "seed": seed,
                "command": list(command),
                "clock": self.clock_facts,
                "stations": self.stations_facts,
            },
        )
        self.record = Record({each.id: each.version for each in fleet})
        self.crash: Exception | None = None

    async def run(self, on_progress: Callable[[Progress], None] | None) -> Result:
        """Play and judge."""
        loop = asyncio.get_running_loop()
        begun, begun_s = self._stamp(), loop.time()
        with self.writer:
            state: CsmsState | None = None
            missing = "the CSMS was never reached"
            try:
                stage = await self._open()
                self._read_meters(stage)
                self._start(stage)
                if on_progress is not None:
                    self.clock.process(self._report(stage, on_progress))
                await self._play(stage)
                self._read_meters(stage)
                await stage.close()
                state, missing = await self._ask_state(stage)
            finally:
                if self.clock.courier is not None:
                    await self.clock.courier.close()
                await self.access.close()
            judgements = [*self._judged(stage, state, missing), *self._troubles(stage)]
            for each in judgements:
                self._note(each)
            finished = WallFacts(started=begun, finished=self._stamp(), seconds=round(loop.time() - begun_s, 3))
            self.writer.finish(clock=self.clock_facts, wall=finished, stations=self.stations_facts, verdicts=judgements)
        verdict = worst(each.verdict for each in judgements)
        return Result(self.writer.path, verdict, tuple(judgements), self.writer.message_count, self.seed)

    def _stamp(self) -> str:
        return stamp(self.wall()) if self.wall is not None else ""

    # -- before

    async def _open(self) -> Stage:
        reached = await self.access.open(self.scenario, self.clock, self.seed)
        show_the_way(self.clock, reached.files)
        if reached.operator is not None:
            await reached.operator.set_up(self.scenario.csms, self.fleet)
        wall = self.wall
        stage = Stage(
            self.scenario,
            self.seed,
            self.clock,
            {},
            self.record,
            self.writer,
            reached.dialer,
            self.access,
            reached,
            None if wall is None or self.clock.pace.virtual else (lambda: wall().timestamp()),
        )
        for berth in self.fleet:
            made = None if reached.commission is None else await reached.commission(berth)
            stage.stations[berth.id] = self._station(stage, berth, made or Commission(reached.url))
        self.clock.barriers.insert(0, stage.settle)
        self.access.notice = lambda fact, fields: stage.tell("fault", fact, **fields)
        return stage

    def _station(self, stage: Stage, berth: Berth, made: Commission) -> Station:
        return Station(
            berth.id,
            load_profile(berth.profile),
            berth.version,
            self.clock,
            stage.dialer,
            url=made.url,
            seed=self.seed,
            flash=Flash(memories=made.memories) if made.memories else None,
            password=berth.password,
            tls=stage.reached.tls,
            config=berth.config,
            on_fact=stage.fact,
            on_sample=stage.sample,
            tap=stage.tap,
        )

    def _read_meters(self, stage: Stage) -> None:
        """One sample of every EVSE, so that a time series has a beginning and an end."""
        for station in stage.stations.values():
            for evse in station.evses:
                station.observe(evse)

    def _start(self, stage: Stage) -> None:
        """Switch on the fleet and let the actors begin, in the order of the file."""
        scenario, process = self.scenario, self.clock.process
        for berth in self.fleet:
            if berth.on_at_s is not None:
                self.clock.at(berth.on_at_s, stage.stations[berth.id].power_on)
        for script in (scenario.operator, scenario.faults):
            if script:
                process(play(stage, feed_of(script), None, self.open))
        for station in stage.stations:
            if scenario.steps:
                process(play(stage, feed_of(scenario.steps), station, self.open))
            if scenario.script is not None:
                feed = script_feed(scenario, stage, station, self.expectations)
                process(play(stage, feed, station, self.open))
            for drivers in scenario.drivers:
                if drivers.stations.takes(station):
                    process(driving.drive(stage, drivers, station))

    # -- during

    async def _play(self, stage: Stage) -> None:
        try:
            await self.clock.run(self.scenario.duration_s)
        except Exception as wrong:  # the record of a run that crashed is kept, with the crash as its verdict
            log.exception("the run crashed at %.3f s", self.clock.now)
            self.crash = wrong
        for step, station in self.open.values() if self.crash is None else ():
            what = f"waited in vain for {step.when}" if step.when is not None else "its time did not come"
            stage.give_up(step, station, what)

    def _report(self, stage: Stage, on_progress: Callable[[Progress], None]) -> Steps:
        while True:
            shown = [station.snapshot() for station in stage.stations.values()]
            charging = sum(evse["transaction"] is not None for each in shown for evse in each["evses"].values())
            online = sum(each["connected"] for each in shown)
            now_s, total_s = self.clock.now, self.scenario.duration_s
            on_progress(Progress(now_s, total_s, online, len(shown), charging, self.writer.message_count))
            yield self.clock.timeout(min(PROGRESS_S, total_s / 100))

    # -- after

    async def _ask_state(self, stage: Stage) -> tuple[CsmsState | None, str]:
        """What the CSMS has recorded, kept in the run directory as events."""
        operator, t = stage.reached.operator, round(self.clock.now, 3)
        if operator is None:
            missing = stage.reached.no_operator
        else:
            try:
                state = await operator.state(list(stage.stations))
            except AccessError as wrong:
                missing = str(wrong)
            else:
                self.writer.event(t, None, "scenario", FACT, transactions=len(state.transactions))
                for each in state.transactions:
                    fields = {name: value for name, value in each.fields().items() if name != "station"}
                    self.writer.event(t, each.station, "scenario", FACT, **fields)
                return state, ""
        self.writer.event(t, None, "scenario", MISSING_FACT, reason=missing)
        return None, missing

    def _judged(self, stage: Stage, state: CsmsState | None, missing: str) -> list[Judgement]:
        judged = judge_record(self.scenario, self.expectations, self.record, state, missing)
        if self.crash is not None:
            judged.append(
                Judgement("crash", "the run goes through to its end", Verdict.ERROR, "no crash",
                          f"{type(self.crash).__name__}: {self.crash}", t=self.clock.now)
            )  # fmt: skip
        prohibited = {each.id for each in self.expectations if each.verb == "never"}
        return [each if each.id in prohibited else _excused(each, stage.unavailable) for each in judged]

    def _troubles(self, stage: Stage) -> list[Judgement]:
        """Steps that could not be taken: a crash is an error, a wait in vain leaves the run inconclusive."""
        return [
            Judgement(
                f"step{index}",
                f"step {each.step}",
                Verdict.ERROR if each.crashed else Verdict.INCONCLUSIVE,
                expected="the step is taken",
                actual=each.why,
                reason=each.why,
                station=each.station or None,
                t=round(each.t, 3),
            )
            for index, each in enumerate(stage.trouble, 1)
        ]

    def _note(self, each: Judgement) -> None:
        t = self.clock.now if each.t is None else each.t
        self.writer.event(
            t, each.station, "verdict", "Judged", id=each.id, verdict=each.verdict.value, title=each.title
        )


def _excused(judgement: Judgement, unavailable: Sequence[Trouble]) -> Judgement:
    """A failure that may come from an operator's step that nobody could take is inconclusive.

    Not so where something happened that must not: no step that was left out can be the cause of that.
    """
    if judgement.verdict is not Verdict.FAIL or not unavailable:
        return judgement
    mine = [each for each in unavailable if not each.station or judgement.station in (None, each.station)]
    if not mine:
        return judgement
    return replace(judgement, verdict=Verdict.INCONCLUSIVE, reason=f"{mine[0].step} could not be done: {mine[0].why}")


def judge_record(
    scenario: Scenario,
    expectations: Sequence[Expectation],
    record: Record,
    state: CsmsState | None,
    missing: str,
) -> list[Judgement]:
    """Judge every expectation on a record. A judge that crashes is an error, never a pass."""
    judged = []
    for each in expectations:
        try:
            found = judge(
                each, record, start=scenario.start, duration_s=scenario.duration_s, state=state, state_missing=missing
            )
        except Exception as wrong:  # a judge's crash is a verdict
            log.exception("%s could not be judged", each.id)
            found = Judgement(each.id, each.title, Verdict.ERROR, reason=f"{type(wrong).__name__}: {wrong}")
        judged.append(found)
    return judged


def judge_run(scenario: Scenario, path: Path) -> list[Judgement]:
    """Judge a recorded run again, from its directory alone (scripts' own expectations left out)."""
    recorded = Run.open(path)
    record = Record.read(recorded, {each["id"]: by_name(each["version"]) for each in recorded.stations})
    return judge_record(scenario, scenario.expect, record, *read_state(recorded))
