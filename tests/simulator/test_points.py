"""Where transactions begin and end (2.0.1 part 2 §2.6.6, E01, E03, E06)."""

from functools import partial

import pytest

from simulator import facts
from simulator.hardware.place import Place
from simulator.points import occupied, signs
from tests.simulator.csms import World, car
from tests.simulator.ledger import check


def world_of(start: str, stop: str, name: str = "ac-22kw", **config) -> World:
    points = {"TxCtrlr.TxStartPoint": start, "TxCtrlr.TxStopPoint": stop}
    return World(name=name, config=points | {key.replace("__", "."): value for key, value in config.items()})


def drive_in(world: World, here: bool = True) -> None:
    """A car stands in the bay of EVSE 1, or leaves it."""
    sensor = world.station.rig.part("BayOccupancySensor", Place(1))
    sensor.disturbance = 1.0 if here else 0.0
    world.station.rig.disturbed(1)


def told(world: World) -> list[tuple[str, str]]:
    return [(event["eventType"], event["triggerReason"]) for event in world.events()]


async def test_from_bay_to_bay():
    """E01.FR.01, E06.FR.01: the car's arrival and departure; what happens between them is told."""
    world = world_of("ParkingBayOccupancy", "ParkingBayOccupancy")
    await world.boot()
    await world.do(partial(drive_in, world), 10)
    assert told(world) == [("Started", "EVDetected")]
    assert world.events()[0]["transactionInfo"]["chargingState"] == "Idle"
    assert world.events()[0]["evse"] == {"id": 1}
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    await world.do(lambda: world.station.present("A"), 30)
    await world.do(world.station.unplug, 30)
    await world.do(partial(drive_in, world, False), 30)
    assert told(world) == [
        ("Started", "EVDetected"),
        ("Updated", "CablePluggedIn"),
        ("Updated", "Authorized"),
        ("Updated", "ChargingStateChanged"),
        ("Updated", "StopAuthorized"),
        ("Updated", "EVCommunicationLost"),
        ("Ended", "EVDeparted"),
    ]
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "Local"
    check(world)


async def test_a_car_that_only_parks():
    world = world_of("ParkingBayOccupancy", "ParkingBayOccupancy")
    await world.boot()
    await world.do(partial(drive_in, world), 10)
    await world.do(partial(drive_in, world, False), 30)
    assert told(world) == [("Started", "EVDetected"), ("Ended", "EVDeparted")]
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "EVDisconnected"
    check(world)


async def test_nobody_plugs_in_but_the_bay_counts():
    """E03.FR.15: the right to charge is gone, the transaction ends as the car leaves; C01.FR.26."""
    world = world_of("ParkingBayOccupancy", "ParkingBayOccupancy", TxCtrlr__EVConnectionTimeOut=30)
    await world.boot()
    await world.do(partial(drive_in, world), 10)
    await world.do(lambda: world.station.present("A"), 60)
    assert told(world)[1:] == [("Updated", "Authorized"), ("Updated", "EVConnectTimeout")]
    assert world.station.evse(1).authorization is None
    await world.do(partial(drive_in, world, False), 30)
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "Timeout"
    check(world)


async def test_nobody_plugs_in_and_authorization_counts():
    """E03.FR.05."""
    world = world_of("Authorized", "Authorized", TxCtrlr__EVConnectionTimeOut=30)
    await world.boot()
    await world.do(lambda: world.station.present("A"), 60)
    assert told(world) == [("Started", "Authorized"), ("Ended", "EVConnectTimeout")]
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "Timeout"
    check(world)


async def test_the_same_driver_comes_back_within_the_transaction():
    """E09.FR.01: once unplugged he has to identify himself again; C01.FR.23: nobody else can take it over."""
    world = world_of("ParkingBayOccupancy", "ParkingBayOccupancy")
    await world.boot()
    await world.do(partial(drive_in, world), 10)
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    await world.do(world.station.unplug, 30)
    await world.do(lambda: world.station.plug(car()), 30)
    assert not world.station.evse(1).contactor_closed
    await world.do(lambda: world.station.present("B"), 30)
    assert not world.station.evse(1).contactor_closed
    assert world.told(facts.TokenRefused)[-1].status == "NoFreeEvse"
    await world.do(lambda: world.station.present("A"), 60)
    assert world.station.evse(1).contactor_closed
    assert told(world)[-2:] == [("Updated", "Authorized"), ("Updated", "ChargingStateChanged")]
    await world.do(lambda: world.station.present("A"), 30)
    await world.do(world.station.unplug, 5)
    await world.do(partial(drive_in, world, False), 30)
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "Local"
    check(world)


async def test_a_transaction_that_begins_with_a_signature(monkeypatch):
    """E01.FR.04: no energy flows before the meter has signed its first reading, however long that takes."""
    monkeypatch.setattr("simulator.span.SIGNING_S", 20.0)
    world = world_of("DataSigned", "Authorized", SampledDataCtrlr__SignReadings=True)
    await world.boot()
    await world.do(lambda: world.station.plug(car()), 5)
    assert not world.events()
    await world.do(lambda: world.station.present("A"), 60)
    assert told(world)[0] == ("Started", "SignedDataReceived")
    begin = world.events()[0]["meterValue"][0]["sampledValue"][0]
    assert begin["context"] == "Transaction.Begin"
    assert "signedMeterValue" in begin
    started = next(at for at, fact in world.facts if isinstance(fact, facts.TransactionStarted))
    assert started < next(at for at, fact in world.facts if isinstance(fact, facts.ContactorClosed))
    await world.do(lambda: world.station.present("A"), 30)
    check(world)


async def test_a_driver_who_leaves_before_the_signature():
    world = world_of("DataSigned", "Authorized", SampledDataCtrlr__SignReadings=True)
    await world.boot()
    await world.do(lambda: world.station.plug(car()), 5)
    await world.do(lambda: world.station.present("A"), 0.1)
    await world.do(lambda: world.station.present("A"), 60)
    assert not world.events()
    assert not world.told(facts.ContactorClosed)


async def test_a_meter_that_signs_nothing_holds_nobody_up():
    world = world_of("DataSigned", "Authorized")
    await world.boot()
    assert not signs(world.station.evse(1))
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    assert told(world)[0] == ("Started", "Authorized")


async def test_a_signature_is_no_stop_point():
    """Errata 2025-02: E06.FR.05 is deleted."""
    with pytest.raises(ValueError, match="DataSigned"):
        world_of("DataSigned", "DataSigned")


async def test_without_a_sensor_the_cable_tells_of_the_bay():
    world = world_of("ParkingBayOccupancy", "ParkingBayOccupancy", "dc-50kw")
    if world.station.has("BayOccupancySensor"):
        pytest.skip("it has one")
    await world.boot()
    await world.do(lambda: world.station.plug(car()), 5)
    assert occupied(world.station.evse(1))
    assert told(world) == [("Started", "CablePluggedIn")]
