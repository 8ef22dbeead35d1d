"""What a run concluded: verdicts that only worsen, and the judgement that carries one with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The outcome of one expectation, one case or one run."""

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"  # a precondition did not hold: nothing was learnt about the system under test
    FAIL = "fail"
    ERROR = "error"  # the case itself broke
    NOT_APPLICABLE = "not applicable"  # outside what the system under test declares; never counted

    @property
    def severity(self) -> int:
        """Rank by which verdicts worsen: -1 for not applicable, 0 for pass, up to 3 for error."""
        return SEVERITY[self]

    @property
    def held(self) -> bool:
        """True when nothing needs a person's attention: pass or not applicable."""
        return self.severity <= 0


SEVERITY: dict[Verdict, int] = {
    Verdict.NOT_APPLICABLE: -1,
    Verdict.PASS: 0,
    Verdict.INCONCLUSIVE: 1,
    Verdict.FAIL: 2,
    Verdict.ERROR: 3,
}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The most severe of the verdicts; not applicable where nothing was judged (never a pass by default)."""
    return max(verdicts, key=SEVERITY.__getitem__, default=Verdict.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a case looked at, and what it found: a pass too is a finding.

    ``rule`` names the requirements that it judges, blank-separated; without one a failure only differs from the usual
    script. ``t`` is in simulated seconds, ``frames`` are line numbers of the record.
    """

    verdict: Verdict
    expected: str
    actual: str
    rule: str = ""
    reason: str = ""
    t: float | None = None
    frames: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The finding as ``run.json`` spells it; what is empty is left out."""
        told = {
            "verdict": self.verdict.value,
            "expected": self.expected,
            "actual": self.actual,
            "rule": self.rule,
            "reason": self.reason,
            "t": None if self.t is None else round(self.t, 3) + 0.0,
            "frames": list(self.frames),
        }
        return {key: value for key, value in told.items() if value not in ("", None, [])}

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Finding:
        """Read one finding of ``run.json``. Raises ValueError for an unknown verdict, KeyError without one."""
        t = entry.get("t")
        return cls(
            Verdict(entry["verdict"]),
            str(entry.get("expected") or ""),
            str(entry.get("actual") or ""),
            str(entry.get("rule") or ""),
            str(entry.get("reason") or ""),
            None if t is None else float(t),
            tuple(int(line) for line in entry.get("frames") or ()),
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict and its evidence, as in ``run.json``. ``findings``: everything that a conformance case looked at.

    ``t`` is in simulated seconds since the start; ``frames`` are 1-based line numbers in ``messages.jsonl``.
    """

    id: str
    title: str
    verdict: Verdict
    expected: str = ""
    actual: str = ""
    rule: str = ""
    reason: str = ""
    station: str | None = None
    t: float | None = None
    frames: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()

    def shifted(self, by_s: float) -> Judgement:
        """The same on another time axis."""
        findings = tuple(replace(each, t=_shifted(each.t, by_s)) for each in self.findings)
        return replace(self, t=_shifted(self.t, by_s), findings=findings)

    def as_dict(self) -> dict[str, Any]:
        """The judgement as ``run.json`` spells it."""
        told: dict[str, Any] = {
            "id": self.id,
            "title": self.title,
            "verdict": self.verdict.value,
            "expected": self.expected,
            "actual": self.actual,
            "rule": self.rule,
            "reason": self.reason,
            "station": self.station,
            "t": None if self.t is None else round(self.t, 3) + 0.0,
            "frames": list(self.frames),
        }
        return told | ({"findings": [each.as_dict() for each in self.findings]} if self.findings else {})

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Judgement:
        """Read one entry of ``run.json``. Raises ValueError for an unknown verdict, KeyError without id or verdict."""
        t = entry.get("t")
        return cls(
            id=str(entry["id"]),
            title=str(entry.get("title") or ""),
            verdict=Verdict(entry["verdict"]),
            expected=str(entry.get("expected") or ""),
            actual=str(entry.get("actual") or ""),
            rule=str(entry.get("rule") or ""),
            reason=str(entry.get("reason") or ""),
            station=entry.get("station"),
            t=None if t is None else float(t),
            frames=tuple(int(line) for line in entry.get("frames") or ()),
            findings=tuple(Finding.from_dict(each) for each in entry.get("findings") or ()),
        )


def _shifted(t: float | None, by_s: float) -> float | None:
    return None if t is None else t + by_s
