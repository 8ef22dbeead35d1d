"""The judge of one case: notes what was looked at, and what was found, in words for who has to mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance import reading
from conformance.reading import Frame
from conformance.vocabulary import AnyOf, Ask, Expect, Hear, Payload, Received, Silence, Visit, Where, mismatches
from reports.verdict import Finding, Verdict

Awaited = Expect | AnyOf | Ask | Hear | Visit


class Judge:
    """Notes findings. In a precondition nothing passes or fails: what is wrong there makes the case inconclusive.

    ``end`` is called when nothing more can be learnt from the case.
    """

    def __init__(self, end: Callable[[], None]) -> None:
        self.findings: list[Finding] = []
        self._end = end
        self._preconditions = 0  # how many deep

    def prepare(self, begins: bool) -> None:
        """A precondition begins, or ends."""
        self._preconditions += 1 if begins else -1

    def held(self, expected: str, rule: str, now: float, *lines: int) -> None:
        """Something is as it must be."""
        if not self._preconditions:
            self._note(Verdict.PASS, now, *lines, expected=expected, rule=rule)

    def failed(self, expected: str, actual: str, rule: str, now: float, *lines: int) -> None:
        """Something is not as it must be. In a precondition that ends the case."""
        found = {"expected": expected, "actual": actual, "rule": rule}
        if not self._preconditions:
            self._note(Verdict.FAIL, now, *lines, **found)
            return
        self._note(Verdict.INCONCLUSIVE, now, *lines, **found, reason="a precondition did not hold")
        self._end()

    def undecided(self, reason: str, now: float, *lines: int) -> None:
        """Nothing can be learnt, and the case ends."""
        self._note(Verdict.INCONCLUSIVE, now, *lines, reason=reason)
        self._end()

    def broken(self, expected: str, actual: str, now: float) -> None:
        """The case, the rig or the stand broke: no verdict about the system under test, and the case ends."""
        self._note(Verdict.ERROR, now, expected=expected, actual=actual)
        self._end()

    def compare(self, what: str, payload: Any, demand: tuple[Where, str], line: int, now: float) -> None:
        """Look at each field that something is demanded of; ``demand``: what, and by which requirement."""
        having, rule = demand
        wrong = mismatches(payload, having)
        for path, expected, actual in wrong:
            self.failed(f"{what}: {path} {expected}", f"{path} {actual}", rule, now, line)
        if not wrong:
            self.held(f"{what}{_words(having)}", rule, now, line)

    def replied(self, step: Ask, frame: Frame, payload: Payload, line: int, now: float) -> None:
        """Our CALL came to its end."""
        if frame.kind == reading.ERROR:
            self._refused(step, frame, line, now)
        elif step.error is not None:
            self.failed(f"{step.action}: CALLERROR {step.error}", "a CALLRESULT", step.rule, now, line)
        else:
            self.compare(f"{step.action} response", payload, (step.having, step.rule), line, now)

    def kept(self, step: Silence, now: float) -> None:
        """There was silence."""
        self.held(f"no {_noise(step)}{_words(step.where)} for {step.for_s:g} s", step.rule, now)

    def broke(self, step: Silence, call: Received, now: float) -> None:
        """There should have been silence."""
        expected = f"no {_noise(step)} for {step.for_s:g} s"
        self.failed(expected, f"{call.action} came", step.rule, now, call.line)

    def missed(self, step: Awaited, actual: str, now: float, near: Received | None = None) -> None:
        """What the case waits for did not come, but perhaps something ``near`` it: there is nothing to go on with."""
        wanted = step.expectations if isinstance(step, AnyOf) else (step,)
        expected = " or ".join(_awaited(each) for each in wanted) + f" within {step.within_s:g} s"
        rule = next((each.rule for each in wanted if each.rule), "")
        line = 0
        if near is not None:
            where = next(each.where for each in wanted if isinstance(each, Expect) and each.action == near.action)
            differs = ", ".join(f"{path} {is_}" for path, _, is_ in mismatches(near.payload, where))
            actual, line = f"{near.action} came with {differs}", near.line
        self.failed(expected, actual, rule, now, line)
        self._end()

    def _refused(self, step: Ask, frame: Frame, line: int, now: float) -> None:
        accepted = step.error or step.or_error
        if accepted is not None and accepted.holds(frame.code):
            self.held(f"{step.action}: CALLERROR {accepted}", step.rule, now, line)
            return
        expected = f"{step.action}: CALLERROR {accepted}" if accepted else f"{step.action}: a CALLRESULT"
        self.failed(expected, f"CALLERROR {frame.code} {frame.description}".rstrip(), step.rule, now, line)

    def _note(
        self,
        verdict: Verdict,
        now: float,
        *lines: int,
        expected: str = "",
        actual: str = "",
        rule: str = "",
        reason: str = "",
    ) -> None:
        frames = tuple(line for line in lines if line)
        self.findings.append(Finding(verdict, expected, actual, rule, reason, now, frames))


def _words(where: Where) -> str:
    return " with " + ", ".join(f"{path} {demand}" for path, demand in where.items()) if where else ""


def _awaited(step: Expect | Ask | Hear | Visit) -> str:
    match step:
        case Expect(action):
            return f"{action}{_words(step.where)}"
        case Ask(action):
            return f"a reply to {action}"
        case Hear():
            return f"a reply{_words(step.where)}"
        case Visit():
            return f"the station dials in{_words(step.where)}"


def _noise(step: Silence) -> str:
    return " or ".join(step.of) or "message"
