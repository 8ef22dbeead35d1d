"""Operative and inoperative places (2.0.1 G03, G04; 1.6 §5.2)."""

import pytest

from protocol.versions import V16, V201
from simulator import facts
from tests.simulator.csms import BOTH, World, car
from tests.simulator.ledger import check


async def change(world: World, operative: bool, evse: int = 0, connector: int = 0) -> str:
    if world.version is V16:
        ask = {"connectorId": evse, "type": "Operative" if operative else "Inoperative"}
    else:
        ask = {"operationalStatus": "Operative" if operative else "Inoperative"}
        if evse:
            ask["evse"] = {"id": evse} | ({"connectorId": connector} if connector else {})
    return (await world.ask("ChangeAvailability", ask))["status"]


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize("evse", [0, 1])
async def test_idle_and_over_a_reboot(version, evse):
    world = World(version)
    await world.boot()
    assert await change(world, False, evse) == "Accepted"
    assert world.statuses()[-1] == "Unavailable"
    changes = len(world.told(facts.AvailabilityChanged))
    assert await change(world, False, evse) == "Accepted"  # G03.FR.03: it is so already
    assert len(world.told(facts.AvailabilityChanged)) == changes
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    assert not world.told(facts.TransactionStarted)
    await world.do(world.station.power_off, 5)
    world.csms.got.clear()
    await world.boot()
    assert world.statuses() == ["Unavailable"]  # B01.FR.07
    if version is V16 and evse == 0:
        statuses = [s["status"] for s in world.csms.of("StatusNotification") if s["connectorId"] == 0]
        assert statuses == ["Unavailable"]
    assert await change(world, True, evse) == "Accepted"
    assert world.statuses()[-1] == ("Occupied" if version is V201 else "Preparing")
    await world.do(lambda: world.station.present("A"), 30)
    assert world.told(facts.TransactionStarted)


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize("evse", [0, 1])
async def test_scheduled_until_the_transaction_is_over(version, evse):
    """G03.FR.05, G04.FR.06, G01.FR.05."""
    world = World(version)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    assert await change(world, False, evse) == "Scheduled"
    assert world.statuses()[-1] == ("Occupied" if version is V201 else "Charging")
    await world.do(lambda: world.station.present("A"), 5)
    await world.do(world.station.unplug, 5)
    assert world.statuses()[-1] == "Unavailable"
    assert world.told(facts.AvailabilityChanged) == [
        facts.AvailabilityChanged(evse, 0 if evse == 0 or version is V201 else 1, False)
    ]
    await world.do(lambda: world.station.present("B"), 5)
    assert not world.told(facts.TokenAccepted)[1:]
    check(world)


async def test_scheduled_survives_power_loss():
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    await change(world, False)
    await world.do(world.station.power_off, 5)
    world.csms.got.clear()
    await world.boot()
    assert world.statuses() == ["Unavailable"]


async def test_operative_again_before_it_happened():
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    assert await change(world, False) == "Scheduled"
    assert await change(world, True) == "Accepted"
    await world.do(lambda: world.station.present("A"), 5)
    await world.do(world.station.unplug, 5)
    assert world.statuses()[-1] == "Available"


async def test_whole_station_waits_for_the_busy_evse_only_there():
    world = World(name="ac-22kw-duo")
    await world.boot()
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("A", 1), 30)
    assert await change(world, False) == "Scheduled"
    last = {s["evseId"]: s["connectorStatus"] for s in world.csms.of("StatusNotification")}
    assert last == {1: "Occupied", 2: "Unavailable"}
    await world.do(lambda: world.station.unplug(1), 5)
    last = {s["evseId"]: s["connectorStatus"] for s in world.csms.of("StatusNotification")}
    assert last == {1: "Unavailable", 2: "Unavailable"}


async def test_parts_get_their_own_state_back():
    """G03.FR.07, G04.FR.08; in 1.6 connector 0 means all of them."""
    world = World(name="ac-22kw-duo")
    await world.boot()
    await change(world, False, 2)
    await change(world, False)
    await change(world, True)
    assert world.station.snapshot()["evses"][1]["status"] == {1: "Available"}
    assert world.station.snapshot()["evses"][2]["status"] == {1: "Unavailable"}
    world = World(V16, name="ac-22kw-duo")
    await world.boot()
    await change(world, False, 2)
    await change(world, True)
    assert world.station.snapshot()["evses"][2]["status"] == {1: "Available"}


async def test_one_connector_of_two():
    world = World(name="dc-150kw")
    await world.boot()
    assert await change(world, False, 1, 2) == "Accepted"
    assert world.station.snapshot()["evses"][1]["status"] == {1: "Available", 2: "Unavailable"}
    world.station.plug(car(), 1, 1)
    await world.do(lambda: world.station.present("A"), 30)
    assert world.told(facts.TransactionStarted)


async def test_no_transaction_begins_with_a_cable_at_a_closed_place():
    world = World(config={"TxCtrlr.TxStartPoint": "EVConnected"})
    await world.boot()
    await change(world, False)
    await world.do(lambda: world.station.plug(car()), 5)
    assert not world.told(facts.TransactionStarted)
    await change(world, True)
    assert world.told(facts.TransactionStarted)


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_unknown_places_are_rejected(version):
    world = World(version)
    await world.boot()
    assert await change(world, False, 7) == "Rejected"
    if version is V201:
        assert await change(world, False, 1, 9) == "Rejected"


async def test_a_driver_who_has_not_plugged_in_yet_is_turned_away():
    world = World()
    await world.boot()
    await world.do(lambda: world.station.present("A"), 5)
    assert world.station.evse(1).authorization is not None
    assert await change(world, False) == "Accepted"
    assert world.station.evse(1).authorization is None
    await world.do(lambda: world.station.plug(car()), 10)
    assert not world.told(facts.ContactorClosed)
