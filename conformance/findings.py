"""What a case found, and the record of frames that it was found in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from conformance.vocabulary import Case
from reports.verdict import Finding, Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """One frame on the wire, or ``direction`` "link" with the text "opened" or "lost"."""

    line: int
    t: float
    direction: str
    text: str | bytes


@dataclass(slots=True)
class Record:
    """Everything that went over the wire in one case, as it was.

    ``write(t, direction, text)`` stores a frame somewhere durable and returns its line number there.
    """

    write: Callable[[float, str, str | bytes], int] | None = None
    lines: list[Line] = field(default_factory=list)
    frames: int = 0

    def frame(self, t: float, direction: str, text: str | bytes) -> int:
        """Record a frame that went ``up`` (from the station) or ``down``; returns its line number, from 1."""
        self.frames += 1
        number = self.write(t, direction, text) if self.write else self.frames
        self.lines.append(Line(number, t, direction, text))
        return number

    def link(self, t: float, what: str) -> None:
        """Record that the link was opened or lost."""
        self.lines.append(Line(0, t, "link", what))


CASE_RUNS = "the case runs"
"""What the bench expected where a case crashed."""
SCHEMA = "official schema"
"""The rule of a message that is against its schema."""


def together(found: Iterable[Finding], always: Iterable[Finding]) -> list[Finding]:
    """What a case found, and what holds in every case.

    A case may stumble over a message that is against its schema. Then the message is what fails, and no bench broke.
    """
    lasting = list(always)
    if not any(each.rule == SCHEMA for each in lasting):
        return [*found, *lasting]
    return [*map(_stumbled, found), *lasting]


def _stumbled(finding: Finding) -> Finding:
    if finding.verdict is not Verdict.ERROR or finding.expected != CASE_RUNS:
        return finding
    return replace(finding, verdict=Verdict.INCONCLUSIVE, reason="a message is against its schema")


def judgement(case: Case, findings: Iterable[Finding], station: str, t: float, title: str = "") -> Judgement:
    """The verdict of one case: its gravest finding, the first of that gravity; a pass if nothing speaks against it."""
    found = tuple(findings)
    against = [each for each in found if not each.verdict.held]
    if not against:
        rule = " ".join(case.verifies)
        return Judgement(case.id, title or case.title, Verdict.PASS, rule=rule, station=station, t=t, findings=found)
    worst = max(against, key=lambda each: each.verdict.severity)
    others = len(against) - 1
    reason = worst.reason or ("" if not others else f"and {others} more")
    return Judgement(
        case.id,
        title or case.title,
        worst.verdict,
        expected=worst.expected,
        actual=worst.actual,
        rule=worst.rule or " ".join(case.verifies),
        reason=reason,
        station=station,
        t=t if worst.t is None else worst.t,
        frames=worst.frames,
        findings=found,
    )


def not_applicable(case: Case, reason: str, title: str = "") -> Judgement:
    """The verdict of a case that does not apply, with the declaration that says so."""
    return Judgement(case.id, title or case.title, Verdict.NOT_APPLICABLE, rule=" ".join(case.verifies), reason=reason)
