"""Runs conformance cases: one on a stand, or a certification of them with a run directory as its result."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance import catalogue
from conformance.declaration import Declaration, DeclarationError
from conformance.demands import Lack, demands, lacks
from conformance.dossier import dossier
from conformance.findings import Record, not_applicable
from conformance.mutants import Mutant, Spoiler
from conformance.rigs import Doorway, Rig
from conformance.stand import Stand
from conformance.timing import START
from conformance.vocabulary import Case, Role, Subject
from protocol.stamps import stamp
from reports.rundir import Known, RunWriter
from reports.verdict import Judgement, Verdict, worst

log = logging.getLogger(__name__)

Progress = Callable[[Judgement], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What a certification came to. ``path`` is the run directory, None if nothing was run.

    ``lacks`` is what a better rig would unlock.
    """

    verdicts: tuple[Judgement, ...]
    path: Path | None = None
    lacks: tuple[Lack, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of the cases."""
        return worst(each.verdict for each in self.verdicts)

    def count(self, verdict: Verdict) -> int:
        """How many cases came to this verdict."""
        return sum(each.verdict is verdict for each in self.verdicts)


@dataclass(frozen=True, slots=True)
class Planned:
    """One case of a certification before it is run; ``reason`` says why it does not apply, empty if it does.

    ``lacks`` are the operations that it may want, as far as its code tells, and the rig does not have.
    """

    case: Case
    reason: str = ""
    lacks: tuple[str, ...] = ()


def plan(
    cases: Iterable[Case],
    declaration: Declaration | None = None,
    *,
    has: Callable[[str], bool] | None = None,
    extras: bool = True,
) -> list[Planned]:
    """Which of the cases will be run and which do not apply: the dry run.

    Without ``extras`` the cases that no certification profile lists do not apply. ``has`` tells what the rig can do.
    """
    known = has or (lambda operation: True)
    return [Planned(case, _outside(case, declaration, extras), _unheld(known, case)) for case in cases]


def _outside(case: Case, declaration: Declaration | None, extras: bool) -> str:
    asked_of_all = catalogue.is_own(case.id) and declaration is None
    if not extras and catalogue.is_extra(case.id) and not asked_of_all:
        return "in no certification profile; such cases are run when they are asked for"
    return catalogue.inapplicable(case, declaration.profiles, declaration.declared) if declaration else ""


def _unheld(has: Callable[[str], bool], case: Case) -> tuple[str, ...]:
    return tuple(sorted(name for name in demands(case) if not has(name)))


async def run_case(
    case: Case,
    subject: Subject,
    rig: Rig,
    *,
    start: datetime | None = None,
    seed: int = 1,
    record: Record | None = None,
    mutant: Mutant | None = None,
) -> Judgement:
    """Run one case on a freshly mounted system; ``mutant`` makes it faulty on purpose.

    ``start`` is the time of day when the system's time was 0; as its timing tells unless it is given.
    """
    kept = record if record is not None else Record()
    doorway = Doorway()
    async with rig.mount(subject, doorway) as mounted:
        subject, timing = replace(subject, **mounted.known), mounted.timing
        offset_s, begun = timing.now, start or timing.begun
        spoiler = Spoiler(mutant, subject, lambda: stamp(begun)) if mutant else None
        stand = Stand(
            case,
            subject,
            mounted.hands,
            timing,
            start=begun,
            record=kept,
            ids=_ids(seed, case.id),
            dialer=mounted.dialer,
            url=mounted.url,
            spoiler=spoiler,
        )
        if subject.role is Role.STATION:
            doorway.gate = stand.gate
        try:
            judgement = await stand.run()
        except Exception as problem:  # whatever the system or its rig raised, the other cases still run
            log.exception("%s could not be run to its end", case.id)
            judgement = stand.crashed(problem)
        finally:
            doorway.gate = None
    return judgement.shifted(-offset_s)


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
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    """First and last line of each case's frames."""

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
        moved = judgement.shifted(self.offset_s)
        self.verdicts.append(moved)
        if numbers := [line.line for line in record.lines if line.line] if record else []:
            self.lines[moved.id] = numbers[0], numbers[-1]
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


class Certification:
    """A system judged case by case, with a run directory as the result.

    Raises DeclarationError for a declaration of another role or version, FileExistsError where ``out`` holds a run.
    ``out`` is the run directory to write. ``now`` is the wall clock for it (without one the run is dated by ``start``).
    ``agreed`` are fields of the subject that count more than rig and declaration.
    Call ``judge`` for each case, then ``finish``; ``close`` in any case.
    """

    def __init__(
        self,
        role: Role,
        rig: Rig,
        *,
        version: str,
        declaration: Declaration | None = None,
        out: Path | None = None,
        seed: int = 1,
        start: datetime = START,
        command: Sequence[str] = (),
        now: Callable[[], datetime] | None = None,
        agreed: Mapping[str, Any] | None = None,
        extras: bool = True,
    ) -> None:
        if declaration is not None and declaration.role is not role:
            raise DeclarationError(f"the declaration is that of a {declaration.role}, but a {role} is under test")
        if declaration is not None and declaration.version not in ("", version):
            raise DeclarationError(f"the declaration is for OCPP {declaration.version}, not {version}")
        self._role, self._version, self._rig, self._declaration = role, version, rig, declaration
        self._seed, self._start, self._now = seed, start, now
        self._agreed = dict(agreed or {})
        self._extras = extras
        self._out = out
        self.identity = self._subject(rig).identity
        self._known: Known = {
            "kind": f"certify-{role}",
            "title": f"Conformance of a {'charging station' if role is Role.STATION else 'CSMS'}, OCPP {version}",
            "seed": seed,
            "command": command,
            "stations": [{"id": self.identity, "profile": rig.profile, "version": version}],
        }
        self._writer = RunWriter(out, self._known) if out is not None else None
        self._sheet = _Sheet(self._writer, now)
        self._begun = now() if now else start
        self._judged: dict[str, Case] = {}
        self.record: Record | None = None
        """What went over the wire in the last case that was run."""

    @property
    def lacks(self) -> list[Lack]:
        """What a better rig would unlock, of what was judged so far."""
        return lacks(self._role, self._sheet.verdicts, self._judged)

    async def judge(self, case: Case) -> Judgement:
        """Run a case, or say why it does not apply."""
        self.record = None
        self._judged[case.id] = case
        if reason := _outside(case, self._declaration, self._extras):
            return self._sheet.add(not_applicable(case, reason))
        record = self._sheet.record(self.identity, self._rig.pace == "virtual")
        self.record = record
        fitted = self._rig.fitted(case.id)
        subject, start = self._subject(fitted), self._start
        if self._real:
            assert self._now is not None
            start = self._now()  # a system of others has a clock of its own, and remembers earlier names
            subject = replace(subject, nonce=f"{int(self._begun.timestamp()):x}-{len(self._sheet.verdicts)}")
        judged = await run_case(case, subject, fitted, start=start, seed=self._seed, record=record)
        return self._sheet.add(judged, record)

    def finish(self) -> Result:
        """Write the run directory's summary."""
        verdicts = self._sheet.verdicts
        lacking = self.lacks
        if self._writer is not None:
            ended = self._now() if self._now else self._start
            begun, declared = self._begun, self._declaration
            self._writer.finish(
                clock={
                    "pace": self._rig.pace,
                    "start": stamp(begun if self._real else self._start),
                    "duration_s": round(self._sheet.offset_s, 3),
                },
                wall={"started": stamp(begun), "finished": stamp(ended), "seconds": (ended - begun).total_seconds()},
                stations=self._known["stations"],
                verdicts=verdicts,
                rig=self._rig.name,
                rig_lacks=[each.as_dict() for each in lacking],
                profiles=sorted(declared.profiles) if declared else [],
                certification=dossier(
                    self._role,
                    self._version,
                    declared,
                    verdicts,
                    lines=self._sheet.lines,
                    lacking={each.operation: each.cases for each in lacking},
                ),
            )
        return Result(tuple(verdicts), self._out, tuple(lacking))

    def close(self) -> None:
        """Close the run directory; without ``finish`` it is one of a run that was cut off."""
        if self._writer is not None:
            self._writer.close()

    @property
    def _real(self) -> bool:
        """Whether the time of day is that of the world."""
        return self._rig.pace == "real" and self._now is not None

    def _subject(self, rig: Rig) -> Subject:
        subject = describe(self._role, self._version, rig, self._declaration)
        return replace(subject, **self._agreed)


async def certify(
    role: Role,
    cases: Sequence[Case],
    rig: Rig,
    *,
    begun: Callable[[Case], None] | None = None,
    progress: Progress | None = None,
    fail_fast: bool = False,
    **how: Any,
) -> Result:
    """Judge a system by cases, one after the other; see ``Certification`` for ``how``.

    ``begun`` is told each case before it is run, ``progress`` each verdict.
    """
    certification = Certification(role, rig, **how)
    try:
        for case in cases:
            if begun:
                begun(case)
            verdict = await certification.judge(case)
            if progress:
                progress(verdict)
            if fail_fast and not verdict.verdict.held:
                break
        return certification.finish()
    finally:
        certification.close()


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
