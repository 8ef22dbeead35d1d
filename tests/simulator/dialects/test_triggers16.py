"""TriggerMessage of 1.6 (§5.17)."""

import pytest

from protocol.versions import V16
from simulator.dialects.ocpp16 import TRIGGERS
from tests.simulator.csms import World, car

LISTED = {
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
}
"""MessageTrigger (§7.32)."""


async def online(name="ac-22kw-duo", **options) -> World:
    world = World(V16, name, **options)
    await world.boot()
    world.clear()
    return world


async def trigger(world: World, message: str, **place: int) -> str:
    return (await world.ask("TriggerMessage", {"requestedMessage": message} | place))["status"]


def test_every_message_of_the_profile_can_be_asked_for():
    assert set(TRIGGERS) == LISTED


@pytest.mark.proves("station", "TriggerMessage", "1.6")
async def test_status_of_all_of_one_and_of_the_charge_point():
    world = await online()
    assert await trigger(world, "StatusNotification") == "Accepted"
    assert [s["connectorId"] for s in world.csms.of("StatusNotification")] == [0, 1, 2]
    world.clear()
    assert await trigger(world, "StatusNotification", connectorId=0) == "Accepted"
    assert [s["connectorId"] for s in world.csms.of("StatusNotification")] == [0]
    assert await trigger(world, "StatusNotification", connectorId=3) == "Rejected"


async def test_a_connector_that_is_not_relevant_is_ignored():
    world = await online()
    assert await trigger(world, "Heartbeat", connectorId=3) == "Accepted"
    assert len(world.csms.of("Heartbeat")) == 1


async def test_meter_values_with_the_sampled_measurands():
    """Errata §3.46; within a transaction they carry its id."""
    world = await online(config={"MeterValuesSampledData": "Voltage"})
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("A", 1), 60)
    world.clear()
    assert await trigger(world, "MeterValues") == "Accepted"
    said = world.csms.of("MeterValues")
    assert [(ask["connectorId"], ask.get("transactionId")) for ask in said] == [(1, 1), (2, None)]
    assert {item["measurand"] for ask in said for item in ask["meterValue"][0]["sampledValue"]} == {"Voltage"}
    await world.set(SampledDataCtrlr__TxUpdatedMeasurands="")
    assert await trigger(world, "MeterValues", connectorId=1) == "Rejected"


async def test_what_is_not_implemented_says_so(monkeypatch):
    monkeypatch.delitem(TRIGGERS, "DiagnosticsStatusNotification")
    world = await online()
    assert await trigger(world, "DiagnosticsStatusNotification") == "NotImplemented"
