"""How commands become CALLs of 2.0.1, and of 2.1, which inherits them."""

import pytest

from csms_reference.store.tables import stations

COMMANDS = [
    ("remote_stop", {"transaction_id": "T1"}, "RequestStopTransaction", {"transactionId": "T1"}),
    ("reset", {"kind": "Hard", "evse": 1}, "Reset", {"type": "Immediate", "evseId": 1}),
    (
        "change_availability",
        {"operative": True, "evse": 1, "connector": 2},
        "ChangeAvailability",
        {"operationalStatus": "Operative", "evse": {"id": 1, "connectorId": 2}},
    ),
    ("unlock", {}, "UnlockConnector", {"evseId": 1, "connectorId": 1}),
    (
        "trigger",
        {"message": "MeterValues", "evse": 1},
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "evse": {"id": 1}},
    ),
    ("clear_cache", {}, "ClearCache", {}),
    ("data_transfer", {"vendor_id": "acme", "data": {"a": 1}}, "DataTransfer", {"vendorId": "acme", "data": {"a": 1}}),
    ("get_base_report", {"request_id": 5}, "GetBaseReport", {"requestId": 5, "reportBase": "FullInventory"}),
    (
        "send_local_list",
        {"version": 3, "entries": [{"id_token": "A"}], "update": "Differential"},
        "SendLocalList",
        {
            "versionNumber": 3,
            "updateType": "Differential",
            "localAuthorizationList": [
                {"idToken": {"idToken": "A", "type": "ISO14443"}, "idTokenInfo": {"status": "Accepted"}}
            ],
        },
    ),
]


@pytest.mark.parametrize(("name", "fields", "action", "payload"), COMMANDS)
@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_commands(bench, version, name, fields, action, payload):
    it = bench(versions=["1.6", "2.0.1", "2.1"])
    station = await it.station("CP-1", version)
    word = "Unlocked" if action == "UnlockConnector" else "Accepted"
    station.replies = {action: {"status": word}}
    end = await it.csms.command("CP-1", name, **fields)
    assert (end.status, end.answer, end.error) == (word, {"status": word}, None)
    assert station.calls == [(action, payload)]
    if name == "send_local_list":
        assert (await it.rows(stations))[0]["local_list_version"] == 3


async def test_remote_starts_have_numbers_of_their_own(bench):
    it = bench()
    station = await it.station()
    station.replies = {"RequestStartTransaction": {"status": "Accepted", "transactionId": "T9"}}
    for _ in range(2):
        end = await it.csms.command("CP-1", "remote_start", id_token="TAG", evse=1, token_type="ISO14443")
        assert end.answer["transactionId"] == "T9"
    first, second = (payload for _, payload in station.calls)
    assert first["idToken"] == {"idToken": "TAG", "type": "ISO14443"}
    assert first["remoteStartId"] != second["remoteStartId"]


async def test_reading_and_changing_variables(bench):
    it = bench()
    station = await it.station()
    where = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    station.replies = {
        "GetVariables": {"getVariableResult": [{"attributeStatus": "UnknownVariable", **where}]},
        "SetVariables": {"setVariableResult": [{"attributeStatus": "Accepted", **where}]},
    }
    end = await it.csms.command("CP-1", "get_variables", names=["OCPPCommCtrlr.HeartbeatInterval"])
    assert end.status == "UnknownVariable"
    end = await it.csms.command("CP-1", "set_variables", values={"OCPPCommCtrlr.HeartbeatInterval": 60})
    assert end.status == "Accepted"
    assert station.calls == [
        ("GetVariables", {"getVariableData": [where]}),
        ("SetVariables", {"setVariableData": [{**where, "attributeValue": "60"}]}),
    ]
    assert (await it.csms.command("CP-1", "get_variables", names=["NoDot"])).status == "bad fields"
