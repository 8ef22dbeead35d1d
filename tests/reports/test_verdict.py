"""Verdicts only worsen; not applicable is never counted."""

from __future__ import annotations

import pytest

from reports.verdict import Judgement, Verdict, worst

PASS, INCONCLUSIVE, FAIL, ERROR, NOT_APPLICABLE = (
    Verdict.PASS,
    Verdict.INCONCLUSIVE,
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.NOT_APPLICABLE,
)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], NOT_APPLICABLE),
        ([NOT_APPLICABLE], NOT_APPLICABLE),
        ([NOT_APPLICABLE, PASS], PASS),
        ([INCONCLUSIVE, PASS], INCONCLUSIVE),
        ([PASS, FAIL, INCONCLUSIVE], FAIL),
        ([ERROR, FAIL, NOT_APPLICABLE], ERROR),
    ],
)
def test_the_worst_verdict_counts(verdicts: list[Verdict], expected: Verdict) -> None:
    assert worst(verdicts) is expected


def test_only_pass_and_not_applicable_hold() -> None:
    assert [verdict for verdict in Verdict if verdict.held] == [PASS, NOT_APPLICABLE]


def test_a_judgement_survives_its_json_form() -> None:
    judgement = Judgement("E1", "Boot", FAIL, "a", "b", "B01.FR.01", "why", "CP-1", 1.5, (1, 2))
    assert Judgement.from_dict(judgement.as_dict()) == judgement


def test_an_unknown_verdict_is_refused() -> None:
    with pytest.raises(ValueError, match="maybe"):
        Judgement.from_dict({"id": "E1", "title": "", "verdict": "maybe"})
