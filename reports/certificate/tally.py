"""Adds a certification up: by certification profile, by functional block, by requirement.

A profile passes only where every case that is mandatory in it, and every conditional one whose condition holds, was
run and passed (OCPP 2.0.1 part 5); a case that does not apply is never counted as passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from reports.certificate.facts import CONDITIONAL, MANDATORY, CaseFacts, Certification
from reports.verdict import Finding, Verdict, worst


class Standing(StrEnum):
    """What a certification profile came to."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCOMPLETE = "INCOMPLETE"


@dataclass(slots=True)
class ProfileRow:
    """One certification profile. Lists hold case ids; ``open`` are those that nothing was learnt from."""

    name: str
    claimed: bool
    mandatory: int = 0
    conditional: int = 0
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    @property
    def standing(self) -> Standing:
        """The gravest of what its cases say."""
        if self.failed:
            return Standing.FAIL
        return Standing.INCOMPLETE if self.open or not self.passed else Standing.PASS

    @property
    def applicable(self) -> int:
        """How many cases decide."""
        return self.mandatory + self.conditional


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One functional block and how many of its cases came to what; ``unrun`` were not run."""

    name: str
    counts: dict[Verdict, int]
    unrun: int

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of its cases."""
        return worst(self.counts)


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One requirement: the cases that verify it, and what the checks that name it found."""

    id: str
    verdict: Verdict
    cases: tuple[str, ...]
    checks: int
    violated: tuple[tuple[str, Finding], ...]
    """(case, finding) for each check that found it violated."""


def profiles(certification: Certification) -> list[ProfileRow]:
    """Every certification profile that lists a case, those that are claimed first."""
    names = dict.fromkeys(name for case in certification.cases for name in case.profiles if name)
    claimed = certification.claimed or tuple(names)
    rows = {name: ProfileRow(name, name in claimed) for name in names}
    for case in certification.cases:
        for name, status in case.profiles.items():
            if name in rows:
                _count(rows[name], case, status)
    return sorted(rows.values(), key=lambda row: not row.claimed)


def _count(row: ProfileRow, case: CaseFacts, status: str) -> None:
    verdict = case.verdict
    if verdict is Verdict.NOT_APPLICABLE:
        row.outside.append(case.id)
        return
    row.mandatory += status == MANDATORY
    row.conditional += status == CONDITIONAL
    if verdict is Verdict.PASS:
        row.passed.append(case.id)
    elif verdict is Verdict.FAIL:
        row.failed.append(case.id)
    else:
        row.open.append(case.id)


def blocks(certification: Certification) -> list[BlockRow]:
    """Every functional block that has a case."""
    names = sorted({case.block for case in certification.cases})
    return [_block(name, [case for case in certification.cases if case.block == name]) for name in names]


def _block(name: str, cases: Iterable[CaseFacts]) -> BlockRow:
    told = [case.verdict for case in cases]
    counts = {verdict: told.count(verdict) for verdict in Verdict if told.count(verdict)}
    return BlockRow(name, counts, told.count(None))


def requirements(certification: Certification) -> list[RequirementRow]:
    """Every requirement that a case which was run verifies or a check names, in the order of their ids.

    A requirement that a check names is judged by these checks. One that is verified by cases as a whole holds where
    they all passed; where one failed for another reason nothing was learnt about it.
    """
    cases: dict[str, list[CaseFacts]] = {}
    checks: dict[str, list[tuple[str, Finding]]] = {}
    for case in certification.run:
        for rule in case.verifies:
            cases.setdefault(rule, []).append(case)
        for rule, finding in _named(case):
            checks.setdefault(rule, []).append((case.id, finding))
    return [_requirement(rule, cases.get(rule, []), checks.get(rule, [])) for rule in sorted({*cases, *checks})]


def _named(case: CaseFacts) -> Iterator[tuple[str, Finding]]:
    for finding in case.findings:
        for rule in finding.rule.split():
            yield rule, finding


def _requirement(rule: str, cases: list[CaseFacts], checks: list[tuple[str, Finding]]) -> RequirementRow:
    violated = tuple((case, finding) for case, finding in checks if finding.verdict is Verdict.FAIL)
    if checks:
        verdict = worst(finding.verdict for _, finding in checks)
    else:
        passed = all(case.verdict is Verdict.PASS for case in cases)
        verdict = Verdict.PASS if passed else Verdict.INCONCLUSIVE
    named = tuple(dict.fromkeys([*(case.id for case in cases), *(case for case, _ in checks)]))
    return RequirementRow(rule, verdict, named, len(checks), violated)


def unproven(certification: Certification) -> list[str]:
    """The cases that were run and never shown to fail on a faulty peer."""
    return [case.id for case in certification.run if not case.proofs]
