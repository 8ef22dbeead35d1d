"""No more in one CALL than the station has said that it can take (2.0.1 B05.FR.11, B05.FR.13, B06.FR.05, N06.FR.04)."""

import pytest

AT = "2026-03-01T08:00:00Z"


def results(field, status="Accepted"):
    about = {"component": {"name": "A"}, "variable": {"name": "B"}}
    return {field: [{**about, "attributeStatus": status, "attributeType": "Actual"}]}


async def limited(it, station, action, most, teller="DeviceDataCtrlr"):
    """The station reports how much it takes."""
    told = {
        "component": {"name": teller},
        "variable": {"name": "ItemsPerMessage", "instance": action},
        "variableAttribute": [{"value": str(most)}],
    }
    await station.ask("NotifyReport", {"requestId": 1, "generatedAt": AT, "seqNo": 0, "reportData": [told]})


@pytest.mark.proves("csms", "GetVariables NotifyReport", "2.0.1 2.1")
@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_many_variables_are_asked_for_in_portions(bench, version):
    it = bench()
    station = await it.station("CP-1", version)
    station.replies["GetVariables"] = results("getVariableResult")
    names = [f"A.B{number}" for number in range(5)]
    await it.csms.command("CP-1", "get_variables", names=names)
    assert [len(payload["getVariableData"]) for _, payload in station.calls] == [5]
    await limited(it, station, "GetVariables", 2)
    station.calls.clear()
    end = await it.csms.command("CP-1", "get_variables", names=names)
    asked = [[each["variable"]["name"] for each in payload["getVariableData"]] for _, payload in station.calls]
    assert asked == [["B0", "B1"], ["B2", "B3"], ["B4"]]
    assert (end.status, len(end.answer["getVariableResult"])) == ("Accepted", 3)


async def test_what_a_station_can_take_may_have_been_read(bench):
    """B06.FR.05: a limit that the station told of in a GetVariablesResponse counts as one that it reported."""
    it = bench()
    station = await it.station()
    about = {
        "component": {"name": "DeviceDataCtrlr"},
        "variable": {"name": "ItemsPerMessage", "instance": "GetVariables"},
    }
    read = {**about, "attributeStatus": "Accepted", "attributeValue": "4"}
    station.replies["GetVariables"] = {"getVariableResult": [read]}
    await it.csms.command("CP-1", "get_variables", names=["DeviceDataCtrlr.ItemsPerMessage[GetVariables]"])
    await limited(it, station, "SetVariables", 9)
    unset = {**read, "attributeStatus": "Rejected", "attributeValue": "1"}
    station.replies["GetVariables"] = {"getVariableResult": [unset]}
    station.calls.clear()
    await it.csms.command("CP-1", "get_variables", names=[f"A.B{number}" for number in range(5)])
    assert [len(payload["getVariableData"]) for _, payload in station.calls] == [4, 1]


@pytest.mark.proves("csms", "SetVariables", "2.0.1")
async def test_the_first_that_is_not_accepted_is_the_status(bench):
    it = bench()
    station = await it.station()
    await limited(it, station, "SetVariables", 1)
    station.replies["SetVariables"] = results("setVariableResult", "RebootRequired")
    end = await it.csms.command("CP-1", "set_variables", values={"A.B": 1, "A.C": 2})
    assert end.status == "RebootRequired"
    assert len(station.calls) == 2


async def test_nothing_is_set_twice_at_a_time(bench):
    """B05.FR.13: an attribute that is left out is Actual."""
    it = bench()
    station = await it.station()
    one = {"component": {"name": "A"}, "variable": {"name": "B"}, "attributeValue": "1"}
    station.replies["SetVariables"] = results("setVariableResult")
    end = await it.csms.command("CP-1", "set_variables", values=[one, one | {"attributeType": "Actual"}])
    assert not end.answered
    assert "twice" in end.error
    assert station.calls == []
    end = await it.csms.command("CP-1", "set_variables", values=[one, one | {"attributeType": "Target"}])
    assert end.answered


@pytest.mark.proves("csms", "ClearVariableMonitoring SetVariableMonitoring", "2.0.1")
async def test_many_monitors_are_set_and_cleared_in_portions(bench):
    it = bench()
    station = await it.station()
    for action in ("SetVariableMonitoring", "ClearVariableMonitoring"):
        await limited(it, station, action, 2, teller="MonitoringCtrlr")
    station.replies["ClearVariableMonitoring"] = {"clearMonitoringResult": [{"id": 1, "status": "NotFound"}]}
    end = await it.csms.command("CP-1", "clear_variable_monitoring", ids=[1, 2, 3])
    assert [payload["id"] for _, payload in station.calls] == [[1, 2], [3]]
    assert end.status == "NotFound"
    station.calls.clear()
    about = {"component": {"name": "A"}, "variable": {"name": "B"}, "type": "Delta", "severity": 5}
    station.replies["SetVariableMonitoring"] = {"setMonitoringResult": [{**about, "status": "Accepted", "id": 7}]}
    wishes = [{"name": "A.B", "type": "Delta", "value": value} for value in (1, 2, 3)]
    end = await it.csms.command("CP-1", "set_variable_monitoring", monitors=wishes)
    assert [len(payload["setMonitoringData"]) for _, payload in station.calls] == [2, 1]
    assert (end.status, len(end.answer["setMonitoringResult"])) == ("Accepted", 2)
