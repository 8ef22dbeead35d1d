"""Commands about reports, monitors and customers, and what follows from their answers."""

import pytest

from csms_reference.dialects.names201 import component_variable
from csms_reference.store.tables import monitors

AT = "2026-03-01T08:00:00Z"
POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
WISH = {"name": "EVSE(1).Power", "type": "UpperThreshold", "value": 100}
ASKED = {**POWER, "type": "UpperThreshold", "value": 100, "severity": 5}


@pytest.fixture
def it(bench):
    return bench()


def result(number=1, status="Accepted", **more):
    said = {key: ASKED[key] for key in ("component", "variable", "type", "severity")} | {"status": status, **more}
    return said | {"id": number} if status == "Accepted" else said


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TxCtrlr.TxStartPoint", {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}),
        ("EVSE(1).Power", POWER),
        ("RCD(1,2)", {"component": {"name": "RCD", "evse": {"id": 1, "connectorId": 2}}}),
        (
            "Fan[left](1).Speed.max",
            {
                "component": {"name": "Fan", "instance": "left", "evse": {"id": 1}},
                "variable": {"name": "Speed", "instance": "max"},
            },
        ),
        (
            "OCPPCommCtrlr.MessageTimeout[Default]",
            {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "MessageTimeout", "instance": "Default"}},
        ),
        (POWER, POWER),
    ],
)
def test_names(name, meant):
    assert component_variable(name) == meant


@pytest.mark.parametrize("name", ["", ".X", "A(.B", "A(x).B", "A[]", "A(1,2,3).B"])
def test_no_names(name):
    with pytest.raises(ValueError, match="is not of the form"):
        component_variable(name)


COMMANDS = [
    ("get_report", {"request_id": 7}, "GetReport", {"requestId": 7}),
    (
        "get_report",
        {"request_id": 7, "criteria": ["Problem"], "names": ["EVSE(1)"]},
        "GetReport",
        {
            "requestId": 7,
            "componentCriteria": ["Problem"],
            "componentVariable": [{"component": {"name": "EVSE", "evse": {"id": 1}}}],
        },
    ),
    ("set_monitoring_base", {"base": "All"}, "SetMonitoringBase", {"monitoringBase": "All"}),
    ("set_monitoring_level", {"severity": 3}, "SetMonitoringLevel", {"severity": 3}),
    (
        "get_monitoring_report",
        {"request_id": 7, "criteria": ["DeltaMonitoring"], "names": ["EVSE(1).Power"]},
        "GetMonitoringReport",
        {"requestId": 7, "monitoringCriteria": ["DeltaMonitoring"], "componentVariable": [POWER]},
    ),
    (
        "customer_information",
        {"request_id": 7, "id_token": "TAG", "token_type": "ISO14443"},
        "CustomerInformation",
        {"requestId": 7, "report": True, "clear": False, "idToken": {"idToken": "TAG", "type": "ISO14443"}},
    ),
    (
        "customer_information",
        {"request_id": 7, "customer_identifier": "C", "report": False, "clear": True},
        "CustomerInformation",
        {"requestId": 7, "report": False, "clear": True, "customerIdentifier": "C"},
    ),
]


@pytest.mark.parametrize(("name", "fields", "action", "payload"), COMMANDS)
async def test_commands(it, name, fields, action, payload):
    station = await it.station()
    station.replies = {action: {"status": "Accepted"}}
    end = await it.csms.command("CP-1", name, **fields)
    assert (end.status, end.error) == ("Accepted", None)
    assert station.calls == [(action, payload)]


async def test_1_6_has_none_of_them(it):
    await it.station(version="1.6")
    assert (await it.csms.command("CP-1", "set_monitoring_level", severity=3)).status == "not supported"


async def test_monitors_that_are_set_are_known_by_their_ids(it):
    """N04.FR.11; the results may come in any order."""
    station = await it.station()
    other = WISH | {"type": "Delta", "severity": 2, "transaction": True}
    results = [result(9, type="Delta", severity=2), result(4)]
    station.replies = {"SetVariableMonitoring": {"setMonitoringResult": results}}
    end = await it.csms.command("CP-1", "set_variable_monitoring", monitors=[WISH, other])
    assert end.status == "Accepted"
    asked = {**ASKED, "type": "Delta", "severity": 2, "transaction": True}
    assert station.calls == [("SetVariableMonitoring", {"setMonitoringData": [ASKED, asked]})]
    first, second = sorted(await it.rows(monitors), key=lambda row: row["id"])
    assert (first["id"], first["type"], first["evse"], first["transaction"]) == (4, "UpperThreshold", 1, False)
    assert (second["id"], second["type"], second["severity"], second["transaction"]) == (9, "Delta", 2, True)


