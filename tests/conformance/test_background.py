"""The bench's own answers are conforming, and no table forgets a message."""

import pytest

from conformance import background, official
from conformance.vocabulary import CSMS, STATION, V16, V201, Subject

TOKEN = {"idToken": "VALID-0001", "type": "ISO14443"}
VARIABLE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}}
REQUESTS = {
    "Authorize": {"idToken": TOKEN, "idTag": "VALID-0001"},
    "TransactionEvent": {"idToken": TOKEN},
    "StartTransaction": {"idTag": "BLOCKED-0001"},
    "StopTransaction": {"idTag": "VALID-0001"},
    "GetVariables": {"getVariableData": [VARIABLE, {**VARIABLE, "variable": {"name": "Nope"}}]},
    "SetVariables": {"setVariableData": [{**VARIABLE, "attributeType": "Actual"}]},
    "GetConfiguration": {"key": ["HeartbeatInterval", "Nope"]},
}
STAMP = "2026-03-02T08:00:00.000Z"


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.parametrize("role", [STATION, CSMS])
def test_every_usual_answer_is_valid(role, version):
    subject = Subject(role, version)
    table = background._TABLES[role, version == V16]
    assert len(table) > 10
    for action in table:
        answer = background.usual(action, REQUESTS.get(action, {}), subject, STAMP)
        assert official.exists(version, action), action
        assert official.breach(version, action, "response", answer) == "", action


def test_tokens_get_what_was_agreed():
    subject = Subject(STATION, V201)
    tokens = subject.tokens
    told = [background.token_status(token.id, subject) for token in (tokens.valid, tokens.blocked, tokens.expired)]
    assert told == ["Accepted", "Blocked", "Expired"]
    assert background.token_status("whoever", subject) == "Invalid"


def test_what_is_not_in_the_table_is_not_supported():
    assert background.usual("Unheard", {}, Subject(STATION, V201), STAMP) is None


def test_an_answer_is_its_own():
    subject = Subject(STATION, V201)
    background.usual("SignCertificate", {}, subject, STAMP)["status"] = "changed"
    assert background.usual("SignCertificate", {}, subject, STAMP) == {"status": "Rejected"}
