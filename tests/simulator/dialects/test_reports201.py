"""Reports of the device model (2.0.1 part 2 B07, B08)."""

import json
from dataclasses import replace

import pytest

from simulator.builtin import profile_names
from simulator.configuration import model_of
from simulator.dialects import reports201
from simulator.hardware.place import Place
from simulator.variables import LISTS, Mutability
from tests.simulator.csms import MUTE, World, car, profile

PROFILES = profile_names()


async def test_what_a_kind_of_station_does_not_report_by_is_not_supported():
    """B07.FR.02, B07.FR.05, B08.FR.02."""
    plain = replace(profile("ac-22kw-duo"), summary_reports=False, report_criteria=("Available",))
    world = World(name=plain)
    await world.boot()
    refused = {"status": "NotSupported", "statusInfo": {"reasonCode": "UnsupportedParam"}}
    assert await world.ask("GetBaseReport", {"requestId": 1, "reportBase": "SummaryInventory"}, 5) == refused
    both = {"requestId": 2, "componentCriteria": ["Available", "Problem"]}
    assert await world.ask("GetReport", both, 5) == refused
    assert world.csms.of("NotifyReport") == []
    assert (await world.ask("GetReport", {**both, "componentCriteria": ["Available"]}, 5))["status"] == "Accepted"


async def report(world: World, base: str) -> list[dict]:
    """Ask for a report; its parts."""
    assert await world.ask("GetBaseReport", {"requestId": 11, "reportBase": base}, 5) == {"status": "Accepted"}
    return world.csms.of("NotifyReport")


def key(entry: dict) -> str:
    where, what = entry["component"], entry["variable"]
    instance = f"[{where['instance']}]" if "instance" in where else ""
    evse = ",".join(map(str, where.get("evse", {}).values()))
    name = ".".join(filter(None, (what["name"], what.get("instance"))))
    return f"{where['name']}{instance}{f'({evse})' if evse else ''}.{name}"


def variables(parts: list[dict]) -> dict[str, dict]:
    return {key(entry): entry for part in parts for entry in part["reportData"]}


async def test_a_full_inventory_names_every_variable_in_numbered_parts():
    """B07.FR.03, .04, .08, .10."""
    world = World()
    await world.boot()
    world.station.flash.changed["DeviceDataCtrlr.ItemsPerMessage.GetReport"] = "20"
    parts = await report(world, "FullInventory")
    assert len(parts) > 2
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert {part["requestId"] for part in parts} == {11}
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    assert max(len(part["reportData"]) for part in parts) == 20
    assert list(variables(parts)) == list(world.station.variables.model)


async def test_a_report_tells_values_and_characteristics_but_no_secrets():
    world = World(config={"OCPPCommCtrlr.OfflineThreshold": 77}, password="a-password-of-20-chr")
    await world.boot()
    found = variables(await report(world, "FullInventory"))
    threshold = found["OCPPCommCtrlr.OfflineThreshold"]
    assert threshold["variableAttribute"] == [
        {"type": "Actual", "mutability": "ReadWrite", "value": "77", "persistent": True}
    ]
    assert threshold["variableCharacteristics"]["unit"] == "s"
    assert threshold["variableCharacteristics"]["minLimit"] == 0
    assert "EVConnected" in found["TxCtrlr.TxStartPoint"]["variableCharacteristics"]["valuesList"]
    sampled = found["SampledDataCtrlr.TxUpdatedMeasurands"]["variableCharacteristics"]["valuesList"].split(",")
    assert "SoC" in sampled
    assert "Temperature" not in sampled  # which 1.6 has
    assert found["SecurityCtrlr.BasicAuthPassword"]["variableAttribute"] == [
        {"type": "Actual", "mutability": "WriteOnly", "persistent": True}
    ]
    assert found["DeviceDataCtrlr.ItemsPerMessage.GetReport"]["variableAttribute"][0]["constant"]
    (power,) = found["EVSE(1).Power"]["variableAttribute"]
    assert power == {"type": "Actual", "mutability": "ReadOnly", "value": "0.0"}
    assert found["EVSE(1).Power"]["variableCharacteristics"] == {
        "dataType": "decimal", "unit": "W", "maxLimit": 22080.0, "supportsMonitoring": True,
    }  # fmt: skip


