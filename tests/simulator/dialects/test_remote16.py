"""Start, stop, unlock, open and close from afar in 1.6 (§5.2, §5.11, §5.12, §5.18)."""

from typing import Any

import pytest

from protocol.versions import V16
from simulator import facts
from simulator.hardware.site import Place
from tests.simulator.csms import World, car


async def online(name="ac-22kw-duo", **options) -> World:
    world = World(V16, name, **options)
    await world.boot()
    world.clear()
    return world


def profile(**changes: Any) -> dict[str, Any]:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]}
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    } | changes


async def start(world: World, then_s: float = 1, **more: Any) -> str:
    return (await world.ask("RemoteStartTransaction", {"idTag": "R"} | more, then_s))["status"]


@pytest.mark.proves("station", "RemoteStartTransaction RemoteStopTransaction", "1.6")
async def test_start_before_the_cable_and_stop():
    world = await online()
    assert await start(world, connectorId=2) == "Accepted"
    assert [s["status"] for s in world.csms.of("StatusNotification")] == ["Preparing"]
    await world.do(lambda: world.station.plug(car(), 2), 60)
    (begun,) = world.csms.of("StartTransaction")
    assert (begun["connectorId"], begun["idTag"]) == (2, "R")
    assert await world.ask("RemoteStopTransaction", {"transactionId": 99}) == {"status": "Rejected"}
    assert await world.ask("RemoteStopTransaction", {"transactionId": 1}, 10) == {"status": "Accepted"}
    assert world.csms.of("StopTransaction")[0]["reason"] == "Remote"
    assert [s["status"] for s in world.csms.of("StatusNotification")][-1] == "Finishing"
    assert world.told(facts.CableUnlocked)
    assert await world.ask("RemoteStopTransaction", {"transactionId": 1}) == {"status": "Rejected"}


async def test_nobody_plugs_in():
    """§9.1.4."""
    world = await online(config={"ConnectionTimeOut": "60"})
    await start(world, 70, connectorId=2)
    assert [s["status"] for s in world.csms.of("StatusNotification")] == ["Preparing", "Available"]
    assert world.csms.of("StartTransaction") == []


async def test_start_is_refused():
    world = await online()
    for connector in (0, 3):
        assert await start(world, connectorId=connector) == "Rejected"
    world.station.availability.change(operative=False, evse=1)
    await world.run(world.clock.now + 1)
    assert await start(world, connectorId=1) == "Rejected"
    assert await start(world) == "Accepted"
    assert await start(world) == "Rejected"


async def test_the_profile_of_the_order_limits_its_transaction():
    """§5.16.2; what is invalid is refused."""
    world = await online()
    wrong = profile(chargingProfilePurpose="ChargePointMaxProfile")
    assert await start(world, connectorId=1, chargingProfile=wrong) == "Rejected"
    assert await start(world, connectorId=1, chargingProfile=profile(transactionId=4)) == "Rejected"
    assert world.station.evse(1).authorization is None
    assert await start(world, connectorId=1, chargingProfile=profile()) == "Accepted"
    await world.do(lambda: world.station.plug(car(), 1), 120)
    assert world.station.evse(1).circuit.current_a == pytest.approx(6.0, abs=0.1)


def lock(world: World) -> Any:
    return world.station.rig.part("ConnectorPlugRetentionLock", Place(1, 1))


async def unlock(world: World, connector: int = 1, then_s: float = 10) -> str:
    return (await world.ask("UnlockConnector", {"connectorId": connector}, then_s))["status"]


@pytest.mark.proves("station", "UnlockConnector", "1.6")
async def test_unlock():
    """§5.18, §7.46: a transaction is ended first; a lock that does not open says so."""
    world = await online("lab-ac")
    assert await unlock(world) == "Unlocked"
    for connector in (0, 9):
        assert await unlock(world, connector) == "NotSupported"
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("A", 1), 60)
    lock(world).jammed = True
    assert await unlock(world) == "UnlockFailed"
    assert world.csms.of("StopTransaction")[0]["reason"] == "UnlockCommand"
    assert await unlock(world) == "UnlockFailed"
    lock(world).jammed = False
    assert await unlock(world) == "Unlocked"
    world = await online("ac-11kw-cable")
    assert await unlock(world) == "NotSupported"


@pytest.mark.proves("station", "ChangeAvailability", "1.6")
async def test_a_charge_point_is_closed_with_all_its_connectors():
    """§5.2."""
    world = await online()

    async def change(connector: int, kind: str) -> str:
        return (await world.ask("ChangeAvailability", {"connectorId": connector, "type": kind}))["status"]

    assert await change(3, "Inoperative") == "Rejected"
    assert await change(0, "Inoperative") == "Accepted"
    said = {(s["connectorId"], s["status"]) for s in world.csms.of("StatusNotification")}
    assert said == {(0, "Unavailable"), (1, "Unavailable"), (2, "Unavailable")}
    assert await change(0, "Inoperative") == "Accepted"
    world.clear()
    assert await change(0, "Operative") == "Accepted"
    said = {(s["connectorId"], s["status"]) for s in world.csms.of("StatusNotification")}
    assert said == {(0, "Available"), (1, "Available"), (2, "Available")}
