"""GetVariables and SetVariables where components have places, instances and attributes (2.0.1 part 2 B05, B06)."""

from typing import Any

import pytest

from simulator import facts
from tests.simulator.csms import World
from tests.simulator.devicemodel.fans import with_fans

LEFT = {"name": "CoolingSystem", "instance": "left", "evse": {"id": 2}}


async def online(**options: Any) -> World:
    world = World(name=with_fans(), **options)
    await world.boot()
    world.clear()
    return world


async def read(world: World, *wanted: dict) -> list[dict]:
    return (await world.ask("GetVariables", {"getVariableData": list(wanted)}))["getVariableResult"]


async def write(world: World, *wanted: dict) -> list[dict]:
    return (await world.ask("SetVariables", {"setVariableData": list(wanted)}))["setVariableResult"]


def named(component: dict, variable: str, attribute: str = "", **more: Any) -> dict:
    kind = {"attributeType": attribute} if attribute else {}
    return {"component": component, "variable": {"name": variable}} | kind | more


def reasons(results: list[dict]) -> list[tuple[str, str]]:
    return [
        (result["attributeStatus"], result.get("attributeStatusInfo", {}).get("reasonCode", "")) for result in results
    ]


async def test_every_attribute_is_read_for_itself():
    """B06.FR.03, B06.FR.13, B06.FR.14."""
    world = await online()
    kinds = ("Actual", "Target", "MinSet", "MaxSet")
    results = await read(world, *(named(LEFT, "FanSpeed", kind) for kind in kinds))
    assert [result["attributeType"] for result in results] == list(kinds)
    assert [result["attributeValue"] for result in results] == ["250", "", "200", "500"]
    assert all(result["component"] == LEFT for result in results)


@pytest.mark.parametrize(
    ("component", "status"),
    [
        ({"name": "coolingsystem", "instance": "LEFT", "evse": {"id": 1}}, "Accepted"),
        ({"name": "CoolingSystem", "evse": {"id": 1}}, "UnknownComponent"),  # B06.FR.15
        ({"name": "CoolingSystem", "instance": "", "evse": {"id": 1}}, "UnknownComponent"),
        ({"name": "CoolingSystem", "instance": "left"}, "UnknownComponent"),
        ({"name": "CoolingSystem", "instance": "left", "evse": {"id": 3}}, "UnknownComponent"),
        ({"name": "CoolingSystem", "instance": "left", "evse": {"id": 1, "connectorId": 1}}, "UnknownComponent"),
        ({"name": "CoolingSystem", "instance": "middle", "evse": {"id": 1}}, "UnknownComponent"),
    ],
)
async def test_a_component_is_known_by_name_instance_and_place(component, status):
    """B05.FR.04, B06.FR.06, B06.FR.15."""
    world = await online()
    (result,) = await read(world, named(component, "FanSpeed"))
    assert result["attributeStatus"] == status
    (result,) = await write(world, named(component, "Interval", attributeValue="50"))
    assert result["attributeStatus"] == status


async def test_an_empty_instance_of_a_variable_is_none():
    """B06.FR.15."""
    world = await online()
    station = {"name": "ClockCtrlr"}
    wanted = {"component": station, "variable": {"name": "TimeSource", "instance": ""}}
    unknown = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "MessageTimeout", "instance": ""}}
    assert [result["attributeStatus"] for result in await read(world, wanted, unknown)] == [
        "Accepted",
        "UnknownVariable",
    ]


async def test_the_part_follows_a_target_and_may_refuse():
    """B05.FR.09, B05.FR.10."""
    world = await online()
    results = await write(
        world,
        named(LEFT, "FanSpeed", "Target", attributeValue="450"),
        named(LEFT, "Interval", attributeValue="13"),
        named(LEFT, "Interval", attributeValue="14"),
    )
    assert reasons(results) == [("Accepted", ""), ("Rejected", ""), ("Accepted", "")]
    speed, interval = await read(world, named(LEFT, "FanSpeed"), named(LEFT, "Interval"))
    assert (speed["attributeValue"], interval["attributeValue"]) == ("450", "14")
    assert world.told(facts.VariableChanged) == [
        facts.VariableChanged("CoolingSystem[left](2).FanSpeed/Target", "450"),
        facts.VariableChanged("CoolingSystem[left](2).Interval", "14"),
    ]


