"""The test of the tester: every case passes on a sound peer and fails on each mutant that it must catch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conformance import registry, runner
from conformance.rigs import Rig
from conformance.vocabulary import Case, Subject
from reports.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Trial:
    """One cell of the matrix. ``mutant`` is empty for the sound peer."""

    case: str
    version: str
    mutant: str
    judgement: Judgement
    proven: bool = True
    """False for a mutant of a case that does not pass on the sound peer either: catching it says nothing."""
    breaks: tuple[str, ...] = ()
    """The requirements that the mutant breaks: the case has to find fault with one of them."""

    @property
    def held(self) -> bool:
        """Whether the case judged rightly: a pass on the sound peer, on a mutant a fail that names what it breaks."""
        if self.judgement.verdict is not (Verdict.FAIL if self.mutant else Verdict.PASS):
            return False
        return self.proven and self.told_why

    @property
    def told_why(self) -> bool:
        """Whether a requirement that the mutant breaks stands with what the case found wrong."""
        return not self.breaks or bool(set(self.breaks) & set(self.blamed))

    @property
    def blamed(self) -> tuple[str, ...]:
        """The requirements that stand with what the case found wrong."""
        wrong = (each.rule for each in self.judgement.findings if each.verdict is Verdict.FAIL)
        return tuple(dict.fromkeys(rule for rules in wrong for rule in rules.split()))

    def __str__(self) -> str:
        on = f"on {self.mutant}" if self.mutant else "on the sound peer"
        said = self.judgement
        detail = said.reason or f"expected {said.expected}, was {said.actual}" if said.expected or said.reason else ""
        verdict = str(said.verdict) if self.proven else f"{said.verdict}, as on the sound peer"
        if self.mutant and not self.told_why:
            verdict += f", but for {' '.join(self.blamed) or 'no requirement'} instead of {' '.join(self.breaks)}"
        return f"{self.case} {self.version} {on}: {verdict}{f' ({detail})' if detail else ''}"


@dataclass(frozen=True, slots=True)
class Score:
    """The matrix: ``trials`` of every case on the sound peer and on its mutants."""

    trials: tuple[Trial, ...]

    @property
    def sound(self) -> tuple[int, int]:
        """How many cases passed on the sound peer, of how many."""
        return _share(trial for trial in self.trials if not trial.mutant)

    @property
    def caught(self) -> tuple[int, int]:
        """How many mutants were caught, of how many."""
        return _share(trial for trial in self.trials if trial.mutant)

    @property
    def wrong(self) -> tuple[Trial, ...]:
        """The trials that went otherwise than they must."""
        return tuple(trial for trial in self.trials if not trial.held)

    def __str__(self) -> str:
        passed, caught = "/".join(map(str, self.sound)), "/".join(map(str, self.caught))
        lines = [f"{passed} cases pass on the sound peer, {caught} mutants are caught"]
        return "\n".join([*lines, *(f"  {trial}" for trial in self.wrong)])


def _share(trials: Iterable[Trial]) -> tuple[int, int]:
    told = [trial.held for trial in trials]
    return sum(told), len(told)


async def self_check(
    cases: Iterable[Case],
    rig: Rig,
    *,
    version: str,
    seed: int = 1,
    adjust: Callable[[Case, Subject], Subject] = lambda case, subject: subject,
    progress: Callable[[Trial], None] | None = None,
) -> Score:
    """Run each case on the rig's sound peer and on every mutant that it must catch.

    ``adjust`` may configure the subject per case. Raises KeyError for a case that names a mutant which is not there.
    """
    mutants = registry.mutants()
    trials: list[Trial] = []
    for case in cases:
        fitted = rig.fitted(case.id)
        subject = adjust(case, runner.describe(case.under_test, version, fitted))
        proven = True
        for name in ("", *case.catches):
            judgement = await runner.run_case(case, subject, fitted, seed=seed, mutant=mutants[name] if name else None)
            trials.append(Trial(case.id, version, name, judgement, proven, mutants[name].breaks if name else ()))
            proven = proven and (bool(name) or trials[-1].held)
            if progress:
                progress(trials[-1])
    return Score(tuple(trials))
