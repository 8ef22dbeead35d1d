"""OCPP 2.0.1 as a station speaks it: the calls of the CSMS and their answers."""

from typing import Any

import pytest

from protocol.versions import V201
from simulator import facts
from simulator.dialects import dialect_of
from simulator.dialects.ocpp201 import HANDLERS, TRIGGERS
from tests.simulator.csms import World, car


async def online(name: str = "ac-22kw", **config: Any) -> World:
    world = World(name=name, config={key.replace("__", "."): value for key, value in config.items()})
    await world.boot()
    world.clear()
    return world


def wanted(component: str, variable: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    name, _, instance = variable.partition("/")
    item = {"component": {"name": component}, "variable": {"name": name} | ({"instance": instance} if instance else {})}
    return item | ({} if value is None else {"attributeValue": value}) | more


def test_every_handler_is_an_action_for_a_station():
    assert dialect_of(V201).version is V201
    assert set(HANDLERS) <= V201.actions
    assert "BootNotification" not in HANDLERS


async def test_get_variables():
    """B06."""
    world = await online()
    asked = [
        wanted("OCPPCommCtrlr", "HeartbeatInterval"),
        wanted("ocppcommctrlr", "heartbeatinterval", attributeType="Actual"),
        wanted("OCPPCommCtrlr", "MessageTimeout/Default"),
        wanted("OCPPCommCtrlr", "MessageTimeout"),
        wanted("OCPPCommCtrlr", "Nonsense"),
        wanted("Nonsense", "Nonsense"),
        wanted("SecurityCtrlr", "BasicAuthPassword"),
        wanted("OCPPCommCtrlr", "HeartbeatInterval", attributeType="Target"),
        {"component": {"name": "OCPPCommCtrlr", "instance": "x"}, "variable": {"name": "HeartbeatInterval"}},
        wanted("ClockCtrlr", "DateTime"),
    ]
    results = (await world.ask("GetVariables", {"getVariableData": asked}))["getVariableResult"]
    assert [result["attributeStatus"] for result in results] == [
        "Accepted", "Accepted", "Accepted", "UnknownVariable", "UnknownVariable", "UnknownComponent", "Rejected",
        "NotSupportedAttributeType", "UnknownComponent", "Accepted",
    ]  # fmt: skip
    assert [result["attributeType"] for result in results[:2]] == ["Actual", "Actual"]  # B06.FR.11
    assert results[1]["component"] == {"name": "ocppcommctrlr"}  # B06.FR.02
    assert results[0]["attributeValue"] == "900"
    assert results[9]["attributeValue"].startswith("2025-06-02T06:00:2")
    assert all(("attributeValue" in result) == (result["attributeStatus"] == "Accepted") for result in results)


async def test_set_variables():
    """B05."""
    world = await online()
    asked = [
        wanted("OCPPCommCtrlr", "HeartbeatInterval", "60"),
        wanted("OCPPCommCtrlr", "HeartbeatInterval", "0"),
        wanted("AuthCacheCtrlr", "Available", "false"),
        wanted("SecurityCtrlr", "BasicAuthPassword", "too short"),
        wanted("OCPPCommCtrlr", "Nonsense", "1"),
        wanted("Nonsense", "Nonsense", "1"),
        wanted("OCPPCommCtrlr", "HeartbeatInterval", "60", attributeType="MaxSet"),
        wanted("OCPPCommCtrlr", "NetworkConfigurationPriority", "1"),
    ]
    results = (await world.ask("SetVariables", {"setVariableData": asked}))["setVariableResult"]
    assert [result["attributeStatus"] for result in results] == [
        "Accepted", "Rejected", "Rejected", "Rejected", "UnknownVariable", "UnknownComponent",
        "NotSupportedAttributeType", "RebootRequired",
    ]  # fmt: skip
    assert [result["attributeType"] for result in results] == ["Actual"] * 6 + ["MaxSet", "Actual"]  # B05.FR.12
    assert world.told(facts.VariableChanged) == [facts.VariableChanged("OCPPCommCtrlr.HeartbeatInterval", "60")]
    assert world.station.flash.pending
    await world.ask("Reset", {"type": "Immediate"}, 20)
    assert not world.station.flash.pending


async def test_too_many_variables():
    """B06.FR.16."""
    world = await online()
    many = [wanted("OCPPCommCtrlr", "HeartbeatInterval")] * 101
    assert await world.ask("GetVariables", {"getVariableData": many}) == "OccurrenceConstraintViolation"
    many = [wanted("OCPPCommCtrlr", "HeartbeatInterval", "60")] * 101
    assert await world.ask("SetVariables", {"setVariableData": many}) == "OccurrenceConstraintViolation"


async def test_settings_take_effect_for_the_next_transaction():
    world = await online()
    await world.ask("SetVariables", {"setVariableData": [wanted("TxCtrlr", "TxStartPoint", "EVConnected")]})
    await world.do(lambda: world.station.plug(car()), 5)
    assert world.events()[0]["triggerReason"] == "CablePluggedIn"


def entry(name: str, status: str | None = "Accepted") -> dict[str, Any]:
    token = {"idToken": {"idToken": name, "type": "ISO14443"}}
    return token | ({"idTokenInfo": {"status": status}} if status else {})


async def test_local_list():
    """D01, D02."""
    world = await online()

    async def send(kind: str, version: int, entries: list[dict[str, Any]] | None = None) -> Any:
        ask = {"updateType": kind, "versionNumber": version} | ({"localAuthorizationList": entries} if entries else {})
        return (await world.ask("SendLocalList", ask))["status"]

    async def version() -> int:
        return (await world.ask("GetLocalListVersion"))["versionNumber"]

    assert await version() == 0
    assert await send("Full", 3, [entry("A"), entry("B")]) == "Accepted"
    assert await version() == 3
    assert await send("Differential", 3, [entry("C")]) == "VersionMismatch"  # D01.FR.19
    assert await send("Differential", 4, [entry("C"), entry("A", None)]) == "Accepted"
    assert set(world.station.flash.local_list.entries) == {"b", "c"}
    assert await send("Full", 5, [entry("A"), entry("a")]) == "Failed"  # D01.FR.06
    assert await send("Full", 5, [entry("A", None)]) == "Failed"
    assert await version() == 4
    assert await send("Differential", 6) == "Accepted"
    assert set(world.station.flash.local_list.entries) == {"b", "c"}
    await world.do(world.station.power_off)
    await world.boot()
    assert await version() == 6
    assert await send("Full", 7) == "Accepted"
    assert await version() == 7  # D01.FR.04
    assert not world.station.flash.local_list.entries
    await world.set(LocalAuthListCtrlr__Enabled="false")
    assert await send("Full", 8, [entry("A")]) == "Failed"
    assert await version() == 0  # D02.FR.03


async def test_too_long_a_list():
    world = await online()
    entries = [entry(f"T{number}") for number in range(1001)]
    ask = {"updateType": "Full", "versionNumber": 1, "localAuthorizationList": entries}
    assert await world.ask("SendLocalList", ask) == "OccurrenceConstraintViolation"
    for one in entries:
        one["idTokenInfo"]["personalMessage"] = {"format": "UTF8", "content": "x" * 500}
    ask = ask | {"localAuthorizationList": entries[:1000]}
    assert await world.ask("SendLocalList", ask) == "FormatViolation"  # BytesPerMessage


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        ("Heartbeat", "Heartbeat"),
        ("MeterValues", "MeterValues"),
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "FirmwareStatusNotification"),
    ],
)
async def test_trigger(message, sent):
    """F06: the answer first, then the message."""
    world = await online()
    assert await world.ask("TriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}
    up = [frame for frame in world.frames if frame.direction == "up"]
    assert [frame.kind for frame in up] == [3, 2]  # F06.FR.04
    assert up[1].action == sent
    if message == "MeterValues":
        assert up[1].payload["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    elif message != "Heartbeat":
        assert up[1].payload == {"status": "Idle"}  # F06.FR.15, F06.FR.16


async def test_trigger_status_transaction_and_what_it_does_not_know():
    world = await online("ac-22kw-duo")

    async def trigger(message: str, **place: int) -> str:
        evse = {"evse": place} if place else {}
        return (await world.ask("TriggerMessage", {"requestedMessage": message} | evse))["status"]

    assert await trigger("StatusNotification", id=1, connectorId=1) == "Accepted"
    assert [s["evseId"] for s in world.csms.of("StatusNotification")] == [1]
    assert await trigger("StatusNotification") == "Rejected"  # F06.FR.12
    assert await trigger("StatusNotification", id=1) == "Rejected"
    assert await trigger("StatusNotification", id=1, connectorId=4) == "Rejected"
    assert await trigger("MeterValues", id=9) == "Rejected"
    assert await trigger("TransactionEvent") == "Rejected"
    world.station.plug(car(), 2)
    await world.do(lambda: world.station.present("A"), 30)
    assert await trigger("TransactionEvent", id=2) == "Accepted"
    event = world.events()[-1]
    assert event["triggerReason"] == "Trigger"
    assert event["evse"]["id"] == 2
    assert event["transactionInfo"]["chargingState"] == "Charging"
    assert event["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    assert set(TRIGGERS) >= {"BootNotification", "Heartbeat"}


async def test_unlock():
    """F05."""
    world = await online()

    async def unlock(evse: int = 1, connector: int = 1) -> str:
        return (await world.ask("UnlockConnector", {"evseId": evse, "connectorId": connector}))["status"]

    assert await unlock() == "Unlocked"  # F05.FR.06: with no cable too
    assert await unlock(2) == "UnknownConnector"
    assert await unlock(1, 2) == "UnknownConnector"
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    assert await unlock() == "OngoingAuthorizedTransaction"
    assert not world.told(facts.TransactionEnded)
    world = await online("ac-11kw-cable")
    assert await unlock() == "UnlockFailed"


async def test_data_transfer():
    world = await online()
    assert await world.ask("DataTransfer", {"vendorId": "com.example"}) == {"status": "UnknownVendorId"}


@pytest.mark.parametrize("name", ["ac-22kw", "dc-150kw", "ac-22kw-duo"])
async def test_statuses_of_every_connector_after_boot(name):
    world = World(name=name)
    await world.boot()
    told = {(s["evseId"], s["connectorId"]) for s in world.csms.of("StatusNotification")}
    assert told == {(e.id, c) for e in world.station.evses for c in range(1, len(e.profile.connectors) + 1)}


async def test_second_connector_in_use():
    """G01.FR.08: the other connector is not reported; the transaction names the one in use."""
    world = await online("dc-150kw")
    world.station.plug(car(), 1, 2)
    await world.do(lambda: world.station.present("A"), 30)
    assert [(s["connectorId"], s["connectorStatus"]) for s in world.csms.of("StatusNotification")] == [(2, "Occupied")]
    assert world.events()[0]["evse"] == {"id": 1, "connectorId": 2}


async def test_token_first_names_no_connector_before_there_is_a_cable():
    world = await online("dc-150kw", TxCtrlr__TxStartPoint="Authorized")
    await world.do(lambda: world.station.present("A"), 5)
    assert world.events()[0]["evse"] == {"id": 1}
    await world.do(lambda: world.station.plug(car(), 1, 2), 5)
    assert world.events()[1]["evse"] == {"id": 1, "connectorId": 2}