async def test_monitors_that_are_refused_are_not(it):
    station = await it.station()
    results = [result(4), result(status="Duplicate")]
    station.replies = {"SetVariableMonitoring": {"setMonitoringResult": results}}
    end = await it.csms.command("CP-1", "set_variable_monitoring", monitors=[WISH, WISH])
    assert end.status == "Duplicate"
    assert [row["id"] for row in await it.rows(monitors)] == [4]
    station.replies = {"SetVariableMonitoring": {"setMonitoringResult": [result(4)]}}
    await it.csms.command("CP-1", "set_variable_monitoring", monitors=[WISH | {"id": 4, "value": 200}])
    assert station.calls[-1][1]["setMonitoringData"][0]["id"] == 4
    assert [row["value"] for row in await it.rows(monitors)] == [200]


@pytest.mark.parametrize(
    "wish", [{"type": "Delta", "value": 1}, WISH | {"name": "NoDot"}, WISH | POWER, WISH | {"colour": "red"}]
)
async def test_monitors_that_nobody_could_set(it, wish):
    station = await it.station()
    assert (await it.csms.command("CP-1", "set_variable_monitoring", monitors=[wish])).status == "bad fields"
    assert station.calls == []


async def known(it, station, *ids):
    each = [{"id": number, "transaction": False, "value": 1, "type": "Delta", "severity": 4} for number in ids]
    said = [{**POWER, "variableMonitoring": each}]
    await station.ask("NotifyMonitoringReport", {"requestId": 1, "generatedAt": AT, "seqNo": 0, "monitor": said})
    return [row["id"] for row in await it.rows(monitors)]


async def test_monitors_that_are_cleared_are_forgotten(it):
    """N06: so are those that the station does not know."""
    station = await it.station()
    assert await known(it, station, 1, 2, 3) == [1, 2, 3]
    ends = [{"id": 1, "status": "Accepted"}, {"id": 2, "status": "Rejected"}, {"id": 3, "status": "NotFound"}]
    station.replies = {"ClearVariableMonitoring": {"clearMonitoringResult": ends}}
    end = await it.csms.command("CP-1", "clear_variable_monitoring", ids=[1, 2, 3])
    assert end.status == "Rejected"
    assert [row["id"] for row in await it.rows(monitors)] == [2]


@pytest.mark.parametrize(("base", "left"), [("All", [1]), ("FactoryDefault", []), ("HardWiredOnly", [])])
async def test_a_base_leaves_monitors_unknown(it, base, left):
    station = await it.station()
    await known(it, station, 1)
    it.forward(1)
    station.replies = {"SetMonitoringBase": {"status": "Accepted"}}
    await it.csms.command("CP-1", "set_monitoring_base", base=base)
    assert [row["id"] for row in await it.rows(monitors)] == left


async def test_a_report_of_all_monitors_replaces_what_was_known(it):
    """N02.FR.11."""
    station = await it.station()
    await known(it, station, 1, 2)
    it.forward(1)
    station.replies = {"GetMonitoringReport": {"status": "Accepted"}}
    await it.csms.command("CP-1", "get_monitoring_report", criteria=["DeltaMonitoring"])
    assert len(await it.rows(monitors)) == 2  # it may tell of some only
    await it.csms.command("CP-1", "get_monitoring_report")
    assert await known(it, station, 2, 5) == [2, 5]
    it.forward(1)
    station.replies = {"GetMonitoringReport": {"status": "EmptyResultSet"}}
    await it.csms.command("CP-1", "get_monitoring_report")
    assert await it.rows(monitors) == []


async def test_a_customer_has_one_name(it):
    """N09.FR.04."""
    await it.station()
    for fields in ({}, {"id_token": "TAG", "customer_identifier": "C"}):
        assert (await it.csms.command("CP-1", "customer_information", **fields)).status == "bad fields"


async def test_a_customer_who_is_cleared_leaves_the_local_list(it):
    """N10.FR.02."""
    station = await it.station()
    station.replies = {
        "CustomerInformation": {"status": "Accepted"},
        "GetLocalListVersion": {"versionNumber": 3},
        "SendLocalList": {"status": "Accepted"},
    }
    await it.csms.command("CP-1", "customer_information", id_token="TAG", token_type="ISO14443", clear=True)
    assert [action for action, _ in station.calls] == ["CustomerInformation", "GetLocalListVersion", "SendLocalList"]
    entry = {"idToken": {"idToken": "TAG", "type": "ISO14443"}}
    assert station.calls[-1][1] == {
        "versionNumber": 4,
        "updateType": "Differential",
        "localAuthorizationList": [entry],
    }


async def test_without_a_local_list_there_is_nothing_to_leave(it):
    station = await it.station()
    station.replies = {"CustomerInformation": {"status": "Accepted"}, "GetLocalListVersion": {"versionNumber": 0}}
    await it.csms.command("CP-1", "customer_information", id_token="TAG", clear=True)
    assert [action for action, _ in station.calls] == ["CustomerInformation", "GetLocalListVersion"]
