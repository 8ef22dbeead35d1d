"""The page of a certification, and its numbers for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reports.certificate import tally
from reports.certificate.facts import CaseFacts, Certification
from reports.excerpt import Packed, cut, frames_on, pack_rows
from reports.frames import Frame
from reports.page import Tile, about, rendered, reproduce
from reports.recording import Run
from reports.verdict import Finding, Verdict
from reports.wording import date, moment, number, span, time_of_day

FRAMES_PER_CASE = 400
FRAMES_IN_ALL = 60_000
AROUND = 4
REQUIREMENT = re.compile(r"([A-P])\d\d(?=\.FR\.)")
FAILURES_DETAILED = 100
"""Failures beyond these stand in the table alone."""


@dataclass(frozen=True, slots=True)
class Told:
    """One check that did not hold, in the words of the page."""

    finding: Finding
    kind: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A frame as the template draws it."""

    frame: Frame
    clock: str
    pretty: str
    left_out: int
    cited: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case: its facts, what did not hold, and its frames with the verdicts between them."""

    facts: CaseFacts
    told: tuple[Told, ...]
    packed: Packed | None
    seconds: str


def html(run: Run, certification: Certification) -> bytes:
    """Render the page; the same directory gives the same bytes."""
    return rendered("certificate.html.j2", _Page(run, certification).context())


def summary(run: Run, certification: Certification) -> bytes:
    """The result for programs: verdicts by profile, block, requirement and case, with the frames that prove them."""
    document = {
        "run": run.id,
        "verdict": run.verdict.value,
        "role": certification.role,
        "version": certification.version,
        "profiles": [
            {
                "name": row.name,
                "claimed": row.claimed,
                "standing": row.standing.value,
                "mandatory": row.mandatory,
                "conditional": row.conditional,
                "passed": len(row.passed),
                "failed": row.failed,
                "open": row.open,
                "not_applicable": len(row.outside),
            }
            for row in tally.profiles(certification)
        ],
        "blocks": [
            {"name": row.name, "verdict": row.verdict.value, "not_run": row.unrun}
            | {verdict.value: count for verdict, count in row.counts.items()}
            for row in tally.blocks(certification)
        ],
        "requirements": [
            {
                "id": row.id,
                "verdict": row.verdict.value,
                "cases": row.cases,
                "checks": row.checks,
                "violated": [{"case": case} | finding.as_dict() for case, finding in row.violated],
            }
            for row in tally.requirements(certification)
        ],
        "cases": [_case_entry(case) for case in certification.cases],
        "lacking": dict(certification.lacking),
        "unproven": tally.unproven(certification),
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _case_entry(case: CaseFacts) -> dict[str, Any]:
    against = [each.as_dict() for each in case.findings if not each.verdict.held]
    told: dict[str, Any] = {
        "id": case.id,
        "title": case.title,
        "verdict": "not run" if case.verdict is None else case.verdict.value,
        "verifies": case.verifies,
        "profiles": dict(case.profiles),
        "reason": case.outside or (case.judgement.reason if case.judgement else ""),
        "against": against,
        "lines": case.lines,
        "proven": bool(case.proofs),
    }
    return {key: value for key, value in told.items() if value not in ("", None, [], ())}


class _Page:
    """Gathers what the template shows."""

    def __init__(self, run: Run, certification: Certification) -> None:
        self._run = run
        self._all = certification
        start = moment(str(run.summary["clock"].get("start")))
        self._start_known, self._start = start is not None, start or datetime(2000, 1, 1, tzinfo=UTC)
        self._left_out: list[str] = []

    def context(self) -> dict[str, Any]:
        """Everything by the names that the template uses."""
        ran = list(self._all.run)
        frames = frames_on(self._run, self._wanted(ran))
        views = [self._view(case, frames) for case in ran]
        views.sort(key=lambda view: -(view.facts.verdict or Verdict.PASS).severity)
        rules = tally.requirements(self._all)
        context: dict[str, Any] = {
            "certification": self._all,
            "profiles": tally.profiles(self._all),
            "blocks": tally.blocks(self._all),
            "requirements": rules,
            "requirement_blocks": _by_block(rules),
            "failures": [view for view in views if view.told][:FAILURES_DETAILED],
            "views": sorted(views, key=lambda view: view.facts.id),
            "outside": [case for case in self._all.cases if case.outside],
            "unrun": [case for case in self._all.cases if case.verdict is None],
            "unproven": tally.unproven(self._all),
            "lacking": sorted(self._all.lacking.items(), key=lambda entry: (-len(entry[1]), entry[0])),
            "tiles": self._tiles(ran, rules),
            "reproduce": reproduce(self._run),
            "start_iso": self._start.isoformat(),
            "start": date(self._start) if self._start_known else "an unknown date",
            "left_out": self._left_out,
        }
        return context | about(self._run)

    def _tiles(self, ran: Sequence[CaseFacts], rules: Sequence[tally.RequirementRow]) -> list[Tile]:
        passed = sum(case.verdict is Verdict.PASS for case in ran)
        applicable = sum(not case.outside for case in self._all.cases)
        checks = [finding for case in ran for finding in case.findings]
        violated = [row for row in rules if row.violated]
        profiles = [row for row in tally.profiles(self._all) if row.claimed]
        won = sum(row.standing is tally.Standing.PASS for row in profiles)
        wall_s = self._run.summary["wall"].get("seconds")
        return [
            Tile("Profiles", f"{won} of {len(profiles)}", "passed, of those claimed"),
            Tile("Cases", f"{number(passed)} of {number(len(ran))}", f"passed; {number(applicable)} apply"),
            Tile("Requirements", number(len(rules)), f"{number(len(violated))} violated"),
            Tile("Checks", number(len(checks)), f"{sum(not each.verdict.held for each in checks):,} not held"),
            Tile("Under test", self._all.role, f"OCPP {self._all.version}"),
            Tile("Wall time", span(wall_s), f"{self._run.summary['clock'].get('pace')} time"),
            Tile("Proven", f"{number(len(ran) - len(tally.unproven(self._all)))}", "cases, on faulty peers"),
        ]

    def _wanted(self, ran: Iterable[CaseFacts]) -> list[int]:
        """The lines of every case, as many of each as fit into the page."""
        known = [case for case in ran if case.lines]
        limit = max(40, min(FRAMES_PER_CASE, FRAMES_IN_ALL // max(1, len(known))))
        lines: list[int] = []
        for case in known:
            lines += _shown(case, limit)
        whole = sum(case.lines[1] - case.lines[0] + 1 for case in known if case.lines)
        if whole > len(lines):
            self._left_out.append(f"{number(whole - len(lines))} frames (see messages.jsonl)")
        return lines

    def _view(self, case: CaseFacts, frames: Mapping[int, Frame]) -> CaseView:
        against = [each for each in case.findings if not each.verdict.held]
        told = tuple(self._told(case, each, frames) for each in against)
        own: list[Frame] = []
        if case.lines:
            own = [frames[line] for line in range(case.lines[0], case.lines[1] + 1) if line in frames]
        whole = case.lines[1] - case.lines[0] + 1 if case.lines else 0
        packed = pack_rows(case.id, own, _marks(case), whole) if own else None
        lasted = own[-1].t - own[0].t if own else 0.0
        return CaseView(case, told, packed, span(lasted))

    def _told(self, case: CaseFacts, finding: Finding, frames: Mapping[int, Frame]) -> Told:
        kind = "violates a requirement" if finding.rule else "differs from the usual script"
        if finding.verdict is not Verdict.FAIL:
            kind = "could not be judged" if finding.verdict is Verdict.INCONCLUSIVE else "the bench or its rig broke"
        cited = set(finding.frames)
        near = {near for line in cited for near in range(line - AROUND, line + AROUND + 1)}
        if case.lines:
            near &= set(range(case.lines[0], case.lines[1] + 1))
        rows = tuple(self._row(frames[line], line in cited) for line in sorted(near) if line in frames)
        return Told(finding, kind, rows)

    def _row(self, frame: Frame, cited: bool) -> Row:
        try:
            text = json.dumps(json.loads(frame.text), indent=2, ensure_ascii=False)
        except ValueError:
            text = frame.text
        pretty, left_out = cut(text)
        return Row(frame, time_of_day(self._start + timedelta(seconds=frame.t), self._start), pretty, left_out, cited)


def _shown(case: CaseFacts, limit: int) -> list[int]:
    """The lines of a case that are shown: all, or its beginning, its end and what its verdicts cite."""
    assert case.lines is not None
    first, last = case.lines
    if last - first < limit:
        return list(range(first, last + 1))
    cited = {line for finding in case.findings if not finding.verdict.held for line in finding.frames}
    near = {near for line in cited for near in range(line - AROUND, line + AROUND + 1) if first <= near <= last}
    return sorted({*range(first, first + limit // 2), *range(last - limit // 4, last + 1), *near})


def _marks(case: CaseFacts) -> list[tuple[float, str, str]]:
    """(time, what, detail) of each check, to stand between the frames."""
    marks = []
    for finding in case.findings:
        if finding.t is not None:
            what = f"{finding.verdict.value} {finding.rule}".strip()
            marks.append((finding.t, what, finding.actual or finding.reason or finding.expected))
    return sorted(marks, key=lambda mark: mark[0])


Matrix = list[tuple[str, list[tuple[str, list[tally.RequirementRow]]]]]


def _by_block(rows: Iterable[tally.RequirementRow]) -> Matrix:
    """Requirements by functional block and use case; those of other documents by document."""
    groups: dict[str, dict[str, list[tally.RequirementRow]]] = {}
    for row in rows:
        known = REQUIREMENT.match(row.id)
        block, use_case = (known[1], known[0]) if known else (row.id.split(":")[0].split(" ")[0], "")
        groups.setdefault(block, {}).setdefault(use_case, []).append(row)
    return [(block, list(use_cases.items())) for block, use_cases in groups.items()]
