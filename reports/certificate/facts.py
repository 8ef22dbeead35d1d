"""What ``run.json`` says of a certification: which cases there are, what they verify, and what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reports.recording import Run, RunError
from reports.verdict import Finding, Judgement, Verdict

MANDATORY, CONDITIONAL = "M", "C"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One published case and what became of it.

    ``profiles`` maps certification profiles to M or C. ``outside`` says why it does not apply to what was declared,
    empty where it applies. ``lines`` are the first and last line of its frames in ``messages.jsonl``. ``proofs`` names
    the faulty peers that it was shown to catch; ``judgement`` is None where it was not run.
    """

    id: str
    title: str
    block: str
    profiles: Mapping[str, str]
    verifies: tuple[str, ...]
    outside: str
    lines: tuple[int, int] | None
    proofs: tuple[str, ...]
    judgement: Judgement | None

    @property
    def verdict(self) -> Verdict | None:
        """What it came to; None where it applies and was not run."""
        if self.outside:
            return Verdict.NOT_APPLICABLE
        return None if self.judgement is None else self.judgement.verdict

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that it looked at."""
        return self.judgement.findings if self.judgement else ()


@dataclass(frozen=True, slots=True)
class Certification:
    """What was certified. ``lacking`` maps operations that the rig lacks to the cases that wanted them."""

    role: str
    version: str
    claimed: tuple[str, ...]
    cases: tuple[CaseFacts, ...]
    lacking: Mapping[str, tuple[str, ...]]

    @property
    def run(self) -> Iterator[CaseFacts]:
        """The cases that were run."""
        return (case for case in self.cases if case.judgement is not None and not case.outside)


def read(run: Run) -> Certification:
    """Read the facts of a run. Raises RunError where they are not what they should be."""
    told = run.summary["certification"]
    judged = {each.id: each for each in run.verdicts}
    try:
        cases = tuple(_case(entry, judged) for entry in told["cases"])
        lacking = {str(name): tuple(map(str, ids)) for name, ids in told.get("lacking", {}).items()}
        claimed = tuple(map(str, told.get("claimed", ())))
        return Certification(str(told["role"]), str(told["version"]), claimed, cases, lacking)
    except (LookupError, TypeError, ValueError, AttributeError) as wrong:
        raise RunError(f"{run.path}: unusable facts of the certification ({wrong!r})") from None


def _case(entry: Mapping[str, Any], judged: Mapping[str, Judgement]) -> CaseFacts:
    name = str(entry["id"])
    lines = entry.get("lines")
    judgement = judged.get(name)
    outside = str(entry.get("outside") or "")
    if judgement is not None and judgement.verdict is Verdict.NOT_APPLICABLE:
        outside = outside or judgement.reason or "not applicable"
    return CaseFacts(
        name,
        str(entry.get("title") or (judgement.title if judgement else "")),
        str(entry.get("block") or ""),
        {str(profile): str(status) for profile, status in entry.get("profiles", {}).items()},
        tuple(map(str, entry.get("verifies", ()))),
        outside,
        None if lines is None else (int(lines[0]), int(lines[1])),
        tuple(map(str, entry.get("proofs", ()))),
        judgement,
    )