async def test_a_configuration_inventory_is_what_can_be_set():
    """B07.FR.07."""
    world = World()
    await world.boot()
    found = variables(await report(world, "ConfigurationInventory"))
    model = world.station.variables.model
    settable = {
        key
        for key, each in model.items()
        if any(value.mutability is not Mutability.READ_ONLY for value in (each, *each.attributes))
    }
    assert set(found) == settable


async def states(world: World) -> dict[str, str]:
    found = variables(await report(world, "SummaryInventory"))
    world.clear()
    return {key: entry["variableAttribute"][0]["value"] for key, entry in found.items()}


async def test_a_summary_tells_the_state_of_station_and_evses():
    """B07.FR.09: of a connector only where it is another one than that of its EVSE."""
    world = World(name="dc-300kw-duo")
    await world.boot()
    await world.do(lambda: world.station.plug(car(), 2))
    assert await states(world) == {
        "ChargingStation.AvailabilityState": "Available",
        "EVSE(1).AvailabilityState": "Available",
        "EVSE(2).AvailabilityState": "Occupied",
    }


async def test_a_summary_tells_that_the_whole_station_is_faulted():
    """B07.FR.09."""
    world = World(name="ac-22kw-duo")
    await world.boot()
    await world.do(lambda: world.station.surround(door_open=True), 1)
    assert set((await states(world)).items()) >= {
        ("ChargingStation.AvailabilityState", "Faulted"),
        ("EVSE(1).AvailabilityState", "Faulted"),
        ("EVSE(2).AvailabilityState", "Faulted"),
    }


