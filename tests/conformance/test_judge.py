"""What the judge notes, and in which words."""

import pytest

from conformance import vocabulary as say
from conformance.judge import Judge
from reports.verdict import Verdict


@pytest.fixture
def ended():
    return []


@pytest.fixture
def judge(ended):
    return Judge(lambda: ended.append(True))


def test_each_field_that_is_wrong_is_a_finding_and_the_case_goes_on(judge, ended):
    judge.compare("the boot", {"x": 1, "y": 2}, ({"x": 1, "y": 3, "z": 4}, "B01"), 7, 1.5)
    assert [(each.verdict, each.rule, each.frames, each.t) for each in judge.findings] == [
        (Verdict.FAIL, "B01", (7,), 1.5)
    ] * 2
    assert ["y" in each.expected for each in judge.findings] == [True, False]
    assert not ended


def test_what_is_right_is_a_finding_too(judge):
    judge.compare("the boot", {"a": 1}, ({"a": 1}, "B01"), 0, 0.0)
    (finding,) = judge.findings
    assert (finding.verdict, finding.rule, finding.frames) == (Verdict.PASS, "B01", ())


def test_in_a_precondition_nothing_passes_and_what_is_wrong_ends_the_case(judge, ended):
    judge.prepare(True)
    judge.prepare(True)
    judge.prepare(False)  # the inner one is over
    judge.held("as it must be", "B01", 0.0)
    assert (judge.findings, ended) == ([], [])
    judge.failed("this", "that", "B01", 0.0)
    (finding,) = judge.findings
    assert (finding.verdict, finding.reason, ended) == (Verdict.INCONCLUSIVE, "a precondition did not hold", [True])
    judge.prepare(False)
    judge.failed("this", "that", "B01", 0.0)
    assert judge.findings[-1].verdict is Verdict.FAIL


def test_what_came_instead_is_told(judge, ended):
    step = say.AnyOf((say.expect("Heartbeat", 5), say.expect("BootNotification", 5, where={"reason": "PowerUp"})), 5)
    near = say.Received("BootNotification", {"reason": "Watchdog"}, "1", 2.0, 4)
    judge.missed(step, "it did not come", 5.0, near)
    (finding,) = judge.findings
    assert finding.expected.startswith("Heartbeat or BootNotification with reason")
    assert "Watchdog" in finding.actual
    assert (finding.frames, ended) == ((4,), [True])


@pytest.mark.parametrize(
    ("make", "verdict"),
    [
        (lambda judge: judge.undecided("no hands", 0.0), Verdict.INCONCLUSIVE),
        (lambda judge: judge.broken("the case runs", "KeyError", 0.0), Verdict.ERROR),
    ],
)
def test_what_ends_a_case_without_a_word_about_the_system(judge, ended, make, verdict):
    make(judge)
    assert (judge.findings[0].verdict, judge.findings[0].rule, ended) == (verdict, "", [True])
