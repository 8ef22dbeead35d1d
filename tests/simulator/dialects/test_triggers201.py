"""TriggerMessage of 2.0.1 (F06): every message that there is, where it may be asked for, and where not."""

import pytest

from protocol.versions import V21, V201
from simulator.dialects.ocpp201 import TRIGGERS
from tests.simulator.csms import World, car

LISTED = {
    "BootNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "LogStatusNotification",
    "MeterValues",
    "PublishFirmwareStatusNotification",
    "SignChargingStationCertificate",
    "SignCombinedCertificate",
    "SignV2GCertificate",
    "StatusNotification",
    "TransactionEvent",
}
"""MessageTriggerEnumType of 2.0.1."""

NEWER = {"SignV2G20Certificate"}
"""What 2.1 adds."""


async def online(version=V201, name="ac-22kw-duo", **options) -> World:
    world = World(version, name, **options)
    await world.boot()
    world.clear()
    return world


async def trigger(world: World, message: str, *, then_s: float = 1, **place: int) -> str:
    evse = {"evse": place} if place else {}
    return (await world.ask("TriggerMessage", {"requestedMessage": message} | evse, then_s))["status"]


def test_nothing_can_be_asked_for_that_the_specification_does_not_list():
    assert set(TRIGGERS) <= LISTED | NEWER
    assert set(TRIGGERS) >= LISTED


@pytest.mark.proves("station", "TriggerMessage", "2.0.1 2.1")
@pytest.mark.parametrize("version", [V201, V21], ids=str)
async def test_what_is_not_implemented_says_so(version, monkeypatch):
    """F06.FR.08."""
    monkeypatch.delitem(TRIGGERS, "Heartbeat")
    world = await online(version)
    assert await trigger(world, "Heartbeat") == "NotImplemented"
    assert world.csms.of("Heartbeat") == []


async def test_there_are_no_custom_triggers():
    """2.1 F06.FR.19."""
    world = await online(V21)
    ask = {"requestedMessage": "CustomTrigger", "customTrigger": "Weather"}
    assert await world.ask("TriggerMessage", ask) == {"status": "NotImplemented"}


async def test_an_evse_that_is_not_relevant_is_ignored():
    """F06.FR.03."""
    world = await online()
    assert await trigger(world, "Heartbeat", id=99, connectorId=7) == "Accepted"
    assert len(world.csms.of("Heartbeat")) == 1


@pytest.mark.parametrize("message", ["MeterValues", "StatusNotification", "TransactionEvent"])
async def test_an_evse_that_is_relevant_has_to_exist(message):
    world = await online()
    for number in (0, 3, 99):
        assert await trigger(world, message, id=number, connectorId=1) == "Rejected"
    assert world.csms.got == []


async def test_without_an_evse_all_are_meant():
    """F06.FR.11."""
    world = await online()
    assert await trigger(world, "MeterValues") == "Accepted"
    assert [ask["evseId"] for ask in world.csms.of("MeterValues")] == [1, 2]
    for evse in (1, 2):
        world.station.plug(car(), evse)
        await world.do(lambda evse=evse: world.station.present(f"T{evse}", evse), 60)
    world.clear()
    assert await trigger(world, "TransactionEvent") == "Accepted"
    assert [event["evse"]["id"] for event in world.events()] == [1, 2]


async def test_meter_values_with_the_aligned_measurands():
    """F06.FR.06; F06.FR.10: without any there is nothing to send, so it is not promised."""
    world = await online()
    await world.set(AlignedDataCtrlr__Measurands="Voltage")
    assert await trigger(world, "MeterValues", id=1) == "Accepted"
    (values,) = world.csms.of("MeterValues")
    assert {item["measurand"] for item in values["meterValue"][0]["sampledValue"]} == {"Voltage"}
    await world.set(AlignedDataCtrlr__Measurands="")
    assert await trigger(world, "MeterValues", id=1) == "Rejected"


async def test_a_transaction_is_told_of_with_the_sampled_measurands():
    """F06.FR.07."""
    world = await online(config={"SampledDataCtrlr.TxUpdatedMeasurands": "Voltage"})
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("A", 1), 60)
    assert await trigger(world, "TransactionEvent", id=1) == "Accepted"
    event = world.events()[-1]
    assert (event["triggerReason"], event["transactionInfo"]["chargingState"]) == ("Trigger", "Charging")
    assert {item["measurand"] for item in event["meterValue"][0]["sampledValue"]} == {"Voltage"}
    assert await trigger(world, "TransactionEvent", id=2) == "Rejected"


async def test_boot_is_for_stations_that_are_not_accepted():
    """F06.FR.17, B02, B03."""
    world = World()
    pending = {"status": "Pending", "interval": 300, "currentTime": world.clock.stamp()}
    world.csms.answers["BootNotification"] = pending
    world.station.power_on()
    await world.run(20)
    assert await trigger(world, "BootNotification") == "Accepted"
    assert [boot["reason"] for boot in world.csms.of("BootNotification")] == ["PowerUp", "Triggered"]
    del world.csms.answers["BootNotification"]
    assert await trigger(world, "BootNotification") == "Accepted"
    assert await trigger(world, "BootNotification") == "Rejected"


async def test_status_of_what_it_is_now():
    """F06.FR.09, F06.FR.12."""
    world = await online()
    await world.do(lambda: world.station.plug(car(), 2), 5)
    world.clear()
    assert await trigger(world, "StatusNotification", id=2, connectorId=1) == "Accepted"
    assert [s["connectorStatus"] for s in world.csms.of("StatusNotification")] == ["Occupied"]
    assert await trigger(world, "StatusNotification", id=2) == "Rejected"
    assert await trigger(world, "StatusNotification") == "Rejected"