async def test_a_summary_tells_where_a_connector_differs_and_what_is_wrong():
    """B07.FR.09."""
    world = World(name="dc-150kw")
    await world.boot()
    await world.ask("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1, "connectorId": 2}})
    assert await states(world) == {
        "ChargingStation.AvailabilityState": "Available",
        "EVSE(1).AvailabilityState": "Available",
        "Connector(1,2).AvailabilityState": "Unavailable",
    }
    await world.do(lambda: world.station.troubled("unlock failure", Place(1, 1)))
    told = await states(world)
    assert told["Connector(1,1).Problem"] == "true"
    assert "Connector(1,2).Problem" not in told


async def test_a_report_is_sent_while_pending():
    """B02.FR.01."""
    world = World()
    world.csms.answers["BootNotification"] = lambda _ask: {
        "status": "Pending",
        "interval": 500,
        "currentTime": world.clock.stamp(),
    }
    world.station.power_on()
    await world.run(20)
    assert await report(world, "ConfigurationInventory")


async def test_a_part_without_an_answer_ends_the_report():
    world = World()
    await world.boot()
    world.station.flash.changed["DeviceDataCtrlr.ItemsPerMessage.GetReport"] = "20"
    world.csms.answers["NotifyReport"] = MUTE
    await report(world, "FullInventory")
    await world.run(world.clock.now + 120)
    assert len(world.csms.of("NotifyReport")) == 1


async def test_parts_are_no_longer_than_allowed():
    """DeviceDataCtrlr.BytesPerMessage, of our own messages too."""
    world = World()
    await world.boot()
    world.station.flash.changed["DeviceDataCtrlr.BytesPerMessage.GetReport"] = "3000"
    parts = await report(world, "FullInventory")
    sizes = [len(frame.text) for frame in world.frames if frame.kind == 2 and frame.action == "NotifyReport"]
    assert max(sizes[:-1]) <= 3000 or any(len(part["reportData"]) == 1 for part in parts)
    assert sorted(sizes)[len(sizes) // 2] > 2000
    assert len(variables(parts)) == len(world.station.variables.model)


async def test_power_loss_ends_a_report():
    world = World()
    await world.boot()
    world.station.flash.changed["DeviceDataCtrlr.ItemsPerMessage.GetReport"] = "20"
    world.csms.answers["NotifyReport"] = MUTE
    await report(world, "FullInventory")
    world.csms.answers.clear()
    await world.do(world.station.power_off)
    await world.boot()
    await world.run(world.clock.now + 60)
    assert len(world.csms.of("NotifyReport")) == 1


@pytest.mark.parametrize("base", sorted(reports201.INVENTORIES))
async def test_every_base_report_is_valid_to_the_schema(base):
    world = World()
    await world.boot()
    await report(world, base)
    assert world.csms.bad == []


@pytest.mark.parametrize("name", PROFILES)
async def test_every_variable_reads_as_it_is_reported(name):
    """B06.FR.10 and B07.FR.08 tell the same, for each attribute of every variable of every profile."""
    world = World(name=name, password="a-password-of-20-chr")
    await world.boot()
    found = variables(await report(world, "FullInventory"))
    assert set(found) == set(model_of(profile(name)))
    wanted = [
        {"component": entry["component"], "variable": entry["variable"], "attributeType": attribute["type"]}
        for entry in found.values()
        for attribute in entry["variableAttribute"]
    ]
    told = [attribute for entry in found.values() for attribute in entry["variableAttribute"]]
    results = []
    for begin in range(0, len(wanted), 100):
        answer = await world.ask("GetVariables", {"getVariableData": wanted[begin : begin + 100]}, 0)
        results += answer["getVariableResult"]
    for asked, attribute, result in zip(wanted, told, results, strict=True):
        status = "Rejected" if attribute["mutability"] == "WriteOnly" else "Accepted"
        assert (result["attributeStatus"], result["component"]) == (status, asked["component"])
        if asked["variable"]["name"] not in ("DateTime", "FanSpeed", "Humidity", "Temperature"):  # these go on
            assert result.get("attributeValue") == attribute.get("value"), key(asked)


@pytest.mark.parametrize("name", PROFILES)
def test_every_variable_can_be_described(name):
    """VariableCharacteristicsType: lists have their values, in no more than 1000 characters (TC_B_53_CS)."""
    for variable in model_of(profile(name)).values():
        assert variable.type not in LISTS or 0 < len(",".join(variable.options)) <= 1000, variable.key
        assert not variable.default or variable.objection(variable.default) is None, variable.key
        assert len(variable.unit) <= 16


# -- GetReport --------------------------------------------------------------------------------------------------------


def named(component: str, variable: str = "", instance: str = "", **where) -> dict:
    item: dict = {"component": {"name": component} | where}
    if variable:
        item["variable"] = {"name": variable} | ({"instance": instance} if instance else {})
    return item


async def custom(world: World, *wanted: dict, criteria: tuple[str, ...] = ()) -> list[str] | str:
    """Ask for a custom report; the keys that it tells, or the status where there is none."""
    world.clear()
    ask: dict = {"requestId": 5}
    if wanted:
        ask["componentVariable"] = list(wanted)
    if criteria:
        ask["componentCriteria"] = list(criteria)
    answer = await world.ask("GetReport", ask, 5)
    parts = world.csms.of("NotifyReport")
    if answer != {"status": "Accepted"}:
        assert not parts
        return answer if isinstance(answer, str) else answer["status"]
    assert all(part["requestId"] == 5 for part in parts)
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))  # B08.FR.14
    assert all("variableCharacteristics" in entry for part in parts for entry in part["reportData"])  # B08.FR.12
    return list(variables(parts))


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (named("EVSE", "AvailabilityState", evse={"id": 1}), ["EVSE(1).AvailabilityState"]),  # TC_B_17_CS
        (named("evse", "availabilitystate", evse={"id": 2}), ["EVSE(2).AvailabilityState"]),
        (named("EVSE", "AvailabilityState"), ["EVSE(1).AvailabilityState", "EVSE(2).AvailabilityState"]),  # TC_B_56_CS
        (named("Connector", "ConnectorType", evse={"id": 2}), ["Connector(2,1).ConnectorType"]),  # B08.FR.22
        (
            named("DeviceDataCtrlr", "ItemsPerMessage"),  # TC_B_54_CS
            [f"DeviceDataCtrlr.ItemsPerMessage.{name}" for name in ("GetReport", "GetVariables", "SetVariables")],
        ),
        (
            named("DeviceDataCtrlr", "ItemsPerMessage", "GetReport"),  # TC_B_55_CS
            ["DeviceDataCtrlr.ItemsPerMessage.GetReport"],
        ),
        (
            named("AuthCacheCtrlr"),  # B08.FR.20
            [
                f"AuthCacheCtrlr.{name}"
                for name in ("Available", "Enabled", "LifeTime", "Policy", "Storage", "DisablePostAuthorize")
            ],
        ),
        (named("Nonsense"), "EmptyResultSet"),
        (named("EVSE", "AvailabilityState", evse={"id": 3}), "EmptyResultSet"),
        (named("AuthCacheCtrlr", "Nonsense"), "EmptyResultSet"),
    ],
)
async def test_a_custom_report_is_limited_to_what_is_named(wanted, keys):
    world = World(name="ac-22kw-duo")
    await world.boot()
    assert await custom(world, wanted) == keys


