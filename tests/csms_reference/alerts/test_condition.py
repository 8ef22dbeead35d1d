"""What an alert is about."""

import pytest

from csms_reference.alerts.condition import Condition, Kind, Severity, is_closable


def condition(**more):
    return Condition(**{"kind": Kind.FAULT, "reason": "Event", "severity": Severity.MAJOR, "since_ms": 0, **more})


def test_what_happens_to_it_makes_it_no_other():
    more = {"severity": Severity.MINOR, "since_ms": 5, "details": {"a": 1}, "mark": 3, "times": 2, "evse": 1}
    assert condition().key == condition(**more).key
    assert len(condition(subject="x" * 5000).key) == 64


@pytest.mark.parametrize("other", [{"kind": Kind.METER}, {"reason": "X"}, {"station": "A"}, {"subject": "1"}])
def test_it_is_another(other):
    assert condition().key != condition(**other).key


def test_names_do_not_run_into_each_other():
    assert condition(station='A", "B').key != condition(station="A", subject="B").key


@pytest.mark.parametrize(("kind", "reason", "closable"), [
    ("SecurityEvent", "X", True), ("ImplausibleMeter", "X", True), ("Fault", "Event", True),
    ("Fault", "Connector", False), ("ConnectionLost", "", False), ("SessionStuck", "NoEnergy", False),
    ("CertificateExpiring", "Issued", False),
])  # fmt: skip
def test_what_people_may_close(kind, reason, closable):
    assert is_closable(kind, reason) is closable
