"""``chargebench send``: fields, payloads, answers and what goes wrong, against a CSMS and a station."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chargebench.commands.send import merged, read_payload
from chargebench.errors import Unusable
from tests.chargebench.processes import Csms, child, csms, finished, refused


def test_fields_nest_and_read_as_json_where_they_are() -> None:
    got = merged({"evse": {"id": 2}}, ["evse.connectorId=1", "idTag=0123", 'data="7"', "on=true", "text=a=b", "none="])
    assert got == {
        "evse": {"id": 2, "connectorId": 1}, "idTag": "0123", "data": "7", "on": True, "text": "a=b", "none": "",
    }  # fmt: skip


@pytest.mark.parametrize("field", ["type", "=1", "a..b=1", ".a=1", "evse.id.x=1"])
def test_what_is_no_field(field: str) -> None:
    with pytest.raises(Unusable, match=r"field|value already"):
        merged({"evse": {"id": 2}}, [field])


def test_payloads_come_from_files_or_are_given(tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text('{"a": 1}')
    assert read_payload(str(file)) == {"a": 1} == read_payload('{"a": 1}')
    assert read_payload(None) == {}


@pytest.mark.parametrize(
    ("text", "why"), [("{", "--payload is not JSON"), ("[1]", r"\[1\]: No such file"), ("gone.json", "No such file")]
)
def test_payloads_that_are_none(text: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        read_payload(text)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Csms]:
    """A CSMS with a 2.0.1 station that has booted."""
    folder = tmp_path_factory.mktemp("csms")
    with csms(folder, "--unknown-tokens") as running, child("station", running.url, "--id", "CP-1") as station:
        station.until("Registered|accepted|Accepted")
        yield running


def sent(csms: Csms, *words: str, stdin: str = "") -> tuple[int, str, str]:
    return finished("send", "CP-1", *words, "--api", csms.api, stdin=stdin)


def test_commands_and_actions_are_sent_and_answered(served: Csms) -> None:
    code, out, _ = sent(served, "get_variables", 'names=["OCPPCommCtrlr.HeartbeatInterval"]', "--expect", "Accepted")
    assert code == 0
    assert json.loads(out)["getVariableResult"][0]["attributeStatus"] == "Accepted"
    code, out, _ = sent(served, "TriggerMessage", "requestedMessage=Heartbeat")
    assert (code, json.loads(out)) == (0, {"status": "Accepted"})
    code, out, _ = sent(served, "TriggerMessage", "--payload", "-", stdin='{"requestedMessage": "Heartbeat"}')
    assert (code, json.loads(out)) == (0, {"status": "Accepted"})


def test_what_is_no_ocpp_goes_out_only_when_it_is_meant_to(served: Csms) -> None:
    refused(sent(served, "Reset", "type=Sideways"), 2, "Reset: bad fields", "Sideways")
    refused(sent(served, "Reset", "type=Sideways", "--invalid"), 1, "Reset: refused", "Violation")
    refused(sent(served, "reset", "--invalid"), 2, "--invalid is for OCPP actions")


def test_what_goes_wrong_is_said_in_a_line(served: Csms) -> None:
    refused(sent(served, "remote_stop", "transaction_id=T1", "--expect", "Accepted"), 1, "Rejected instead of Accepted")
    refused(sent(served, "remote_halt"), 2, "no command 'remote_halt'", "remote_stop")
    refused(sent(served, "reset", "evse=first"), 2, "reset: evse")
    refused(finished("send", "CP-2", "reset", "--api", served.api), 1, "there is no station")
    refused(finished("send", "CP-1", "reset", "--api", "http://127.0.0.1:9"), 1, "127.0.0.1:9", "--api")
    refused(finished("send", "CP-1", "reset", "--api", "nonsense"), 1, "nonsense", "--api")
