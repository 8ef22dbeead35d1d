"""Errors as the API tells them."""

import json

from csms_reference.api.problems import detailed


def test_a_problem():
    answer = detailed(409, "CP-1 is not connected", outcome="offline")
    assert (answer.status_code, answer.media_type) == (409, "application/problem+json")
    assert json.loads(answer.body) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "CP-1 is not connected",
        "outcome": "offline",
    }
