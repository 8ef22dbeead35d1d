"""How commands become CALLs of 1.6."""

import pytest

COMMANDS = [
    ("remote_start", {"id_token": "TAG", "evse": 1}, "RemoteStartTransaction", {"idTag": "TAG", "connectorId": 1}),
    ("remote_stop", {"transaction_id": "12"}, "RemoteStopTransaction", {"transactionId": 12}),
    ("reset", {"kind": "Immediate"}, "Reset", {"type": "Hard"}),
    ("change_availability", {"operative": False}, "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
    ("unlock", {"evse": 2}, "UnlockConnector", {"connectorId": 2}),
    ("trigger", {"message": "Heartbeat"}, "TriggerMessage", {"requestedMessage": "Heartbeat"}),
    (
        "trigger",
        {"message": "LogStatusNotification"},
        "ExtendedTriggerMessage",
        {"requestedMessage": "LogStatusNotification"},
    ),
    ("clear_cache", {}, "ClearCache", {}),
    ("data_transfer", {"vendor_id": "acme", "data": "x"}, "DataTransfer", {"vendorId": "acme", "data": "x"}),
    (
        "send_local_list",
        {"version": 3, "entries": [{"id_token": "A", "group_id": "G"}, {"id_token": "B", "status": None}]},
        "SendLocalList",
        {
            "listVersion": 3,
            "updateType": "Full",
            "localAuthorizationList": [
                {"idTag": "A", "idTagInfo": {"status": "Accepted", "parentIdTag": "G"}},
                {"idTag": "B"},
            ],
        },
    ),
]


@pytest.mark.parametrize(("name", "fields", "action", "payload"), COMMANDS)
async def test_commands(bench, name, fields, action, payload):
    it = bench()
    station = await it.station("CP-1", "1.6")
    word = "Unlocked" if action == "UnlockConnector" else "Accepted"
    station.replies = {action: {"status": word}}
    end = await it.csms.command("CP-1", name, **fields)
    assert (end.status, end.answer, end.error) == (word, {"status": word}, None)
    assert station.calls == [(action, payload)]


async def test_reading_and_changing_configuration(bench):
    it = bench()
    station = await it.station("CP-1", "1.6")
    station.replies = {
        "GetConfiguration": {"configurationKey": [], "unknownKey": ["X"]},
        "ChangeConfiguration": {"status": "RebootRequired"},
        "GetLocalListVersion": {"listVersion": 4},
    }
    assert (await it.csms.command("CP-1", "get_variables", names=["X"])).answer["unknownKey"] == ["X"]
    end = await it.csms.command("CP-1", "set_variables", values={"HeartbeatInterval": 60, "LocalPreAuthorize": True})
    assert end.status == "RebootRequired"
    assert [result["key"] for result in end.answer["results"]] == ["HeartbeatInterval", "LocalPreAuthorize"]
    assert station.calls[-1] == ("ChangeConfiguration", {"key": "LocalPreAuthorize", "value": "true"})
    assert (await it.csms.command("CP-1", "get_local_list_version")).answer == {"listVersion": 4}
