"""Errors as the API tells them."""

import json

from csms_reference import outcome
from csms_reference.api.problems import HTTP_OF, detailed, told
from csms_reference.outcome import OURS, Outcome


def test_every_end_without_an_answer_has_a_status_of_http():
    assert set(HTTP_OF) == OURS


def test_an_answer_and_a_problem():
    assert told(Outcome("Accepted", {"status": "Accepted"})).status == "Accepted"
    answer = told(Outcome(outcome.OFFLINE, error="CP-1 is not connected"))
    assert answer.status_code == 409
    assert json.loads(answer.body) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "CP-1 is not connected",
        "outcome": "offline",
    }
    assert detailed(404, "nothing").media_type == "application/problem+json"
