"""What stations say of their variables, one by one, is remembered; secrets are not."""

import pytest

from csms_reference.store import StoreError
from csms_reference.store.tables import variables

KEYS = {
    "HeartbeatInterval": ("300", False),
    "NumberOfConnectors": ("2", True),
    "AuthorizationKey": ("00ff", False),
    "authorizationkey": ("00ff", False),
}
DATA, RESULT = {"component": {"name": "TxCtrlr"}}, "setVariableResult"
BOTH = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


async def known(it):
    """By the name of each: its value, whether it may be changed, and when it was told."""
    rows = await it.rows(variables)
    return {row["variable"]: (row["value"], row["mutability"], row["reported_ms"]) for row in rows}


def key(name, value, readonly):
    return {"key": name, "readonly": readonly, "value": value}


async def keys_told(it, station):
    told = [key(name, *said) for name, said in KEYS.items()]
    station.replies["GetConfiguration"] = {"configurationKey": [*told, {"key": "Empty", "readonly": False}]}
    assert (await it.csms.command("CP-1", "get_variables")).status == "Accepted"
    return it.csms.now_ms()


async def test_configuration_keys_that_were_read_are_remembered_but_the_password_is_not(bench):
    it = bench()
    station = await it.station(version="1.6")
    at_ms = await keys_told(it, station)
    assert await known(it) == {
        "HeartbeatInterval": ("300", "ReadWrite", at_ms),
        "NumberOfConnectors": ("2", "ReadOnly", at_ms),
        "Empty": (None, "ReadWrite", at_ms),
    }
    assert {row["component"] for row in await it.rows(variables)} == {""}
    it.forward(60)
    station.replies["GetConfiguration"] = {"configurationKey": [key("HeartbeatInterval", "60", True)]}
    await it.csms.command("CP-1", "get_variables", names=["HeartbeatInterval"])
    assert (await known(it))["HeartbeatInterval"] == ("60", "ReadOnly", at_ms + 60_000)
    station.replies["GetConfiguration"] = {"unknownKey": ["X"]}
    await it.csms.command("CP-1", "get_variables", names=["X"])
    assert len(await known(it)) == 3


@pytest.mark.parametrize(("status", "value"), [("Accepted", "60"), ("RebootRequired", "300"), ("Rejected", "300")])
async def test_a_key_that_was_changed_has_its_new_value_once_that_is_true(bench, status, value):
    it = bench()
    station = await it.station(version="1.6")
    at_ms = await keys_told(it, station)
    it.forward(60)
    station.replies["ChangeConfiguration"] = {"status": status}
    given = {"HeartbeatInterval": 60, "NeverTold": "x", "AuthorizationKey": "aa", "Empty": "x"}
    await it.csms.command("CP-1", "set_variables", values=given)
    told = await known(it)
    assert told.pop("HeartbeatInterval") == (value, "ReadWrite", at_ms + (60_000 if status == "Accepted" else 0))
    assert told == {"NumberOfConnectors": ("2", "ReadOnly", at_ms), "Empty": (None, "ReadWrite", at_ms)}


def about(name, **more):
    return {**DATA, "variable": {"name": name}, **more}


@BOTH
@pytest.mark.parametrize("form", ["short", "long"])
async def test_variables_that_were_set_have_their_new_values_as_far_as_they_were_accepted(bench, version, form):
    it = bench()
    station = await it.station(version=version)
    names = ("A", "B", "C")
    read = [about(name, attributeStatus="Accepted", attributeValue="1") for name in names]
    station.replies["GetVariables"] = {"getVariableResult": read}
    await it.csms.command("CP-1", "get_variables", names=[f"TxCtrlr.{name}" for name in names])
    ends = {"C": "Accepted", "B": "RebootRequired", "A": "Accepted", "D": "Accepted"}
    station.replies["SetVariables"] = {RESULT: [about(name, attributeStatus=end) for name, end in ends.items()]}
    given = {"A": 2, "B": 3, "C": True, "D": 5}
    if form == "short":
        values = {f"TxCtrlr.{name}": value for name, value in given.items()}
    else:
        values = [about(name, attributeValue=str(value).lower()) for name, value in given.items()]
    await it.csms.command("CP-1", "set_variables", values=values)
    assert {name: value for name, (value, *_) in (await known(it)).items()} == {"A": "2", "B": "1", "C": "true"}


@BOTH
async def test_another_attribute_is_another_value_and_what_cannot_be_read_is_not_known(bench, version):
    it = bench()
    station = await it.station(version=version)
    told = [
        about("A", variableAttribute=[{"value": "1"}, {"type": "Target", "value": "2"}]),
        about("Password", variableAttribute=[{"value": "***", "mutability": "WriteOnly"}]),
    ]
    report = {"requestId": 1, "generatedAt": "2026-03-01T08:00:00Z", "seqNo": 0, "reportData": told}
    await station.ask("NotifyReport", report)
    ends = [about("A", attributeType="Target"), about("Password")]
    station.replies["SetVariables"] = {RESULT: [{**end, "attributeStatus": "Accepted"} for end in ends]}
    await it.csms.command("CP-1", "set_variables", values=[{**end, "attributeValue": "9"} for end in ends])
    rows = {(row["variable"], row["attribute"]): row["value"] for row in await it.rows(variables)}
    assert rows == {("A", "Actual"): "1", ("A", "Target"): "9", ("Password", "Actual"): "***"}


@BOTH
async def test_a_password_is_not_kept_whatever_a_station_says_of_it(bench, version):
    it = bench()
    station = await it.station(version=version)
    name = "SecurityCtrlr.basicAuthPassword"
    where = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "basicAuthPassword"}}
    report = {"requestId": 1, "generatedAt": "2026-03-01T08:00:00Z", "seqNo": 0}
    told = {**where, "variableAttribute": [{"value": "secret-secret-secret"}]}
    await station.ask("NotifyReport", {**report, "reportData": [told]})
    read = {**where, "attributeStatus": "Accepted", "attributeValue": "secret-secret-secret"}
    station.replies["GetVariables"] = {"getVariableResult": [read]}
    station.replies["SetVariables"] = {RESULT: [{**where, "attributeStatus": "Accepted"}]}
    await it.csms.command("CP-1", "get_variables", names=[name])
    await it.csms.command("CP-1", "set_variables", values={name: "another-secret-secret"})
    assert [row["value"] for row in await it.rows(variables)] == [None]
    await it.store.write(lambda database: database.execute(variables.update().values(value="")))  # by an older version
    await it.csms.command("CP-1", "set_variables", values={name: "another-secret-secret"})
    assert [row["value"] for row in await it.rows(variables)] == [""]


async def test_a_station_has_answered_whether_that_can_be_noted_or_not(bench, monkeypatch):
    it = bench()
    station = await it.station(version="1.6")
    station.replies["GetConfiguration"] = {"configurationKey": [key("A", "1", False)]}

    async def fails(fn, *, rows=1):
        raise StoreError("the disk is full")

    monkeypatch.setattr(it.csms.store, "write", fails)
    assert (await it.csms.command("CP-1", "get_variables")).status == "Accepted"
