"""Runs conformance cases: one on a stand, or a certification of them with a run directory as its result."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import catalogue
from conformance.declaration import Declaration, DeclarationError
from conformance.findings import Record, not_applicable
from conformance.mutants import Mutant, Spoiler
from conformance.rigs import Doorway, Rig
from conformance.stand import Stand
from conformance.vocabulary import Case, Role, Subject
from protocol.stamps import stamp
from reports.rundir import Known, RunWriter
from reports.verdict import Judgement, Verdict, worst

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""When virtual time begins unless a run says otherwise."""

log = logging.getLogger(__name__)

Progress = Callable[[Judgement], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What a certification came to. ``path`` is the run directory, None if nothing was run."""

    verdicts: tuple[Judgement, ...]
    path: Path | None = None

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of the cases."""
        return worst(each.verdict for each in self.verdicts)

    def count(self, verdict: Verdict) -> int:
        """How many cases came to this verdict."""
        return sum(each.verdict is verdict for each in self.verdicts)


@dataclass(frozen=True, slots=True)
class Planned:
    """One case of a certification before it is run; ``reason`` says why it does not apply, empty if it does."""

    case: Case
    reason: str = ""


def plan(cases: Iterable[Case], declaration: Declaration | None = None) -> list[Planned]:
    """Which of the cases will be run and which do not apply: the dry run."""
    if declaration is None:
        return [Planned(case) for case in cases]
    claimed, declared = declaration.profiles, declaration.declared
    return [Planned(case, catalogue.inapplicable(case, claimed, declared)) for case in cases]


async def run_case(
    case: Case,
    subject: Subject,
    rig: Rig,
    *,
    start: datetime = START,
    seed: int = 1,
    record: Record | None = None,
    mutant: Mutant | None = None,
) -> Judgement:
    """Run one case on a freshly mounted system; ``mutant`` makes it faulty on purpose."""
    kept = record if record is not None else Record()
    doorway = Doorway()
    async with rig.mount(subject, doorway) as mounted:
        timing = mounted.timing
        offset_s = timing.now
        spoiler = Spoiler(mutant, subject, lambda: stamp(start)) if mutant else None
        stand = Stand(
            case,
            subject,
            mounted.hands,
            timing,
            start=start,
            record=kept,
            ids=_ids(seed, case.id),
            dialer=mounted.dialer,
            url=mounted.url,
            spoiler=spoiler,
        )
        if subject.role is Role.STATION:
            doorway.gate = stand
        try:
            judgement = await stand.run()
        except Exception as problem:  # whatever the system or its rig raised, the other cases still run
            log.exception("%s could not be run to its end", case.id)
            judgement = stand.crashed(problem)
        finally:
            doorway.gate = None
    return replace(judgement, t=None if judgement.t is None else judgement.t - offset_s)


def _ids(seed: int, case_id: str) -> Callable[[], str]:
    chance = random.Random(f"{seed} {case_id}")
    numbers: Iterator[int] = iter(range(1, 1 << 60))
    prefix = f"{chance.getrandbits(48):012x}"
    return lambda: f"{prefix}-{next(numbers)}"


@dataclass(slots=True)
class _Sheet:
    """Gathers the verdicts and frames of a certification in one run directory, case after case on one time axis."""

    writer: RunWriter | None
    wall: Callable[[], datetime] | None
    offset_s: float = 0.0
    verdicts: list[Judgement] = field(default_factory=list)

    def record(self, station: str, virtual: bool) -> Record:
        """A record whose lines go to the run directory."""
        writer = self.writer
        if writer is None:
            return Record()
        offset_s = self.offset_s

        def write(t: float, direction: str, text: str | bytes) -> int:
            wall = None if virtual or self.wall is None else self.wall().timestamp()
            return writer.message(offset_s + t, station, direction, text, wall)

        return Record(write)

    def add(self, judgement: Judgement, record: Record | None = None) -> Judgement:
        """Keep a verdict; the next case begins after its last frame."""
        moved = judgement if judgement.t is None else replace(judgement, t=self.offset_s + judgement.t)
        self.verdicts.append(moved)
        if self.writer is not None:
            t = moved.t if moved.t is not None else self.offset_s
            self.writer.event(
                t,
                moved.station,
                "verdict",
                str(moved.verdict),
                case=moved.id,
                expected=moved.expected,
                actual=moved.actual,
            )
        ends = [line.t for line in record.lines] if record else []
        self.offset_s += max([*ends, judgement.t or 0.0], default=0.0) + 1.0 if record else 0.0
        return moved


async def certify(
    role: Role,
    cases: Sequence[Case],
    rig: Rig,
    *,
    version: str,
    declaration: Declaration | None = None,
    out: Path | None = None,
    seed: int = 1,
    start: datetime = START,
    command: Sequence[str] = (),
    now: Callable[[], datetime] | None = None,
    progress: Progress | None = None,
    fail_fast: bool = False,
) -> Result:
    """Judge a system by cases, one after the other; a case that does not apply says why and is not run.

    Raises DeclarationError for a declaration of the other role, FileExistsError where ``out`` holds a run already.
    ``out`` is the run directory to write. ``now`` is the wall clock for it (without one the run is dated by ``start``).
    """
    if declaration is not None and declaration.role is not role:
        raise DeclarationError(f"the declaration is that of a {declaration.role}, but a {role} is under test")
    subject = describe(role, version, rig, declaration)
    known: Known = {
        "kind": f"certify-{role}",
        "title": f"Conformance of a {'charging station' if role is Role.STATION else 'CSMS'}, OCPP {version}",
        "seed": seed,
        "command": command,
        "stations": [{"id": subject.identity, "profile": rig.profile, "version": version}],
    }
    writer = RunWriter(out, known) if out is not None else None
    sheet = _Sheet(writer, now)
    begun = now() if now else start
    try:
        for planned in plan(cases, declaration):
            if planned.reason:
                verdict = sheet.add(not_applicable(planned.case, planned.reason))
            else:
                record = sheet.record(subject.identity, rig.pace == "virtual")
                fitted = rig.fitted(planned.case.id)
                known_as = describe(role, version, fitted, declaration)
                judged = await run_case(planned.case, known_as, fitted, start=start, seed=seed, record=record)
                verdict = sheet.add(judged, record)
            if progress:
                progress(verdict)
            if fail_fast and not verdict.verdict.held:
                break
        if writer is not None:
            ended = now() if now else start
            writer.finish(
                clock={"pace": rig.pace, "start": stamp(start), "duration_s": round(sheet.offset_s, 3)},
                wall={"started": stamp(begun), "finished": stamp(ended), "seconds": (ended - begun).total_seconds()},
                stations=known["stations"],
                verdicts=sheet.verdicts,
                rig=rig.name,
                profiles=sorted(declaration.profiles) if declaration else [],
            )
    finally:
        if writer is not None:
            writer.close()
    return Result(tuple(sheet.verdicts), out)


async def certify_station(cases: Sequence[Case], rig: Rig, **how: Any) -> Result:
    """Judge a charging station; see ``certify``."""
    return await certify(Role.STATION, cases, rig, **how)


async def certify_csms(cases: Sequence[Case], rig: Rig, **how: Any) -> Result:
    """Judge a CSMS; see ``certify``."""
    return await certify(Role.CSMS, cases, rig, **how)


def describe(role: Role, version: str, rig: Rig, declaration: Declaration | None = None) -> Subject:
    """The system under test as cases will see it: what the rig knows, and over it what was declared."""
    subject = rig.describe(Subject(role, version))
    return declaration.configure(subject) if declaration else subject
