"""Commands that both versions carry out in the same way."""

import pytest

from csms_reference.dialects.commands import wire
from csms_reference.dialects.registry import command_of
from csms_reference.outcome import Outcome
from protocol.versions import V16, V21, V201

CASES = [
    ("clear_cache", {}, ("ClearCache", {})),
    ("get_local_list_version", {}, ("GetLocalListVersion", {})),
    ("data_transfer", {"vendor_id": "v"}, ("DataTransfer", {"vendorId": "v"})),
    (
        "data_transfer",
        {"vendor_id": "v", "message_id": "m", "data": "d"},
        ("DataTransfer", {"vendorId": "v", "messageId": "m", "data": "d"}),
    ),
]


@pytest.mark.parametrize("version", [V16, V201, V21], ids=str)
@pytest.mark.parametrize(("name", "fields", "call"), CASES)
@pytest.mark.proves("csms", "ClearCache", "1.6 2.0.1 2.1")
async def test_the_same_call_in_every_version(version, name, fields, call):
    asked = []

    async def ask(action, payload):
        asked.append((action, payload))
        return Outcome("Accepted")

    command = command_of(version, name)
    assert command is not None
    assert (await command(ask, **fields)).status == "Accepted"
    assert asked == [call]


def test_truth_is_written_in_lower_case():
    assert [wire(value) for value in (True, False, 5, "Text")] == ["true", "false", "5", "Text"]