async def test_a_refusal_says_why():
    """Part 2 appendix 5: reason codes."""
    world = await online()
    comm = {"name": "OCPPCommCtrlr"}
    results = await write(
        world,
        named(LEFT, "FanSpeed", "Target", attributeValue="501"),
        named(LEFT, "FanSpeed", "Target", attributeValue="fast"),
        named(LEFT, "FanSpeed", attributeValue="300"),
        named(comm, "OfflineThreshold", attributeValue="300.1"),
        named({"name": "SecurityCtrlr"}, "OrganizationName", attributeValue="o" * 1000),
        named(LEFT, "Model", "Target", attributeValue="F2"),
    )
    assert reasons(results) == [
        ("Rejected", "ValueOutOfRange"),
        ("Rejected", "InvalidValue"),
        ("Rejected", "ReadOnly"),
        ("Rejected", "InvalidValue"),  # TC_B_11_CS
        ("Rejected", "InvalidValue"),
        ("NotSupportedAttributeType", ""),
    ]
    (secret,) = await read(world, named({"name": "SecurityCtrlr"}, "BasicAuthPassword"))
    assert reasons([secret]) == [("Rejected", "WriteOnly")]
    assert not world.station.flash.changed.keys() - {"OCPPCommCtrlr.HeartbeatInterval"}


async def test_settings_of_components_outlive_a_loss_of_power():
    """Part 2 §2: what is writable is persistent."""
    world = await online()
    await write(
        world, named(LEFT, "Interval", attributeValue="14"), named(LEFT, "FanSpeed", "MaxSet", attributeValue="600")
    )
    await world.do(world.station.power_off)
    await world.boot()
    results = await read(world, named(LEFT, "Interval"), named(LEFT, "FanSpeed", "MaxSet"))
    assert [result["attributeValue"] for result in results] == ["14", "600"]


async def test_messages_that_are_too_long():
    """B06.FR.16, B06.FR.17."""
    limits = {"DeviceDataCtrlr.BytesPerMessage.GetVariables": 400, "DeviceDataCtrlr.ItemsPerMessage.SetVariables": 2}
    world = await online(config=limits)
    wanted = named(LEFT, "FanSpeed")
    assert len(await read(world, *[wanted] * 3)) == 3
    assert await world.ask("GetVariables", {"getVariableData": [wanted] * 4}) == "FormatViolation"
    setting = named(LEFT, "Interval", attributeValue="14")
    assert len(await write(world, setting, setting)) == 2
    assert await world.ask("SetVariables", {"setVariableData": [setting] * 3}) == "OccurrenceConstraintViolation"


async def test_values_are_no_longer_than_the_station_says():
    """DeviceDataCtrlr.ReportingValueSize (part 2 §2.1.21)."""
    world = await online(config={"DeviceDataCtrlr.ReportingValueSize": 5})
    (result,) = await read(world, named({"name": "SampledDataCtrlr"}, "TxEndedMeasurands"))
    assert result["attributeValue"] == "Energ"


async def test_longer_values_are_not_taken():
    """DeviceDataCtrlr.ConfigurationValueSize (part 2 §2.1.20)."""
    world = await online(config={"DeviceDataCtrlr.ConfigurationValueSize": 5})
    comm = {"name": "OCPPCommCtrlr"}
    results = await write(
        world,
        named(comm, "OfflineThreshold", attributeValue="12345"),
        named(comm, "OfflineThreshold", attributeValue="123456"),
    )
    assert reasons(results) == [("Accepted", ""), ("Rejected", "TooLargeElement")]
