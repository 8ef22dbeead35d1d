"""Base reports of the device model (2.0.1 B07)."""

import pytest

from simulator.dialects import reports201
from simulator.variables import MODEL, Mutability
from tests.simulator.csms import MUTE, World, car


async def report(world: World, base: str) -> list[dict]:
    """Ask for a report; its parts."""
    assert await world.ask("GetBaseReport", {"requestId": 11, "reportBase": base}, 5) == {"status": "Accepted"}
    return world.csms.of("NotifyReport")


def variables(parts: list[dict]) -> dict[str, dict]:
    found = {}
    for part in parts:
        for entry in part["reportData"]:
            variable = entry["variable"]
            names = (entry["component"]["name"], variable["name"], variable.get("instance"))
            found[".".join(filter(None, names))] = entry
    return found


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
    assert set(MODEL) <= set(variables(parts))


async def test_a_report_tells_values_and_characteristics_but_no_secrets():
    world = World(config={"OCPPCommCtrlr.OfflineThreshold": 77}, password="a-password-of-20-chr")
    await world.boot()
    found = variables(await report(world, "FullInventory"))
    threshold = found["OCPPCommCtrlr.OfflineThreshold"]
    assert threshold["variableAttribute"] == [{"type": "Actual", "mutability": "ReadWrite", "value": "77"}]
    assert threshold["variableCharacteristics"]["unit"] == "s"
    assert threshold["variableCharacteristics"]["minLimit"] == 0
    assert "EVConnected" in found["TxCtrlr.TxStartPoint"]["variableCharacteristics"]["valuesList"]
    assert found["SecurityCtrlr.BasicAuthPassword"]["variableAttribute"] == [
        {"type": "Actual", "mutability": "WriteOnly"}
    ]


async def test_a_configuration_inventory_is_what_can_be_set():
    """B07.FR.07."""
    world = World()
    await world.boot()
    found = variables(await report(world, "ConfigurationInventory"))
    assert set(found) == {key for key, each in MODEL.items() if each.mutability is not Mutability.READ_ONLY}


async def test_a_summary_tells_the_state_of_every_connector():
    """B07.FR.09."""
    world = World(name="dc-300kw-duo")
    await world.boot()
    await world.do(lambda: world.station.plug(car(), 2))
    (part,) = await report(world, "SummaryInventory")
    states = {
        (entry["component"]["name"], *entry["component"].get("evse", {}).values()): entry["variableAttribute"][0][
            "value"
        ]
        for entry in part["reportData"]
        if entry["variable"]["name"] == "AvailabilityState"
    }
    assert states["Connector", 1, 1] == states["EVSE", 1] == states["ChargingStation",] == "Available"
    assert states["Connector", 2, 1] == states["EVSE", 2] == "Occupied"


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