async def test_several_names_add_up_each_once():
    world = World()
    await world.boot()
    both = named("EVSE", "Power"), named("EVSE", "Power", evse={"id": 1}), named("ClockCtrlr", "TimeSource")
    assert sorted(await custom(world, *both)) == ["ClockCtrlr.TimeSource", "EVSE(1).Power"]


async def test_criteria_choose_components():
    """B08.FR.07–.10, B08.FR.13, TC_B_16_CS: all variables of the components that meet one of them."""
    world = World(name="ac-22kw-duo", config={"AuthCacheCtrlr.Enabled": False})
    await world.boot()
    everything = set(world.station.variables.model)
    enabled = set(await custom(world, criteria=("Enabled",)))
    assert "LocalAuthListCtrlr.Enabled" in enabled
    assert "ClockCtrlr.DateTime" in enabled  # cannot be switched off
    assert {key.partition(".")[0] for key in everything - enabled} == {
        "AuthCacheCtrlr",
    }  # fmt: skip
    available = set(await custom(world, criteria=("Available",)))
    assert available - enabled == {key for key in everything if key.startswith("AuthCacheCtrlr")}
    assert set(await custom(world, criteria=("Enabled", "Available"))) == available | enabled
    assert set(await custom(world)) == everything
    assert await custom(world, criteria=("Problem",)) == "EmptyResultSet"


async def test_criteria_and_names_narrow_each_other():
    """B08.FR.05, B08.FR.15, TC_B_18_CS."""
    world = World()
    await world.boot()
    state = named("EVSE", "AvailabilityState", evse={"id": 1})
    assert await custom(world, state, criteria=("Available",)) == ["EVSE(1).AvailabilityState"]
    assert await custom(world, state, criteria=("Problem",)) == "EmptyResultSet"
    await world.do(lambda: world.station.troubled("unlock failure", Place(1, 1)))
    assert await custom(world, state, criteria=("Problem",)) == ["EVSE(1).AvailabilityState"]


async def test_too_large_a_request_is_refused():
    """B08.FR.17, B08.FR.18."""
    world = World()
    await world.boot()
    assert await custom(world, *[named("EVSE")] * 101) == "OccurrenceConstraintViolation"
    world.station.flash.changed["DeviceDataCtrlr.BytesPerMessage.GetReport"] = "500"
    ask = [named("EVSE")] * 30
    assert len(json.dumps(ask)) > 500
    assert await custom(world, *ask) == "FormatViolation"
